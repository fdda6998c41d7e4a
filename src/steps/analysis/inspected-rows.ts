import type { StepContext } from '../../pipeline/index.ts';
import { type Field, parquetSource, type QueryEngine, quoteIdentifier } from '../../tables/index.ts';
import type { InspectedTable, InspectionParams } from './plan-inspection.ts';

/** The rows that a group of a column is counted over. */
export interface KnownRows {
  /** A query in parentheses. */
  readonly source: string;
  readonly knownBy: 'column' | 'row' | 'key';
}

/** The open parts in one table, in which rows of later steps are looked up: a column of theirs may be away, or hold something else there. */
export interface KnownParts {
  readonly fields: readonly Field[];
  /** The columns of the key where no two rows share one, else none. Looked for when it is first asked. */
  uniqueKey(): Promise<readonly string[]>;
}

/** A table of rows that are known again. */
export interface OpenTable {
  /** The rows with a column as it is to be counted; otherwise why it cannot be told. */
  rows(column: string): Promise<KnownRows | { readonly reason: string }>;
  close(): Promise<void>;
}

const place = '__row';

/** Puts what the inspection needs of the open parts into the engine, as the table `parts`. */
export async function openParts(
  engine: QueryEngine,
  context: StepContext,
  { columns, key }: InspectionParams,
): Promise<KnownParts> {
  const sources = context.inputs['parts']!.map(({ path }) => `SELECT * FROM ${parquetSource(path)}`);
  const all = `(${sources.join(' UNION ALL BY NAME ')})`;
  const { fields } = await engine.describe(`SELECT * FROM ${all}`);
  const names = [...new Set([place, ...columns.map(({ column }) => column), ...key])].filter((name) =>
    fields.some((field) => field.name === name),
  );
  const { signal } = context;
  await engine.execute(`CREATE TABLE parts AS SELECT ${names.map(quoteIdentifier).join(', ')} FROM ${all}`, { signal });
  let unique: Promise<boolean> | null = null;
  return {
    fields,
    uniqueKey: async () => {
      unique ??= isUnique(engine, key);
      return (await unique) ? key : [];
    },
  };
}

async function isUnique(engine: QueryEngine, key: readonly string[]): Promise<boolean> {
  if (key.length === 0) return false;
  const columns = key.map(quoteIdentifier).join(', ');
  const [row] = await engine.rows(
    `SELECT count(*) AS n FROM (SELECT ${columns} FROM parts GROUP BY ALL HAVING count(*) > 1)`,
  );
  return Number(row!['n']) === 0;
}

/**
 * Opens a table. Of a part and what validation leaves of it, and where a step of the project's own kept a column of the same type, the column itself is counted; of a transformed part,
 * whose features may have the name of what they were made from, and where the column is gone, what it was in the part: by the place of the row (`__row`), else by the key.
 */
export async function openTable(
  engine: QueryEngine,
  { table, path, signal }: { readonly table: InspectedTable; readonly path: string; readonly signal: AbortSignal },
  parts: KnownParts,
): Promise<OpenTable> {
  const source = parquetSource(path);
  const { fields } = await engine.describe(`SELECT * FROM ${source}`);
  const isKept = (name: string): boolean => {
    const [kept, was] = [fields, parts.fields].map((all) => all.find((field) => field.name === name)?.type);
    return kept !== undefined && kept === was;
  };
  let joined: KnownRows | { readonly reason: string } | null = null;
  const join = async (): Promise<KnownRows | { readonly reason: string }> => {
    const key = isKept(place) ? [place] : await parts.uniqueKey();
    if (key.length === 0 || !key.every(isKept))
      return { reason: 'it has nothing that its rows would be known by: __row, or all of task.key' };
    const equal = key.map((name) => `t.${quoteIdentifier(name)} IS NOT DISTINCT FROM p.${quoteIdentifier(name)}`);
    await engine.execute(`CREATE TABLE known AS SELECT p.* FROM ${source} t JOIN parts p ON ${equal.join(' AND ')}`, {
      signal,
    });
    return { source: 'known', knownBy: key[0] === place ? 'row' : 'key' };
  };
  return {
    rows: async (column) => {
      if (table.kind !== 'transformed' && isKept(column))
        return { source: `(SELECT * FROM ${source})`, knownBy: 'column' };
      joined ??= await join();
      return joined;
    },
    close: () => engine.execute('DROP TABLE IF EXISTS known'),
  };
}
