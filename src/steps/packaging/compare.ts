import { PlatformError } from '../../errors/index.ts';
import { parquetSource, type QueryEngine, quoteIdentifier } from '../../tables/index.ts';
import type { Difference } from './result.ts';

/**
 * How far two files of answers lie apart, row by row: scores and numbers by their absolute difference, other answers by
 * 0 where equal and 1 where not.
 */
export async function compareAnswers(
  engine: QueryEngine,
  files: { readonly expected: string; readonly found: string },
): Promise<Difference> {
  const { fields } = await engine.describe(`SELECT * FROM ${parquetSource(files.expected)}`);
  const answers = fields.filter((field) => field.name !== '__row');
  const distances = answers.map(({ name, type }) => {
    const [a, b] = [`e.${quoteIdentifier(name)}`, `f.${quoteIdentifier(name)}`];
    return type === 'string' || type === 'boolean'
      ? `CASE WHEN CAST(${a} AS VARCHAR) IS NOT DISTINCT FROM CAST(${b} AS VARCHAR) THEN 0.0 ELSE 1.0 END`
      : `abs(CAST(${a} AS DOUBLE) - CAST(${b} AS DOUBLE))`;
  });
  const [row] = await engine.rows(
    `SELECT count(*) AS n, count(f.__row) AS found, max(d) AS maximum, avg(d) AS mean
     FROM (SELECT f.__row, greatest(${distances.join(', ')}) AS d
       FROM ${parquetSource(files.expected)} e LEFT JOIN ${parquetSource(files.found)} f USING (__row)) f`,
  );
  const rowCount = Number(row!['n']);
  if (Number(row!['found']) !== rowCount || !Number.isFinite(Number(row!['maximum'] ?? 0))) {
    throw new PlatformError('PACKAGING_NOT_EQUAL', {
      message: `expected answers to ${rowCount} rows, found answers to ${row!['found']}, or some that are no number`,
    });
  }
  return { rowCount, maximum: Number(row!['maximum'] ?? 0), mean: Number(row!['mean'] ?? 0) };
}

/**
 * Refuses a difference beyond the tolerance.
 * @throws PlatformError PACKAGING_NOT_EQUAL
 */
export function requireWithin(difference: Difference, tolerance: number, what: string): void {
  if (difference.maximum <= tolerance) return;
  throw new PlatformError('PACKAGING_NOT_EQUAL', {
    message: `${what} differs from the original model by up to ${difference.maximum.toPrecision(3)} on ${difference.rowCount} rows; packaging.tolerance allows ${tolerance}`,
    details: { ...difference, tolerance },
  });
}
