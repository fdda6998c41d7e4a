/**
 * Whether rows of two datasets can be told apart by all columns together: a random forest is grown from rows of both, and tells of others
 * where they are from. It sees what no column shows alone, such as two columns that no longer go with each other. How
 * often it is right is the area under its curve: 0.5 where it can only guess.
 *
 * Rows are sampled by the MD5 of what they hold and of how many like them came before, so that the answer depends on the rows and not on their
 * order; they are taken for independent of each other.
 */
import { newId, seededRandom } from '../../encoding/index.ts';
import { type CellTable, crossFittedForest, normalCdf, rocAreas } from '../../stats/index.ts';
import { type Field, type QueryEngine, type QueryOptions, quoteIdentifier } from '../../tables/index.ts';
import { isOrdered } from '../column-sql.ts';
import { fieldsOf } from '../column-states.ts';
import { type EncodedTable, encodeColumns } from '../pairs/encode-columns.ts';
import { rowText } from '../row-digest.ts';
import { type ComparedTables, commonType } from './compare-tables.ts';
import type { TableSeparation } from './separation.ts';

const mostColumns = 100;
const sampledRows = 10_000;
const leastRows = 20;
const folds = 5;
const threshold = 0.55;
const sideColumn = '__side';

/** Rows of two datasets as a classifier sees them; none where they are too few. */
interface Sampled {
  readonly counts: { readonly referenceRows: number; readonly currentRows: number };
  readonly table: CellTable | null;
}

/**
 * Tells two datasets apart. They have drifted where the classifier is better than chance explains, at a rate of false alarms, and good
 * enough to matter: an area of 0.55. With fewer than twenty rows of one, or no column in common, nothing is said.
 */
export async function separateTables(
  engine: QueryEngine,
  tables: ComparedTables,
  options: QueryOptions & { readonly falseAlarmRate?: number } = {},
): Promise<TableSeparation> {
  const { falseAlarmRate = 0.01 } = options;
  const shared = await sharedFields(engine, tables);
  const fields = shared.slice(0, mostColumns);
  const leftOut = shared.slice(mostColumns).map(({ name }) => name);
  const { counts, table } = await sampleTables(engine, tables, { ...options, fields });
  const said = { columns: fields.map(({ name }) => name), leftOut, ...counts, threshold };
  if (table === null) return { ...said, auc: null, low: null, high: null, pValue: 1, drifted: false, shares: [] };
  const { scores, shares } = crossFittedForest(table, folds, { random: seededRandom('domain classifier') });
  const area = judgeArea(scores, table.classes);
  return {
    ...said,
    ...area,
    drifted: area.pValue <= falseAlarmRate && area.auc >= threshold,
    shares: shares
      .map((share, at) => ({ column: fields[at]!.name, share }))
      .filter(({ share }) => share > 0)
      .sort((a, b) => b.share - a.share),
  };
}

async function sharedFields(engine: QueryEngine, { reference, current }: ComparedTables): Promise<Field[]> {
  const others = new Map((await fieldsOf(engine, current)).map((field) => [field.name, field]));
  return (await fieldsOf(engine, reference)).flatMap((field) => {
    const type = commonType(field, others.get(field.name));
    return type === null ? [] : [{ name: field.name, type }];
  });
}

/** Rows of both, encoded together, in the order of their MD5. */
async function sampleTables(
  engine: QueryEngine,
  { reference, current }: ComparedTables,
  { fields, ...options }: QueryOptions & { readonly fields: readonly Field[] },
): Promise<Sampled> {
  const name = newId('sampled');
  const side: Field = { name: sideColumn, type: 'boolean' };
  try {
    await engine.execute(
      `CREATE TABLE ${name} AS ${sampleSql(reference, 'false', fields)} UNION ALL ${sampleSql(current, 'true', fields)}`,
      options,
    );
    const [row] = await engine.rows(`SELECT count(*) AS n, count_if(${sideColumn}) AS newer FROM ${name}`, options);
    const currentRows = Number(row!['newer']);
    const counts = { referenceRows: Number(row!['n']) - currentRows, currentRows };
    if (fields.length === 0 || Math.min(counts.referenceRows, currentRows) < leastRows) return { counts, table: null };
    const encoded = await encodeColumns(engine, name, { ...options, fields: [...fields, side] });
    try {
      const cells = await cellsOf(engine, encoded, options);
      return {
        counts,
        table: { columns: cells.slice(0, -1), isOrdered: fields.map(isOrdered), classes: cells.at(-1)! },
      };
    } finally {
      await engine.execute(`DROP TABLE IF EXISTS ${encoded.name}`);
    }
  } finally {
    await engine.execute(`DROP TABLE IF EXISTS ${name}`);
  }
}

/** The rows with the smallest MD5 of their text and of which copy of it they are. */
function sampleSql(source: string, side: string, fields: readonly Field[]): string {
  const values = fields.map(({ name, type }) => {
    const column = quoteIdentifier(name);
    return type === 'float64' ? `CAST(${column} AS DOUBLE) AS ${column}` : column;
  });
  const text = rowText(fields);
  const copy = `row_number() OVER (PARTITION BY md5_number(${text}))`;
  return `(SELECT ${[...values, `${side} AS ${sideColumn}`].join(', ')} FROM ${source} ORDER BY md5(concat(${copy}, ';', ${text})) LIMIT ${sampledRows})`;
}

async function cellsOf(
  engine: QueryEngine,
  { name, columns }: EncodedTable,
  options: QueryOptions,
): Promise<Uint8Array[]> {
  const cells = columns.map(() => [] as number[]);
  const names = columns.map(({ cell }) => cell);
  const query = `SELECT ${names.map((cell) => `CAST(${cell} AS DOUBLE) AS ${cell}`).join(', ')} FROM ${name} ORDER BY ALL`;
  for await (const { columns: found, rowCount } of engine.batches(query, options))
    for (const [at, { values }] of found.entries())
      for (let row = 0; row < rowCount; row++) cells[at]!.push((values as Float64Array)[row]!);
  return cells.map((one) => Uint8Array.from(one));
}

/**
 * The area with its interval (DeLong), and the chance of one so large where there is nothing to tell apart: the normal approximation
 * of Mann and Whitney's test, whose variance is largest without ties.
 */
function judgeArea(
  scores: Float64Array,
  classes: Uint8Array,
): { readonly auc: number; readonly low: number; readonly high: number; readonly pValue: number } {
  const { areas, covariance, positiveCount, negativeCount } = rocAreas([scores], classes);
  const auc = areas[0]!;
  const half = 1.959963984540054 * Math.sqrt(covariance[0]![0]!);
  const chance = Math.sqrt((positiveCount + negativeCount + 1) / (12 * positiveCount * negativeCount));
  return {
    auc,
    low: Math.max(0, auc - half),
    high: Math.min(1, auc + half),
    pValue: normalCdf((0.5 - auc) / chance),
  };
}
