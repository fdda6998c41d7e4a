import {
  type ClassSums,
  type Contingency,
  classPower,
  correlationOf,
  cramersV,
  meanPower,
  mutualInformation,
} from '../../stats/index.ts';
import type { Cell, Field, QueryEngine, QueryOptions } from '../../tables/index.ts';
import { fieldsOf } from '../column-states.ts';
import { type EncodedColumn, type EncodedTable, encodeColumns } from './encode-columns.ts';
import type { ColumnPair, TablePairs } from './pairs.ts';

const mostColumns = 40;
const labelClasses = 20;

/** Which pairs are looked at. */
export interface PairOptions extends QueryOptions {
  /** The column whose association with all others is told, and how well each tells it. */
  readonly label?: string;
  /** Whether all columns are paired, or each with the label alone. */
  readonly among: 'all' | 'label';
  /** Called before each pair: how many are done, of how many. */
  readonly onProgress?: (doneCount: number, pairCount: number) => void;
}

/** What the columns of a source (a table, or a query in parentheses) have to do with each other: of the label and the first forty others. */
export async function findPairs(engine: QueryEngine, source: string, options: PairOptions): Promise<TablePairs> {
  const { label, among, onProgress } = options;
  const all = await fieldsOf(engine, source);
  const first = all.filter(({ name }) => name !== label).slice(0, mostColumns);
  const fields = all.filter((field) => field.name === label || first.includes(field));
  const table = await encodeColumns(engine, source, { ...options, fields });
  try {
    const wanted = pairsOf(table.columns, { label, among });
    const pairs: ColumnPair[] = [];
    for (const [a, b] of wanted) {
      onProgress?.(pairs.length, wanted.length);
      pairs.push(await measurePair(engine, { table, a, b }, options));
    }
    return {
      rowCount: table.rowCount,
      label: label ?? null,
      columns: fields.map(({ name }) => name),
      leftOut: all.filter((field) => !fields.includes(field)).map(({ name }) => name),
      pairs,
      power: label === undefined ? [] : await powers(engine, table, { ...options, label }),
    };
  } finally {
    await engine.execute(`DROP TABLE IF EXISTS ${table.name}`);
  }
}

/** What two columns of a source (a table, or a query in parentheses) have to do with each other. */
export async function measureColumns(
  engine: QueryEngine,
  source: string,
  { fields, ...options }: QueryOptions & { readonly fields: readonly [Field, Field] },
): Promise<ColumnPair> {
  const table = await encodeColumns(engine, source, { ...options, fields });
  try {
    const [a, b] = table.columns;
    return await measurePair(engine, { table, a: a!, b: b! }, options);
  } finally {
    await engine.execute(`DROP TABLE IF EXISTS ${table.name}`);
  }
}

/**
 * How well each of some columns of a source alone tells the label, falling. Columns are taken forty at a time, so there may be any number.
 */
export async function findPower(
  engine: QueryEngine,
  source: string,
  { label, columns, ...options }: QueryOptions & { readonly label: string; readonly columns: readonly string[] },
): Promise<TablePairs['power']> {
  const all = await fieldsOf(engine, source);
  const found: TablePairs['power'] = [];
  for (let at = 0; at < columns.length; at += mostColumns) {
    const some = columns.slice(at, at + mostColumns);
    const fields = all.filter(({ name }) => name === label || some.includes(name));
    const table = await encodeColumns(engine, source, { ...options, fields });
    try {
      found.push(...(await powers(engine, table, { ...options, label })));
    } finally {
      await engine.execute(`DROP TABLE IF EXISTS ${table.name}`);
    }
  }
  return found.sort((one, other) => (other.power ?? -1) - (one.power ?? -1));
}

function pairsOf(
  columns: readonly EncodedColumn[],
  { label, among }: { readonly label: string | undefined; readonly among: 'all' | 'label' },
): [EncodedColumn, EncodedColumn][] {
  const isWanted = (a: EncodedColumn, b: EncodedColumn): boolean =>
    among === 'all' || a.field.name === label || b.field.name === label;
  return columns.flatMap((a, at) =>
    columns
      .slice(at + 1)
      .filter((b) => isWanted(a, b))
      .map((b): [EncodedColumn, EncodedColumn] => [a, b]),
  );
}

interface PairOf {
  readonly table: EncodedTable;
  readonly a: EncodedColumn;
  readonly b: EncodedColumn;
}

