/**
 * Which columns of a query's result are made of some columns, read off the query as the engine parses it. The answer may name a column too many, never one too few: names are followed,
 * in whatever part of the query they stand, until nothing is added. A name is made of them where it stands behind an expression in which one of them, or a whole row, occurs. What a query
 * names by place (`t(a, b)`, `#1`, a set operation with `*`) cannot be followed, and that is said. How rows are chosen or grouped makes no column.
 */
import type { QueryEngine } from '../../tables/index.ts';

/** What a query makes of some columns. */
export interface MadeOf {
  /** Names of its result, in their own spelling. */
  readonly columns: readonly string[];
  /** Why more of them may be; null: none is. */
  readonly untold: string | null;
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Node = { readonly [key: string]: Json };

const word = /[\p{L}_][\p{L}\p{N}_$]*/gu;

/**
 * The columns of a query that are made of others.
 * @param query one SELECT
 * @param given the columns in question, in any case of letters
 * @param result names of the query's columns
 */
export async function madeOf(
  engine: QueryEngine,
  {
    query,
    given,
    result,
  }: { readonly query: string; readonly given: readonly string[]; readonly result: readonly string[] },
): Promise<MadeOf> {
  const [row] = await engine.rows(
    `SELECT json_serialize_sql('${query.replaceAll("'", "''")}', skip_default := true, skip_empty := true, skip_null := true) AS tree`,
  );
  const tree = JSON.parse(String(row!['tree'])) as Node;
  if (tree['error'] !== false) return { columns: [], untold: 'the query cannot be followed (it is no plain SELECT)' };
  const nodes = [...nodesIn(tree)];
  const names = followNames(nodes, given);
  const columns = result.filter((name) => isAmong(names, name));
  return { columns, untold: nodes.map((node) => placeOf(node, names)).find((reason) => reason !== null) ?? null };
}

/** Whether a column has one of the names; of an expression without a name, which is called as it is written, whether one stands in it. */
function isAmong(names: ReadonlySet<string>, column: string): boolean {
  const text = column.toLowerCase();
  if (names.has(text)) return true;
  const words = text.match(word) ?? [];
  return words.join('') !== text && words.some((one) => names.has(one));
}

function* nodesIn(value: Json | undefined): Generator<Node> {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) for (const one of value as readonly Json[]) yield* nodesIn(one);
  else {
    yield value as Node;
    for (const one of Object.values(value as Node)) yield* nodesIn(one);
  }
}

/** Every name that comes of the given ones, in small letters. */
function followNames(nodes: readonly Node[], given: readonly string[]): ReadonlySet<string> {
  const names = new Set(given.map((name) => name.toLowerCase()));
  const tables = new Set(nodes.filter(isTable).flatMap((node) => [lower(node['alias']), lower(node['table_name'])]));
  tables.delete('');
  for (let before = -1; before !== names.size; ) {
    before = names.size;
    for (const node of nodes) for (const name of namesMade(node, { names, tables })) names.add(name);
  }
  return names;
}

interface Known {
  readonly names: ReadonlySet<string>;
  readonly tables: ReadonlySet<string>;
}

/** The names that a part of a query gives to what is made of the known ones. */
function namesMade(node: Node, known: Known): string[] {
  const alias = lower(node['alias']);
  const made = alias !== '' && typeof node['class'] === 'string' && holds(node, known) ? [alias] : [];
  const replaced = listAt(node, 'replace_list')
    .filter((one) => holds(one['value'], known))
    .map((one) => lower(one['key']));
  const renamed = listAt(node, 'rename_list')
    .filter((one) => [...nodesIn(one['key'])].some((key) => known.names.has(lower(key['column']))))
    .map((one) => lower(one['value']));
  return [...made, ...replaced, ...renamed, ...(isOfSeveral(node) ? namesBeside(node, known) : [])];
}

/** In a set operation columns of one place are one column. */
function namesBeside(node: Node, known: Known): string[] {
  const lists = selectLists(node);
  const width = Math.max(...lists.map((list) => list.length), 0);
  const columns = Array.from({ length: width }, (_, at): Node[] =>
    lists.map((list) => list[at]).filter((one) => one !== undefined),
  );
  return columns
    .filter((column) => column.some((one) => holds(one, known)))
    .flatMap((column) => column.map(nameOf).filter((name) => name !== ''));
}

function isOfSeveral(node: Node): boolean {
  return node['type'] === 'SET_OPERATION_NODE' || node['type'] === 'RECURSIVE_CTE_NODE';
}

function selectLists(node: Node): Node[][] {
  if (isOfSeveral(node))
    return [node['left'], node['right'], ...listAt(node, 'children')].flatMap((side) =>
      typeof side === 'object' && side !== null ? selectLists(side as Node) : [],
    );
  return 'select_list' in node ? [[...listAt(node, 'select_list')]] : [];
}

function nameOf(node: Node): string {
  const path = Array.isArray(node['column_names']) ? (node['column_names'] as readonly Json[]) : [];
  return lower(node['alias']) || lower(path.at(-1));
}

/** Whether one of the known names, or a whole row, stands somewhere in a part of a query. */
function holds(value: Json | undefined, { names, tables }: Known): boolean {
  return [...nodesIn(value)].some((node) => {
    if (node['class'] !== 'COLUMN_REF') return false;
    const path = (node['column_names'] as readonly Json[]).map(lower);
    return path.some((name) => names.has(name)) || (path.length === 1 && tables.has(path[0]!));
  });
}

/** Why the names in a part of a query cannot be followed; null where they can. */
function placeOf(node: Node, names: ReadonlySet<string>): string | null {
  const known = { names, tables: new Set<string>() };
  if (node['class'] === 'POSITIONAL_REFERENCE') return 'the query names a column by its number';
  if (node['type'] === 'PIVOT') return 'the query makes columns of values (PIVOT)';
  if (node['class'] === 'STAR' && node['columns'] === true && lower(node['alias']) !== '')
    return 'the query renames COLUMNS(...)';
  const isNamedByPlace = ['column_name_alias', 'aliases'].some(
    (key) => Array.isArray(node[key]) && (node[key] as readonly Json[]).length > 0,
  );
  if (isNamedByPlace && (holds(node, known) || [...nodesIn(node)].some(isTable)))
    return 'the query names columns by their place, as in t(a, b)';
  if (!isOfSeveral(node) || node['setop_type'] === 'UNION_BY_NAME') return null;
  const hasStar = selectLists(node).some((list) => list.some((one) => one['class'] === 'STAR'));
  return hasStar
    ? 'the query puts columns of SELECT * together by their place (UNION ALL BY NAME would do it by name)'
    : null;
}

function isTable(node: Node): boolean {
  return node['type'] === 'BASE_TABLE';
}

function listAt(node: Node, key: string): readonly Node[] {
  const list = node[key];
  return Array.isArray(list) ? (list as readonly Node[]) : [];
}

function lower(value: Json | undefined): string {
  return typeof value === 'string' ? value.toLowerCase() : '';
}
