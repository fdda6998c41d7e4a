/**
 * Statistics of a table in few scans: one that counts, finds extremes, order statistics and distinct values of all columns;
 * one that needs the range found by the first (moments, histograms, outliers); a count of values for each column
 * that has few or is text. Everything is a count, an order statistic or an exact sum, so that equal rows in any
 * order, on any number of threads, give one document.
 */
import { type Cell, type QueryEngine, quoteIdentifier, quoteLiteral } from '../tables/index.ts';
import { assembleColumn, type ColumnFindings } from './assemble-column.ts';
import { countsOf, isOrdered, type ProfiledColumn, plainSql, plainValue, scanRows } from './column-sql.ts';
import { fixedPointOf } from './moments.ts';
import { fencesOf, type OutlierMethod } from './outliers.ts';
import type { Fences, Ranges } from './ranges.ts';
import { histogramEdges, rangeOf, shapesOf } from './shape-sql.ts';
import { type Slice, sliceExpression } from './slice-sql.ts';
import type { ColumnStatistics, SliceStatistics, TableStatistics, ValueCount } from './statistics.ts';

const allValues = 100;
const shownValues = 20;
const countedValues = 1_000;
const maximumGroups = 50;

/** What may be asked of a profile. */
export interface ProfileOptions {
  readonly signal?: AbortSignal;
  /** How outliers are told; default tukey. */
  readonly outliers?: OutlierMethod;
}

/** A row of a scan, by the names that `column-sql.ts` and `shape-sql.ts` give. */
type Scanned = Readonly<Record<string, Cell>>;

/** The columns of a source (a table or a query in parentheses) that are profiled: all but those beginning with `__`. */
async function columnsOf(engine: QueryEngine, source: string): Promise<ProfiledColumn[]> {
  const { fields } = await engine.describe(`SELECT * FROM ${source}`);
  return fields.filter((field) => !field.name.startsWith('__')).map((field, at) => ({ ...field, at }));
}

/** Profiles a source: a table, or a query in parentheses. */
export async function profileTable(
  engine: QueryEngine,
  source: string,
  options: ProfileOptions = {},
): Promise<TableStatistics> {
  const columns = await columnsOf(engine, source);
  const rows = scanRows(source, columns, null);
  const counted = (
    await engine.rows(
      `SELECT ${['count(*) AS row_count', ...columns.flatMap((column) => countsOf(column))].join(', ')} FROM ${rows}`,
      options,
    )
  )[0]!;
  const ranges = rangesOf(columns, counted);
  const method = options.outliers ?? 'tukey';
  const fences = await fencesOf(engine, { rows, columns, counted, ranges, method }, options);
  const shaped = await shapeRow(engine, { rows, columns, ranges, fences }, options);
  const statistics: ColumnStatistics[] = [];
  for (const column of columns) {
    const top = await topValues(
      engine,
      source,
      { column, different: Number(counted[`different${column.at}`]) },
      options,
    );
    statistics.push(assembleColumn(column, findings(column, { counted, shaped, ranges, fences, method }), top));
  }
  return { rowCount: Number(counted['row_count']), columns: statistics };
}

interface Scans {
  readonly counted: Scanned;
  readonly shaped: Scanned;
  readonly ranges: Ranges;
  readonly fences: Fences | null;
  readonly method: OutlierMethod;
}

function findings(column: ProfiledColumn, scans: Scans): ColumnFindings {
  const range = scans.ranges.get(column.at) ?? null;
  const fence = scans.fences?.get(column.at) ?? null;
  return {
    counted: scans.counted,
    shaped: scans.shaped,
    fixedPoint: range?.fixedPoint ?? null,
    edges: scans.fences === null || range === null ? null : histogramEdges(range),
    fence: fence === null || scans.method === 'none' ? null : { ...fence, method: scans.method },
  };
}

function rangesOf(columns: readonly ProfiledColumn[], counted: Scanned): Ranges {
  const ranges: [number, Ranges extends ReadonlyMap<number, infer R> ? R : never][] = [];
  for (const column of columns) {
    const range = isOrdered(column) ? rangeOf(column, counted) : null;
    if (range !== null)
      ranges.push([column.at, { ...range, fixedPoint: fixedPointOf(range.low, range.high, range.finiteCount) }]);
  }
  return new Map(ranges);
}

async function shapeRow(
  engine: QueryEngine,
  of: {
    readonly rows: string;
    readonly columns: readonly ProfiledColumn[];
    readonly ranges: Ranges;
    readonly fences: Fences;
  },
  options: ProfileOptions,
): Promise<Scanned> {
  const shapes = of.columns.flatMap((column) => shapesOf(column, of.ranges, of.fences));
  if (shapes.length === 0) return {};
  return (await engine.rows(`SELECT ${shapes.join(', ')} FROM ${of.rows}`, options))[0]!;
}

