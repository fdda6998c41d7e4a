/**
 * A digest of rows that does not depend on their order and tells how often each row occurs: the number of rows and the sums
 * of the two halves of the MD5 of each row, as whole numbers. The text of a row that is hashed is exact: every
 * text stands behind its length, so that no two different rows have one text.
 */
import { type Digest, digestJson } from '../encoding/index.ts';
import { type Field, type QueryEngine, type QueryOptions, quoteIdentifier } from '../tables/index.ts';

/** SQL for a text that is equal for two rows exactly where they are equal in these columns. Missing is a value here. */
export function rowText(columns: readonly Field[]): string {
  if (columns.length === 0) return "''";
  const parts = columns.map(({ name, type }) => `coalesce(${valueText(quoteIdentifier(name), type)}, '-')`);
  return `concat_ws(';', ${parts.join(', ')})`;
}

/**
 * The text of a value. Only texts can hold what parts values, so only they need their length in front. Of floats that are
 * equal two pairs have two texts: zero with either sign, and NaN with either.
 */
function valueText(column: string, type: Field['type']): string {
  if (type === 'timestamp') return `CAST(epoch_us(${column}) AS VARCHAR)`;
  if (type === 'float64') {
    const text = `CAST(${column} AS VARCHAR)`;
    return `CASE ${text} WHEN '-0.0' THEN '0.0' WHEN '-nan' THEN 'nan' ELSE ${text} END`;
  }
  return type === 'string'
    ? `strlen(CAST(${column} AS VARCHAR)) || ':' || CAST(${column} AS VARCHAR)`
    : `CAST(${column} AS VARCHAR)`;
}

/** SQL for the two halves of the MD5 of a text, as columns `low` and `high`, with `prefix` before their names. */
export function textHash(text: string, prefix = ''): string {
  return `md5_number_lower(${text}) AS ${prefix}low, md5_number_upper(${text}) AS ${prefix}high`;
}

/** SQL for the sums of a digest over rows whose text is `text`, as columns `low` and `high`. */
function digestSums(text: string): string {
  return hashSums(`md5_number_lower(${text})`, `md5_number_upper(${text})`);
}

/** SQL for the same sums where the halves of the hash of each row are there. */
export function hashSums(low: string, high: string): string {
  return `CAST(sum(${low}::HUGEINT) AS VARCHAR) AS low, CAST(sum(${high}::HUGEINT) AS VARCHAR) AS high`;
}

/** The digest of so many rows with these sums; the sums of no rows are null. */
export function sumsDigest(rowCount: number, sums: { readonly low: unknown; readonly high: unknown }): Digest {
  return digestJson({ rows: rowCount, low: String(sums.low ?? '0'), high: String(sums.high ?? '0') });
}

/** The digest of the rows of a source (a table or a query in parentheses) over some of its columns, in their order. */
export async function rowDigest(
  engine: QueryEngine,
  source: string,
  options: QueryOptions & { readonly columns: readonly Field[] },
): Promise<{ readonly rowCount: number; readonly digest: Digest }> {
  const [row] = await engine.rows(
    `SELECT count(*) AS n, ${digestSums('text')} FROM (SELECT ${rowText(options.columns)} AS text FROM ${source})`,
    options,
  );
  const rowCount = Number(row!['n']);
  return { rowCount, digest: sumsDigest(rowCount, { low: row!['low'], high: row!['high'] }) };
}
