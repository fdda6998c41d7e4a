/**
 * Statistics of a table, a column at a time: its values are counted in one scan that reads no other column, and everything else is told
 * of that count, which is small where values repeat. Nothing depends on the order of the rows or the number of threads.
 */
import { type Field, type QueryEngine, quoteLiteral } from '../tables/index.ts';
import { type ColumnStates, fieldsOf, statesOfRows } from './column-states.ts';
import { frequencyFacts, topValues } from './frequency-facts.ts';
import { orderedFacts } from './ordered-facts.ts';
import type { OutlierMethod } from './outliers.ts';
import { type Slice, sliceExpression } from './slice-sql.ts';
import type { ColumnStatistics, SliceStatistics, TableStatistics } from './statistics.ts';
import { textFacts } from './text-facts.ts';
import { countValues, dropValues, type ValueTable } from './value-table.ts';

const maximumGroups = 50;

/** What may be asked of a profile. */
export interface ProfileOptions {
  readonly signal?: AbortSignal;
  /** How outliers are told; default tukey. */
  readonly outliers?: OutlierMethod;
  /** Called before each column: how many are done, of how many. */
  readonly onProgress?: (doneCount: number, columnCount: number) => void;
}

/** Profiles a source: a table, or a query in parentheses. */
export async function profileTable(
  engine: QueryEngine,
  source: string,
  options: ProfileOptions = {},
): Promise<TableStatistics> {
  return await profileStates(engine, await statesOfRows(engine, source, options), options);
}

/** Profiles what states are of. */
export async function profileStates(
  engine: QueryEngine,
  states: ColumnStates,
  options: ProfileOptions = {},
): Promise<TableStatistics> {
  const found = new Map<string, ColumnStatistics>();
  for (const fields of await batchesOf(states)) {
    options.onProgress?.(found.size, states.fields.length);
    const table =
      fields.length === 1 ? await states.count(fields[0]!, options) : await states.countMany!(fields, options);
    const columns = await describeAndDrop(engine, table, options);
    for (const [at, { name }] of fields.entries()) found.set(name, { ...columns[at]!, name });
  }
  return { rowCount: states.rowCount, columns: states.fields.map(({ name }) => found.get(name)!) };
}

const batchRows = 200_000;
const batchColumns = 50;

/** Columns that are counted together: of one type, as many as have few rows. A question takes a millisecond or two, however little it is about. */
async function batchesOf({ fields, rowCount, countMany, writtenType }: ColumnStates): Promise<Field[][]> {
  const most = Math.min(batchColumns, Math.floor(batchRows / Math.max(1, rowCount)));
  if (countMany === undefined || most < 2) return fields.map((field) => [field]);
  const byType = new Map<string, Field[]>();
  for (const field of fields) {
    const type = `${field.type} ${await writtenType(field)}`;
    byType.set(type, [...(byType.get(type) ?? []), field]);
  }
  return [...byType.values()].flatMap((same) =>
    Array.from({ length: Math.ceil(same.length / most) }, (_, at) => same.slice(at * most, (at + 1) * most)),
  );
}

/** The statistics of each group of a state, whose room is given back. */
export async function describeAndDrop(
  engine: QueryEngine,
  table: ValueTable,
  options: ProfileOptions,
): Promise<ColumnStatistics[]> {
  try {
    return await describeValues(engine, table, options);
  } finally {
    await dropValues(engine, table);
  }
}

/** The statistics of each group of a state. */
async function describeValues(
  engine: QueryEngine,
  table: ValueTable,
  { outliers = 'tukey', ...options }: ProfileOptions,
): Promise<ColumnStatistics[]> {
  const { name, type } = table.field;
  const facts = await frequencyFacts(engine, table, options);
  const tops = await topValues(engine, { table, facts }, options);
  const isOrdered = type !== 'string' && type !== 'boolean';
  const ordered = isOrdered ? await orderedFacts(engine, table, { ...options, outliers }) : [];
  const texts = type === 'string' ? await textFacts(engine, table, options) : [];
  return facts.map((fact, group) => ({
    name,
    type,
    ...fact,
    numbers: null,
    times: null,
    ...ordered[group],
    texts: texts[group] ?? null,
    top: tops[group]!,
  }));
}

/** Profiles the groups of a slice: the fifty largest, ties in the order of their names. */
export async function profileSlice(
  engine: QueryEngine,
  source: string,
  { slice, ...options }: ProfileOptions & { readonly slice: Slice },
): Promise<SliceStatistics> {
  const value = sliceExpression(slice);
  const groups = await engine.rows(
    `SELECT group_value, count(*) AS n FROM (SELECT ${value} AS group_value FROM ${source}) GROUP BY 1 ORDER BY n DESC, 1`,
    options,
  );
  const largest = groups.slice(0, maximumGroups);
  const names = largest.map((row) => String(row['group_value']));
  if (names.length === 0) return { slice: slice.name, groups: [], leftOutCount: 0 };
  const list = `[${names.map((name) => quoteLiteral(name)).join(', ')}]`;
  const found: ColumnStatistics[][] = [];
  // A group that is not among the largest has the place 0.
  const wanted = `(SELECT *, list_position(${list}, ${value}) AS __group FROM ${source} WHERE list_position(${list}, ${value}) > 0)`;
  for (const field of await fieldsOf(engine, source)) {
    const grouped = { source: wanted, field, groups: { sql: '__group - 1', count: names.length } };
    found.push(
      await describeAndDrop(engine, await countValues(engine, grouped, options), { ...options, outliers: 'none' }),
    );
  }
  return {
    slice: slice.name,
    leftOutCount: groups.length - names.length,
    groups: largest.map((row, group) => ({
      value: names[group]!,
      rowCount: Number(row['n']),
      columns: found.map((columns) => withoutPlots(columns[group]!)),
    })),
  };
}

const shownInGroups = 20;

/** Groups are many: what is drawn of a column is kept of the whole table alone. */
function withoutPlots({ numbers, times, top, ...column }: ColumnStatistics): ColumnStatistics {
  const none = { histogram: null, quantileHistogram: null };
  return {
    ...column,
    numbers: numbers === null ? null : { ...numbers, ...none },
    times: times === null ? null : { ...times, ...none },
    top: column.distinctCount > shownInGroups ? [] : top,
  };
}
