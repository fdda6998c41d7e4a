/**
 * Sampling up and down, and weights of classes: how often each row of a training part is trained on, and what it counts. Which rows are repeated or left out follows from a
 * hash of the seed and the row's place alone, so equal data and seeds give equal rows on every machine, and the last row of a larger table changes as little as it can.
 */
import { PlatformError } from '../../errors/index.ts';
import { type QueryEngine, quoteIdentifier, quoteLiteral } from '../../tables/index.ts';
import type { RowParams } from './plan-rows.ts';
import type { RowsReport } from './result.ts';

/** The column that holds what a row counts. */
export const weightColumn = '__weight';

/** What becomes of the rows of a training part. */
export interface SampledRows {
  /** The query of the rows to train on, with `__weight` where classes are weighed. */
  readonly sql: string;
  readonly report: RowsReport;
}

/**
 * Samples and weighs a training part, first the one, then the other: weights are of what is trained on.
 * @param source a table of a FROM clause, with `__row`
 * @throws PlatformError TRAINING_COLUMN_MISSING, TRAINING_CLASS_UNWEIGHED
 */
export async function sampleRows(engine: QueryEngine, source: string, params: RowParams): Promise<SampledRows> {
  const { fields } = await engine.describe(`SELECT * FROM ${source}`);
  const known = fields.map(({ name }) => name);
  const { sampling, classWeights, label } = params;
  requireColumns([...(sampling === null ? [] : [sampling.column]), ...(classWeights === null ? [] : [label!])], known);
  const sampled = sampling === null ? null : await sample(engine, source, sampling);
  const rows = sampled?.sql ?? unsampled(source);
  const weights = classWeights === null ? null : await weigh(engine, `(${rows})`, { classWeights, label: label! });
  const left = `SELECT * EXCLUDE (__copy)${weights === null ? '' : `, ${weightSql(label!, weights)} AS ${weightColumn}`} FROM (${rows})`;
  return {
    sql: `${left} ORDER BY __row, __copy`,
    report: { sampling: sampled === null ? null : { ...sampling!, values: sampled.values }, classWeights: weights },
  };
}

function unsampled(source: string): string {
  return `SELECT *, 1 AS __copy FROM ${source}`;
}

function requireColumns(wanted: readonly string[], known: readonly string[]): void {
  const missing = wanted.filter((name) => !known.includes(name));
  if (missing.length > 0)
    throw new PlatformError('TRAINING_COLUMN_MISSING', {
      message: `expected the column ${missing.join(', ')} in the transformed training part; it has ${known.join(', ')}`,
    });
}

type Sampling = NonNullable<RowParams['sampling']>;

async function sample(
  engine: QueryEngine,
  source: string,
  { direction, column, ratio, seed }: Sampling,
): Promise<{ readonly sql: string; readonly values: NonNullable<RowsReport['sampling']>['values'] }> {
  const counted = await countValues(engine, source, column);
  if (counted.length === 0) return { sql: unsampled(source), values: [] };
  const counts = counted.map(({ rowCount }) => rowCount).sort((a, b) => a - b);
  const [fewest, most] = [counts[0]!, counts.at(-1)!];
  const values = counted.map(({ value, rowCount }) => ({
    value,
    before: rowCount,
    after:
      direction === 'up'
        ? Math.max(rowCount, Math.round(ratio * most))
        : Math.min(rowCount, Math.max(1, Math.round(fewest / ratio))),
  }));
  const text = `CAST(${quoteIdentifier(column)} AS VARCHAR)`;
  const targets = values.map(({ value, after }) => `WHEN ${quoteLiteral(value)} THEN ${after}`);
  const place = `md5_number_lower(concat(${quoteLiteral(String(seed))}, chr(31), __row))`;
  // Rows without a value are neither repeated nor left out.
  const target = `CASE ${text} ${targets.join(' ')} END`;
  const sql = `SELECT * EXCLUDE (__target, __of, __place), unnest(range(
      CASE WHEN __target IS NULL THEN 1 ELSE __target // __of + (__place <= __target % __of)::INTEGER END)) AS __copy
    FROM (SELECT *, ${target} AS __target, count(*) OVER (PARTITION BY ${text}) AS __of,
      row_number() OVER (PARTITION BY ${text} ORDER BY ${place}, __row) AS __place FROM ${source})`;
  return { sql, values };
}

/** Rows by value, as text, in the order of the texts; missing is no value. */
async function countValues(
  engine: QueryEngine,
  source: string,
  column: string,
): Promise<{ readonly value: string; readonly rowCount: number }[]> {
  const rows = await engine.rows(
    `SELECT CAST(${quoteIdentifier(column)} AS VARCHAR) AS value, count(*) AS n FROM ${source} GROUP BY 1 HAVING value IS NOT NULL ORDER BY 1`,
  );
  return rows.map((row) => ({ value: String(row['value']), rowCount: Number(row['n']) }));
}

async function weigh(
  engine: QueryEngine,
  source: string,
  { classWeights, label }: { readonly classWeights: NonNullable<RowParams['classWeights']>; readonly label: string },
): Promise<NonNullable<RowsReport['classWeights']>> {
  const counted = await countValues(engine, source, label);
  const total = counted.reduce((sum, { rowCount }) => sum + rowCount, 0);
  if (classWeights === 'balanced')
    return counted.map(({ value, rowCount }) => ({ value, rowCount, weight: total / (counted.length * rowCount) }));
  const missing = counted.filter(({ value }) => !Object.hasOwn(classWeights, value)).map(({ value }) => value);
  if (missing.length > 0)
    throw new PlatformError('TRAINING_CLASS_UNWEIGHED', {
      message: `expected the weight of each class of ${label}, found ${Object.keys(classWeights).join(', ')} and none of ${missing.join(', ')}`,
    });
  return counted.map(({ value, rowCount }) => ({ value, rowCount, weight: classWeights[value]! }));
}

/** A row without a class weighs 1. */
function weightSql(label: string, weights: NonNullable<RowsReport['classWeights']>): string {
  const cases = weights.map(
    ({ value, weight }) => `WHEN ${quoteLiteral(value)} THEN ${quoteLiteral(String(weight))}::DOUBLE`,
  );
  return `CASE CAST(${quoteIdentifier(label)} AS VARCHAR) ${cases.join(' ')} ELSE 1::DOUBLE END`;
}
