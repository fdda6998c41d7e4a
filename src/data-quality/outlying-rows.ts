/**
 * Rows that lie far from the others in several columns of numbers at once, found by an isolation forest. Missing values, NaN and infinities are
 * taken for the median of their column. The forest is grown from a sample of rows with the smallest MD5 of what they hold and of how
 * many like them came before, so that it depends on the rows and not on their order; each different row is scored once.
 */
import { z } from 'zod';
import { seededRandom } from '../encoding/index.ts';
import { IsolationForest } from '../stats/index.ts';
import { type Batch, type Field, type QueryEngine, type QueryOptions, quoteIdentifier } from '../tables/index.ts';
import { doubleLiteral, finiteSql } from './column-sql.ts';
import { fieldsOf } from './column-states.ts';

const mostColumns = 40;
const sampledRows = 25_600;
const shownRows = 20;
const threshold = 0.6;

/** Rows that lie far from the others, as they are written down. */
export const outlyingRows = z
  .strictObject({
    columns: z.array(z.string()).describe('The columns of numbers that were looked at.'),
    leftOut: z.array(z.string()).describe('Those beyond the most that are looked at.'),
    threshold: z.number().describe('A row with a score above it is called outlying.'),
    rowCount: z.number().int().nonnegative().describe('Outlying rows.'),
    rows: z
      .array(
        z.strictObject({
          score: z.number().min(0).max(1),
          count: z.number().int().positive().describe('Rows that hold this.'),
          values: z.array(z.number()).describe('In the order of the columns; the median where a value is not finite.'),
        }),
      )
      .describe('The rows with the highest scores, falling.'),
  })
  .describe('Rows that an isolation forest isolates early.');

/** Rows that lie far from the others. */
export type OutlyingRows = z.infer<typeof outlyingRows>;

/** The outlying rows of a source: a table, or a query in parentheses. */
export async function findOutlyingRows(
  engine: QueryEngine,
  source: string,
  options: QueryOptions = {},
): Promise<OutlyingRows> {
  const numbers = (await fieldsOf(engine, source)).filter(({ type }) => type === 'int64' || type === 'float64');
  const fields = numbers.slice(0, mostColumns);
  const found: OutlyingRows = {
    columns: fields.map(({ name }) => name),
    leftOut: numbers.slice(mostColumns).map(({ name }) => name),
    threshold,
    rowCount: 0,
    rows: [],
  };
  if (fields.length === 0) return found;
  const rows = await distinctRows(engine, { source, fields }, options);
  const sample = await sampleOf(engine, rows, { ...options, fields });
  if (sample[0]!.length === 0) return found;
  const forest = new IsolationForest(sample, { random: seededRandom('isolation forest') });
  for await (const batch of engine.batches(rows, options)) takeBatch(found, batch, forest);
  return found;
}

/** A query of the different rows, v0, v1 … and how many there are of each. */
async function distinctRows(
  engine: QueryEngine,
  { source, fields }: { readonly source: string; readonly fields: readonly Field[] },
  options: QueryOptions,
): Promise<string> {
  const finite = fields.map((field) => finiteSql(field, quoteIdentifier(field.name)));
  const [row] = await engine.rows(
    `SELECT ${finite.map((value, at) => `quantile_disc(${value}, 0.5) AS m${at}`).join(', ')} FROM ${source}`,
    options,
  );
  const values = finite.map(
    (value, at) => `coalesce(${value}, ${doubleLiteral(Number(row![`m${at}`] ?? 0))}) AS v${at}`,
  );
  return `SELECT ${fields.map((_, at) => `v${at}`).join(', ')}, count(*) AS n FROM (SELECT ${values.join(', ')} FROM ${source}) GROUP BY ALL`;
}

async function sampleOf(
  engine: QueryEngine,
  rows: string,
  { fields, ...options }: QueryOptions & { readonly fields: readonly Field[] },
): Promise<Float64Array[]> {
  const names = fields.map((_, at) => `v${at}`);
  const text = `concat_ws(';', ${[...names, 'copy'].map((name) => `CAST(${name} AS VARCHAR)`).join(', ')})`;
  const parts: Batch[] = [];
  for await (const batch of engine.batches(
    `SELECT ${names.join(', ')} FROM (SELECT *, unnest(range(n)) AS copy FROM (${rows})) ORDER BY md5(${text}) LIMIT ${sampledRows}`,
    options,
  ))
    parts.push(batch);
  return names.map((_, at) =>
    Float64Array.from(parts.flatMap(({ columns }) => [...(columns[at]!.values as Float64Array)])),
  );
}

function takeBatch(found: OutlyingRows, { columns, rowCount }: Batch, forest: IsolationForest): void {
  const arrays = columns.map((column) => column.values as Float64Array);
  const counts = arrays.pop()!;
  for (let at = 0; at < rowCount; at++) {
    const score = forest.score(arrays, at);
    if (score > threshold) found.rowCount += counts[at]!;
    const last = found.rows.at(-1);
    if (found.rows.length === shownRows && score < last!.score) continue;
    found.rows.push({ score, count: counts[at]!, values: arrays.map((values) => values[at]! + 0) });
    found.rows.sort((a, b) => b.score - a.score || compareValues(a.values, b.values));
    found.rows.length = Math.min(found.rows.length, shownRows);
  }
}

function compareValues(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((value, place) => value !== other[place]);
  return at < 0 ? 0 : one[at]! - other[at]!;
}
