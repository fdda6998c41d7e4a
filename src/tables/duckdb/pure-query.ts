/**
 * Whether a text is one SELECT over nothing but the tables that it is given, and gives the same each time. What the engine's own locks let
 * through is kept out here: a SELECT may call functions that switch its log or its profile on and so write files, that wait, or
 * that answer something else each time. The text is looked at as its parser understands it, before anything of it is bound or run.
 *
 * Functions in FROM are only those that make rows of their arguments. Other functions are those of the catalogue that it calls consistent,
 * less a few of which it says so wrongly.
 */
import { PlatformError } from '../../errors/index.ts';
import type { Cell } from '../query-engine.ts';
import { quoteLiteral } from '../sql-text.ts';

const rowMakers: ReadonlySet<string> = new Set(['range', 'generate_series', 'unnest', 'repeat']);

/** Functions that answer of the moment, the session or the machine though the catalogue calls them consistent, and macros that do. */
const inconsistent: ReadonlySet<string> = new Set([
  'ago',
  'current_catalog',
  'current_localtime',
  'current_localtimestamp',
  'current_query',
  'current_setting',
  'getvariable',
  'pg_conf_load_time',
  'pg_postmaster_start_time',
  'pg_sleep',
  'version',
]);

/** Words that are functions although they are written as columns are. */
const momentWords: ReadonlySet<string> = new Set([
  'current_date',
  'current_time',
  'current_timestamp',
  'localtime',
  'localtimestamp',
]);

type Ask = (sql: string) => Promise<readonly Readonly<Record<string, Cell>>[]>;

/** What a query names. */
interface Named {
  /** Tables in FROM, as they are written. */
  readonly tables: string[];
  /** Names that its own WITH makes. */
  readonly own: Set<string>;
  readonly rowMakers: string[];
  readonly functions: string[];
}

/**
 * @param ask runs SQL in an engine that knows the functions
 * @param given the tables that the query may name
 * @throws PlatformError TABLE_NOT_A_QUERY
 */
export async function requirePure(ask: Ask, sql: string, given: readonly string[]): Promise<void> {
  const named: Named = { tables: [], own: new Set(), rowMakers: [], functions: [] };
  collect(await parsed(ask, sql), named);
  const known = new Set([...given.map((name) => name.toLowerCase()), ...named.own]);
  const unknown = named.tables.find((name) => !known.has(name.toLowerCase()));
  if (unknown !== undefined) throw refused(`expected a query of ${given.join(', ')} alone, found ${unknown}`);
  const maker = named.rowMakers.find((name) => !rowMakers.has(name));
  if (maker !== undefined)
    throw refused(`expected a query of ${given.join(', ')} alone, found the function ${maker} in FROM`);
  const odd = await firstInconsistent(ask, named.functions);
  if (odd !== null) throw refused(`expected a query that gives the same each time, found ${odd}`);
}

async function parsed(ask: Ask, sql: string): Promise<unknown> {
  const [row] = await ask(`SELECT CAST(json_serialize_sql(${quoteLiteral(sql)}) AS VARCHAR) AS tree`);
  const tree = JSON.parse(String(row!['tree'])) as {
    readonly error: boolean;
    readonly error_type?: string;
    readonly error_message?: string;
    readonly statements?: readonly unknown[];
  };
  if (tree.error)
    throw refused(
      tree.error_type === 'parser'
        ? `expected one SELECT: ${tree.error_message}`
        : 'expected one SELECT, found another statement',
    );
  const count = tree.statements?.length ?? 0;
  if (count !== 1) throw refused(`expected one SELECT, found ${count === 0 ? 'no statement' : `${count} statements`}`);
  return tree.statements![0];
}

/** Goes through a tree, whatever its nodes are: what is not known of is looked into too. */
function collect(tree: unknown, named: Named): void {
  if (Array.isArray(tree)) {
    for (const one of tree) collect(one, named);
    return;
  }
  if (typeof tree !== 'object' || tree === null) return;
  const node = tree as Readonly<Record<string, unknown>>;
  const { type } = node;
  if (type === 'SHOW_REF') throw refused('expected one SELECT, found a statement about tables');
  if (node['sample'] !== null && node['sample'] !== undefined)
    throw refused('expected a query that gives the same each time, found a sample');
  if (type === 'BASE_TABLE') named.tables.push(qualified(node));
  const makes = type === 'TABLE_FUNCTION' ? (node['function'] as Readonly<Record<string, unknown>>) : null;
  if (makes !== null) named.rowMakers.push(String(makes['function_name']).toLowerCase());
  if (node['class'] === 'FUNCTION') named.functions.push(functionOf(node));
  if (type === 'COLUMN_REF') named.functions.push(...momentOf(node));
  const { cte_map: ctes } = node as { readonly cte_map?: { readonly map?: readonly { readonly key: string }[] } };
  for (const { key } of ctes?.map ?? []) named.own.add(key.toLowerCase());
  for (const [key, inside] of Object.entries(node)) {
    // Of a function that makes rows the arguments are functions as all others.
    if (makes !== null && key === 'function') collect(makes['children'], named);
    else collect(inside, named);
  }
}

/** A table with the catalogue and schema that are written before it: those that are given have none. */
function qualified(node: Readonly<Record<string, unknown>>): string {
  const before = [node['catalog_name'], node['schema_name']].filter((name) => name !== '' && name !== undefined);
  return [...before, node['table_name']].join('.');
}

/** `age(t)` is the time until today, `age(a, b)` is between two. */
function functionOf(node: Readonly<Record<string, unknown>>): string {
  const name = String(node['function_name']).toLowerCase();
  const isToday = name === 'age' && (node['children'] as readonly unknown[]).length === 1;
  return isToday ? 'today' : name;
}

function momentOf(node: Readonly<Record<string, unknown>>): string[] {
  const names = node['column_names'] as readonly string[];
  const [name = ''] = names.map((one) => one.toLowerCase());
  return names.length === 1 && momentWords.has(name) ? [name] : [];
}

async function firstInconsistent(ask: Ask, functions: readonly string[]): Promise<string | null> {
  const names = [...new Set(functions)];
  const known = names.find((name) => inconsistent.has(name) || momentWords.has(name));
  if (known !== undefined || names.length === 0) return known ?? null;
  const [found] = await ask(
    `SELECT min(function_name) AS name FROM duckdb_functions() WHERE stability <> 'CONSISTENT' AND function_name IN (${names.map((name) => quoteLiteral(name)).join(', ')})`,
  );
  const name = found?.['name'] ?? null;
  return name === null ? null : String(name);
}

function refused(message: string): PlatformError {
  return new PlatformError('TABLE_NOT_A_QUERY', { message });
}
