/**
 * The keys of rows as they are compared, counted and told of: by the MD5 of their exact texts, sixteen bytes however many columns a key has.
 * Equal keys have equal hashes, so where no hash is in two parts no key is; that two different keys have one hash could only refuse a split that is none.
 */
import { hashSums, rowText, sumsDigest, textHash } from '../../data-quality/index.ts';
import { parseBytes } from '../../encoding/index.ts';
import type { Field, QueryEngine, QueryOptions } from '../../tables/index.ts';

/** A rule that divides rows, and the columns by which they stay together. */
export interface DividingRule {
  readonly by: string;
  readonly column: string | null;
  readonly key: readonly string[];
}

/** SQL for the text by which rows stay together: the group, the column, the declared key, else the whole row. */
export function keyText(params: DividingRule, fields: readonly Field[]): string {
  const isOfColumn = params.column !== null && (params.by === 'group' || params.by === 'hash');
  const names = isOfColumn ? [params.column!] : params.key;
  if (names.length > 0) return rowText(fieldsOf(names, fields));
  // Rows that differ in nothing but the part they name are one thing in several parts.
  return rowText(params.by === 'predefined' ? fields.filter(({ name }) => name !== params.column) : fields);
}

/** Fields by name, in the order of the names. */
function fieldsOf(names: readonly string[], fields: readonly Field[]): Field[] {
  return names.flatMap((name) => fields.find((field) => field.name === name) ?? []);
}

/**
 * SQL for the hashes of the keys of rows: `low` and `high` of what they stay together by, `key_low` and `key_high` of the declared key, which
 * are missing where there is none, or where that is what they stay together by.
 */
export function hashedKeysSql(
  params: DividingRule,
  fields: readonly Field[],
  { source, columns = [] }: { readonly source: string; readonly columns?: readonly string[] },
): string {
  const byRule = keyText(params, fields);
  const declared = params.key.length === 0 ? byRule : rowText(fieldsOf(params.key, fields));
  const [byKey, ofKey] =
    declared === byRule
      ? ['NULL', 'NULL::UBIGINT AS key_low, NULL::UBIGINT AS key_high']
      : [declared, textHash('by_key', 'key_')];
  const texts = [...columns, `${byRule} AS by_rule`, `${byKey} AS by_key`];
  return `SELECT ${[...columns, textHash('by_rule'), ofKey].join(', ')} FROM (SELECT ${texts.join(', ')} FROM ${source})`;
}

/** SQL that is true of the keys of one range, by the SQL of the lower half of their hash. */
export type KeyRange = (low: string) => string;

/** What a key takes where keys are grouped or joined, and the share of the engine's memory that they may take together. */
const [bytesOfKey, shareOfMemory] = [64, 0.25];

/**
 * Ranges of keys, which have every key of a table once: as many as it takes for the keys of one to be grouped or joined in memory. With little memory the
 * engine fails to do that for many more keys than fit, though it knows how to use the disk. Nothing that comes of it depends on how many ranges there are.
 */
export async function rangesOfKeys(engine: QueryEngine, table: string): Promise<KeyRange[]> {
  const [row] = await engine.rows(`SELECT count(*) AS n, current_setting('memory_limit') AS memory FROM ${table}`);
  const room = parseBytes(String(row!['memory'])) * shareOfMemory;
  const count = Math.max(1, Math.ceil((Number(row!['n']) * bytesOfKey) / room));
  return Array.from({ length: count }, (_, range) => (low) => (count === 1 ? 'true' : `${low} % ${count} = ${range}`));
}

/** Makes a table of what a query over the keys of another one gives, one range of them after the other. */
export async function tableByRanges(
  engine: QueryEngine,
  { name, of, sql }: { readonly name: string; readonly of: string; readonly sql: (range: KeyRange) => string },
  options: QueryOptions,
): Promise<void> {
  for (const [index, range] of (await rangesOfKeys(engine, of)).entries())
    await engine.execute(`${index === 0 ? `CREATE TABLE ${name} AS` : `INSERT INTO ${name}`} ${sql(range)}`, options);
}

/** The digest of the different keys by which rows of a table with their hashes stay together. */
export async function digestOfKeys(
  engine: QueryEngine,
  { table, where }: { readonly table: string; readonly where: string },
  options: QueryOptions,
): Promise<string> {
  const sums = { keys: 0, low: 0n, high: 0n };
  for (const range of await rangesOfKeys(engine, table)) {
    const [row] = await engine.rows(
      `SELECT count(*) AS keys, ${hashSums('low', 'high')} FROM (SELECT DISTINCT low, high FROM ${table} WHERE ${where} AND ${range('low')})`,
      options,
    );
    sums.keys += Number(row!['keys']);
    sums.low += BigInt(String(row!['low'] ?? 0));
    sums.high += BigInt(String(row!['high'] ?? 0));
  }
  return sumsDigest(sums.keys, sums);
}