async function topValues(
  engine: QueryEngine,
  source: string,
  of: { readonly column: ProfiledColumn; readonly different: number },
  options: ProfileOptions,
): Promise<ValueCount[]> {
  const { column, different } = of;
  if (different === 0 || (different > countedValues && column.type !== 'string')) return [];
  const name = quoteIdentifier(column.name);
  const limit = different <= allValues ? allValues : shownValues;
  const rows = await engine.rows(
    `SELECT ${plainSql(column, name)} AS value, n FROM (SELECT ${name}, count(*) AS n FROM ${source} WHERE ${name} IS NOT NULL GROUP BY ALL ORDER BY n DESC, ${name} LIMIT ${limit})`,
    options,
  );
  return rows.map((row) => ({ value: plainValue(row['value'] ?? null), count: Number(row['n']) }));
}

/** Profiles the groups of a slice: the fifty largest, ties in the order of their names. */
export async function profileSlice(
  engine: QueryEngine,
  source: string,
  options: ProfileOptions & { readonly slice: Slice; readonly of: TableStatistics },
): Promise<SliceStatistics> {
  const { slice } = options;
  const group = sliceExpression(slice);
  const columns = await columnsOf(engine, source);
  const groups = await engine.rows(
    `SELECT group_value, count(*) AS n FROM (SELECT ${group} AS group_value FROM ${source}) GROUP BY 1 ORDER BY n DESC, 1`,
    options,
  );
  const largest = groups.slice(0, maximumGroups).map((row) => String(row['group_value']));
  if (largest.length === 0) return { slice: slice.name, groups: [], leftOutCount: 0 };
  const wanted = `(SELECT * FROM ${scanRows(source, columns, group)} WHERE group_value IN (${largest.map(quoteLiteral).join(', ')}))`;
  const by = async (aggregates: readonly string[]): Promise<Map<string, Scanned>> => {
    const rows = await engine.rows(
      `SELECT group_value, ${aggregates.join(', ')} FROM ${wanted} GROUP BY group_value`,
      options,
    );
    return new Map(rows.map((row) => [String(row['group_value']), row]));
  };
  const counted = await by(['count(*) AS row_count', ...columns.flatMap((column) => countsOf(column))]);
  const ranges = tableRanges(columns, options.of);
  const shaped = await by(['count(*) AS n', ...columns.flatMap((column) => shapesOf(column, ranges, null))]);
  const tops = await topsByGroup(engine, { wanted, columns, of: options.of }, options);
  return {
    slice: slice.name,
    leftOutCount: groups.length - largest.length,
    groups: largest.map((value) => ({
      value,
      rowCount: Number(counted.get(value)!['row_count']),
      columns: columns.map((column) =>
        assembleColumn(
          column,
          findings(column, {
            counted: counted.get(value)!,
            shaped: shaped.get(value)!,
            ranges,
            fences: null,
            method: 'none',
          }),
          tops.get(`${column.at} ${value}`) ?? [],
        ),
      ),
    })),
  };
}

/** The fixed points of the whole table serve its groups too. */
function tableRanges(columns: readonly ProfiledColumn[], table: TableStatistics): Ranges {
  const found = columns.flatMap((column) => {
    const { numbers } = table.columns[column.at]!;
    if (numbers?.min == null || numbers.max === null) return [];
    const range = { low: numbers.min, high: numbers.max, finiteCount: table.rowCount };
    return [[column.at, { ...range, fixedPoint: fixedPointOf(range.low, range.high, table.rowCount) }] as const];
  });
  return new Map(found);
}

const fewValues = 20;

async function topsByGroup(
  engine: QueryEngine,
  from: { readonly wanted: string; readonly columns: readonly ProfiledColumn[]; readonly of: TableStatistics },
  options: ProfileOptions,
): Promise<Map<string, ValueCount[]>> {
  const tops = new Map<string, ValueCount[]>();
  for (const column of from.columns) {
    if (from.of.columns[column.at]!.distinctCount > fewValues) continue;
    const x = `x${column.at}`;
    const rows = await engine.rows(
      `SELECT group_value, ${plainSql(column, x)} AS value, n FROM (SELECT group_value, ${x}, count(*) AS n FROM ${from.wanted} WHERE ${x} IS NOT NULL GROUP BY ALL) ORDER BY group_value, n DESC, ${x}`,
      options,
    );
    for (const row of rows) {
      const key = `${column.at} ${row['group_value']}`;
      const known = tops.get(key) ?? [];
      known.push({ value: plainValue(row['value'] ?? null), count: Number(row['n']) });
      tops.set(key, known);
    }
  }
  return tops;
}