async function measurePair(engine: QueryEngine, pair: PairOf, options: QueryOptions): Promise<ColumnPair> {
  const { a, b } = pair;
  const cells = await contingency(engine, pair, options);
  const known = (value: number): number | null => (Number.isNaN(value) ? null : value);
  const isOrdered = a.place !== null && b.place !== null;
  return {
    a: a.field.name,
    b: b.field.name,
    pearson: isOrdered ? known(await pearson(engine, pair, options)) : null,
    spearman: isOrdered ? known(await spearman(engine, pair, options)) : null,
    cramersV: known(cramersV(cells)),
    mutualInformationBits: known(mutualInformation(cells)),
  };
}

async function contingency(engine: QueryEngine, { table, a, b }: PairOf, options: QueryOptions): Promise<Contingency> {
  const rows = await engine.rows(
    `SELECT ${a.cell} AS a, ${b.cell} AS b, count(*) AS n FROM ${table.name} GROUP BY 1, 2 ORDER BY 1, 2`,
    options,
  );
  const columns = [...new Set(rows.map((row) => Number(row['b'])))].sort((x, y) => x - y);
  const byRow = new Map<number, number[]>();
  for (const row of rows) {
    const counts = byRow.get(Number(row['a'])) ?? columns.map(() => 0);
    counts[columns.indexOf(Number(row['b']))] = Number(row['n']);
    byRow.set(Number(row['a']), counts);
  }
  return [...byRow.values()];
}

const sumsSql =
  'count(*) AS n, sum(x) AS x, sum(y) AS y, sum(x::HUGEINT * x) AS xx, sum(y::HUGEINT * y) AS yy, sum(x::HUGEINT * y) AS xy';

async function pearson(engine: QueryEngine, { table, a, b }: PairOf, options: QueryOptions): Promise<number> {
  const rows = `SELECT ${a.place} AS x, ${b.place} AS y FROM ${table.name} WHERE ${a.place} IS NOT NULL AND ${b.place} IS NOT NULL`;
  return await correlation(engine, rows, options);
}

/** Where all rows have both values, ranks are those of the columns; else they are given anew among the rows that have both. */
async function spearman(engine: QueryEngine, { table, a, b }: PairOf, options: QueryOptions): Promise<number> {
  if (a.isComplete && b.isComplete)
    return await correlation(engine, `SELECT ${a.rank} AS x, ${b.rank} AS y FROM ${table.name}`, options);
  const both = `SELECT ${a.rank} AS a, ${b.rank} AS b FROM ${table.name} WHERE ${a.rank} IS NOT NULL AND ${b.rank} IS NOT NULL`;
  const rank = (column: string): string =>
    `2 * count(*) OVER (ORDER BY ${column} RANGE UNBOUNDED PRECEDING) - count(*) OVER (PARTITION BY ${column}) + 1`;
  return await correlation(engine, `SELECT ${rank('a')} AS x, ${rank('b')} AS y FROM (${both})`, options);
}

async function correlation(engine: QueryEngine, rows: string, options: QueryOptions): Promise<number> {
  const [row] = await engine.rows(`SELECT ${sumsSql} FROM (${rows})`, options);
  const sum = (name: string): bigint => whole(row![name]);
  return correlationOf({ n: sum('n'), x: sum('x'), y: sum('y'), xx: sum('xx'), yy: sum('yy'), xy: sum('xy') });
}

function whole(cell: Cell | undefined): bigint {
  return BigInt((cell ?? 0) as number | bigint);
}

/** How well each column alone tells the label: by class, or by number where the label has an order and more than twenty values. */
async function powers(
  engine: QueryEngine,
  table: EncodedTable,
  { label, ...options }: QueryOptions & { readonly label: string },
): Promise<TablePairs['power']> {
  const target = table.columns.find(({ field }) => field.name === label)!;
  const byNumber = target.place !== null && target.distinctCount > labelClasses;
  const found: TablePairs['power'] = [];
  for (const column of table.columns) {
    if (column === target) continue;
    const power = byNumber
      ? meanPower(await classSums(engine, { table, a: column, b: target }, options))
      : classPower(await contingency(engine, { table, a: column, b: target }, options));
    found.push({ column: column.field.name, power: Number.isNaN(power) ? null : power });
  }
  return found.sort((one, other) => (other.power ?? -1) - (one.power ?? -1));
}

async function classSums(engine: QueryEngine, { table, a, b }: PairOf, options: QueryOptions): Promise<ClassSums[]> {
  const rows = await engine.rows(
    `SELECT ${a.cell} AS cell, count(*) AS n, sum(x) AS x, sum(x::HUGEINT * x) AS xx FROM (SELECT *, ${b.place} AS x FROM ${table.name} WHERE ${b.place} IS NOT NULL) GROUP BY 1 ORDER BY 1`,
    options,
  );
  return rows.map((row) => ({ n: whole(row['n']), x: whole(row['x']), xx: whole(row['xx']) }));
}
