/*
 * Figures over traces, their spans and what is said of them. One row per thing that is counted is made first: its groups and
 * its value as a double; rows without either are left out. A percentile lies between two neighbours by rank, at p/100·(n − 1)
 * counted from 0 (Hyndman and Fan's definition 7): the database gives both neighbours, and what lies between is reckoned here.
 */
import type { Database } from '../../database/index.ts';
import { compileRowFilter, type RowView } from '../filter/index.ts';
import { traceEntity } from '../filter/trace-entity.ts';
import { experimentNumber } from '../names.ts';
import { allOf, type SqlPart, searchPage } from '../search-page.ts';
import { largestFigure } from './figures.ts';
import {
  checkMetricQuery,
  isTimed,
  type TraceAggregation,
  type TraceMetricPage,
  type TraceMetricPoint,
  type TraceMetricQuery,
} from './metric-query.ts';
import { pythonJson } from './python-json.ts';
import { within } from './search-traces.ts';
import type { SpanValue } from './span.ts';
import { traceKeys } from './trace-rows.ts';

const nsPerMs = 1_000_000n;
const nsPerSecond = 1_000_000_000n;
const largestInteger = 2n ** 63n - 1n;
const smallestInteger = -(2n ** 63n);

/** One page of figures. @throws PlatformError TRACKING_BAD_VALUE, TRACKING_BAD_FILTER, TRACKING_BAD_PAGE */
export async function queryMetrics(database: Database, query: TraceMetricQuery): Promise<TraceMetricPage> {
  checkMetricQuery(query);
  const { limit, pageToken } = query;
  const ids = [...new Set(query.experimentIds.map(experimentNumber))];
  const dimensions = [...new Set(query.dimensions)];
  const rows = rowsOf(query, { ids, dimensions, database });
  const groups = dimensions.map((_, index) => `d${index}`);
  if (isTimed(query)) groups.unshift('bucket');
  const percentiles = [...new Set(query.aggregations.flatMap(({ percentile }) => percentile ?? []))];
  const figures = figuresSql(rows, { groups, percentiles, isDistinct: query.metric === 'session_count', database });
  const columns = [
    'n',
    'total',
    'least',
    'most',
    ...percentiles.flatMap((_, index) => [`low${index}`, `high${index}`]),
  ];
  const page = await searchPage<FigureRow>(database, {
    columns: [...columns, ...groups].map((name) => `g.${name}`).join(', '),
    from: figures,
    where: [],
    // Without groups there is one row, which anything orders.
    order: (groups.length === 0 ? ['n'] : groups).map((name) => ({
      ...{ sql: `g.${name}`, parameters: [], direction: 'asc', isNeverNull: true },
    })),
    ...{ limit, pageToken, question: questionOf(query) },
  });
  const points = page.items.map((row) => pointOf(row, { query, dimensions, percentiles }));
  return { ...page, items: points.filter((point) => Object.keys(point.values).length > 0) };
}

type FigureRow = Readonly<Record<string, number | string>>;

function questionOf(query: TraceMetricQuery): string[] {
  const { experimentIds, view, metric, aggregations, dimensions, filters } = query;
  const times = [query.intervalSeconds, query.fromMs, query.toMs].map(String);
  const lists = [experimentIds, aggregations, dimensions, filters].map((list) => JSON.stringify(list));
  return ['trace-metrics', view, metric, ...times, ...lists];
}

const sources: Readonly<Record<RowView, string>> = {
  TRACES: 'traces t',
  SPANS: 'spans s join traces t on t.trace_id = s.trace_id',
  ASSESSMENTS: 'assessments a join traces t on t.trace_id = a.trace_id',
};

const sessionSql = `(select k.value from trace_metadata k where k.trace_id = t.trace_id and k.key = '${traceKeys.session}')`;
/** What a judgement counts: a number, yes or no. */
const judgedSql = `case when a.number between -${largestFigure} and ${largestFigure} then a.number
  when a.value = 'true' then 1 when a.value = 'false' then 0
  when a.value like '"%' and lower(trim(a.value_text)) = 'yes' then 1
  when a.value like '"%' and lower(trim(a.value_text)) = 'no' then 0 end`;

