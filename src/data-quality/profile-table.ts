/**
 * Statistics of a table, a column at a time: its values are counted in one scan that reads no other column, and everything else is told
 * of that count, which is small where values repeat. Nothing depends on the order of the rows or the number of threads.
 */
import { type Field, type QueryEngine, type QueryOptions, quoteLiteral } from '../tables/index.ts';
import { frequencyFacts, topValues } from './frequency-facts.ts';
import { orderedFacts } from './ordered-facts.ts';
import type { OutlierMethod } from './outliers.ts';
import { type Slice, sliceExpression } from './slice-sql.ts';
import type { ColumnStatistics, SliceStatistics, TableStatistics } from './statistics.ts';
import { textFacts } from './text-facts.ts';
import { countValues, dropValues, type ValueSource, type ValueTable } from './value-table.ts';

const maximumGroups = 50;

/** What may be asked of a profile. */
export interface ProfileOptions {
  readonly signal?: AbortSignal;
  /** How outliers are told; default tukey. */
  readonly outliers?: OutlierMethod;
  /** Called before each column: how many are done, of how many. */
  readonly onProgress?: (doneCount: number, columnCount: number) => void;
}

/** The columns of a source (a table or a query in parentheses) that are profiled: all but those beginning with `__`. */
export async function profiledFields(engine: QueryEngine, source: string): Promise<Field[]> {
  const { fields } = await engine.describe(`SELECT * FROM ${source}`);
  return fields.filter((field) => !field.name.startsWith('__'));
}

/** Profiles a source: a table, or a query in parentheses. */
export async function profileTable(
  engine: QueryEngine,
  source: string,
  options: ProfileOptions = {},
): Promise<TableStatistics> {
  const columns: ColumnStatistics[] = [];
  const fields = await profiledFields(engine, source);
  for (const field of fields) {
    options.onProgress?.(columns.length, fields.length);
    columns.push((await profileColumn(engine, { source, field }, options))[0]!);
  }
  const rowCount = columns[0]?.rowCount ?? (await countRows(engine, source, options));
  return { rowCount, columns };
}

async function countRows(engine: QueryEngine, source: string, options: QueryOptions): Promise<number> {
  return Number((await engine.rows(`SELECT count(*) AS n FROM ${source}`, options))[0]!['n']);
}

async function profileColumn(
  engine: QueryEngine,
  source: ValueSource,
  options: ProfileOptions,
): Promise<ColumnStatistics[]> {
  const table = await countValues(engine, source, options);
  try {
    return await describeValues(engine, table, options);
  } finally {
    await dropValues(engine, table);
  }
}

/** The statistics of each group of a state. */
export async function describeValues(
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
  for (const field of await profiledFields(engine, source))
    found.push(
      await profileColumn(
        engine,
        { source: wanted, field, groups: { sql: '__group - 1', count: names.length } },
        options,
      ),
    );
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