/** What is counted, by the metric; a column of the same name for the others. */
const values: Readonly<Record<string, string>> = {
  'TRACES trace_count': '1',
  'TRACES session_count': sessionSql,
  'TRACES latency': 't.duration_ms',
  'SPANS span_count': '1',
  'SPANS latency': `(s.ended_at_ns - s.started_at_ns) / ${nsPerMs}`,
  'ASSESSMENTS assessment_count': '1',
  'ASSESSMENTS assessment_value': judgedSql,
};

const dimensionColumns: Readonly<Record<string, string>> = {
  trace_name: traceEntity.attributes.name.sql,
  trace_status: 't.state',
  span_name: 's.name',
  span_type: 's.type',
  span_status: 's.status',
  span_model_name: 's.model',
  span_model_provider: 's.provider',
  assessment_name: 'a.name',
  assessment_value: 'a.value',
};

interface RowChoice {
  readonly ids: readonly number[];
  readonly dimensions: readonly string[];
  readonly database: Database;
}

/** `select bucket, d0, …, x`: one row for each thing that is counted. */
function rowsOf(query: TraceMetricQuery, { ids, dimensions, database }: RowChoice): SqlPart {
  const { view, metric, filters } = query;
  const isCost = view === 'SPANS' && metric.endsWith('_cost');
  const value = values[`${view} ${metric}`] ?? `${view === 'SPANS' ? 's' : 't'}.${metric}`;
  // Texts in the order of their letters on both databases.
  const collation = database.kind === 'postgres' ? ' collate "C"' : '';
  const bucket = isTimed(query) ? [bucketSql(view, query.intervalSeconds!)] : [];
  const columns = [
    ...bucket.map(({ sql }) => `${sql} as bucket`),
    ...dimensions.map((name, index) => `${dimensionColumns[name]}${collation} as d${index}`),
    `${metric === 'session_count' ? value : `cast(${value} as double precision)`} as x`,
  ];
  const where = [
    ids.length === 0 ? { sql: '1 = 0', parameters: [] } : within(ids),
    ...(view === 'ASSESSMENTS' ? [{ sql: 'a.is_valid = 1', parameters: [] }] : []),
    ...(isCost ? timesSql('s.started_at_ns', inNanoseconds(query)) : timesSql('t.started_at_ms', query)),
    ...filters.map((filter) => compileRowFilter(view, filter, database)),
  ];
  return {
    sql: `select ${columns.join(', ')} from ${sources[view]} where ${allOf(where)}`,
    parameters: [...bucket, ...where].flatMap((part) => part.parameters),
  };
}

/** When the group of a time begins, in milliseconds; also of a time before 1970. */
function bucketSql(view: RowView, seconds: bigint): SqlPart {
  if (view === 'SPANS') {
    const sql = `(s.started_at_ns - s.started_at_ns % cast(? as bigint)) / ${nsPerMs}`;
    return { sql, parameters: [seconds * nsPerSecond] };
  }
  const length = 'cast(? as bigint)';
  const sql = `t.started_at_ms - ((t.started_at_ms % ${length}) + ${length}) % ${length}`;
  const lengthMs = seconds * 1000n;
  return { sql, parameters: [lengthMs, lengthMs, lengthMs] };
}

interface TimeRange {
  readonly fromMs: bigint | null;
  readonly toMs: bigint | null;
}

function timesSql(column: string, { fromMs, toMs }: TimeRange): SqlPart[] {
  return [
    ...(fromMs === null ? [] : [{ sql: `${column} >= ?`, parameters: [fromMs] }]),
    ...(toMs === null ? [] : [{ sql: `${column} <= ?`, parameters: [toMs] }]),
  ];
}

/** The same range with every nanosecond of its last millisecond. */
function inNanoseconds({ fromMs, toMs }: TimeRange): TimeRange {
  const fits = (ns: bigint) => (ns > largestInteger ? largestInteger : ns < smallestInteger ? smallestInteger : ns);
  return {
    fromMs: fromMs === null ? null : fits(fromMs * nsPerMs),
    toMs: toMs === null ? null : fits(toMs * nsPerMs + nsPerMs - 1n),
  };
}

interface Grouping {
  readonly groups: readonly string[];
  readonly percentiles: readonly number[];
  readonly isDistinct: boolean;
  readonly database: Database;
}

/** The rows by groups, as a table `g`. */
function figuresSql(rows: SqlPart, { groups, percentiles, isDistinct, database }: Grouping): SqlPart {
  const given = [...groups, 'x'].map((name) => `${name} is not null`).join(' and ');
  const plain = isDistinct
    ? ['count(distinct x) as n', '0 as total', '0 as least', '0 as most']
    : ['count(*) as n', 'sum(x) as total', 'min(x) as least', 'max(x) as most'];
  const place =
    database.kind === 'sqlite' ? 'cast(? * (size - 1) as integer)' : 'floor(cast(? as double precision) * (size - 1))';
  const neighbours = percentiles.flatMap((_, index) => [
    `max(case when place = ${place} then x end) as low${index}`,
    `max(case when place = ${place} + 1 then x end) as high${index}`,
  ]);
  const parted = groups.length === 0 ? '' : `partition by ${groups.join(', ')}`;
  const ranks =
    percentiles.length === 0
      ? ''
      : `, row_number() over (${parted} order by x) - 1 as place, count(*) over (${parted}) as size`;
  const by = groups.length === 0 ? '' : ` group by ${groups.join(', ')}`;
  const ranked = `select ${[...groups, 'x'].join(', ')}${ranks} from (${rows.sql}) r where ${given}`;
  return {
    sql: `(select ${[...groups, ...plain, ...neighbours].join(', ')} from (${ranked}) k${by}) g`,
    parameters: [...percentiles.flatMap((one) => [one / 100, one / 100]), ...rows.parameters],
  };
}

interface PointContext {
  readonly query: TraceMetricQuery;
  readonly dimensions: readonly string[];
  readonly percentiles: readonly number[];
}

function pointOf(row: FigureRow, { query, dimensions, percentiles }: PointContext): TraceMetricPoint {
  const shown = dimensions.map((name, index) => {
    const value = String(row[`d${index}`]);
    return [name, name === 'assessment_value' ? valueText(value) : value] as const;
  });
  return {
    startMs: isTimed(query) ? Number(row['bucket']) : null,
    dimensions: Object.fromEntries(shown),
    values: Object.fromEntries(
      // Of nothing there is a count and no other figure.
      query.aggregations
        .filter(({ type }) => type === 'COUNT' || Number(row['n']) > 0)
        .map((one) => [labelOf(one), figureOf(one, row, percentiles)] as const),
    ),
  };
}

/** `COUNT`, `P99.9`. */
function labelOf({ type, percentile }: TraceAggregation): string {
  return type === 'PERCENTILE' ? `P${pythonJson(percentile)}` : type;
}

function figureOf({ type, percentile }: TraceAggregation, row: FigureRow, percentiles: readonly number[]): number {
  const [count, total] = [Number(row['n']), Number(row['total'])];
  switch (type) {
    case 'COUNT':
      return count;
    case 'SUM':
      return total;
    case 'AVG':
      return total / count;
    case 'MIN':
      return Number(row['least']);
    case 'MAX':
      return Number(row['most']);
    case 'PERCENTILE': {
      const index = percentiles.indexOf(percentile!);
      const low = Number(row[`low${index}`]);
      const place = (percentile! / 100) * (count - 1);
      return low + (place - Math.floor(place)) * (Number(row[`high${index}`] ?? low) - low);
    }
  }
}

/** A value of an assessment as Python writes its JSON, which is how clients know it. */
function valueText(json: string): string {
  return pythonJson(spanValue(JSON.parse(json)));
}

function spanValue(value: unknown): SpanValue {
  if (Array.isArray(value)) return value.map(spanValue);
  if (typeof value !== 'object' || value === null) return value as SpanValue;
  return new Map(Object.entries(value).map(([key, one]) => [key, spanValue(one)]));
}
