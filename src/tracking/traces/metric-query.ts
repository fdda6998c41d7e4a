/** What can be counted of traces, of their spans and of what is said of them: the names are those of MLflow's endpoint. */
import type { Page } from '../entities.ts';
import type { RowView } from '../filter/index.ts';
import { badValue } from '../names.ts';
import { tokenColumns } from './figures.ts';
import { costFigures } from './totals.ts';

/** What a figure of many rows can be. */
export const aggregationTypes = ['COUNT', 'SUM', 'AVG', 'PERCENTILE', 'MIN', 'MAX'] as const;
/** A figure of many rows; a percentile has its place from 0 to 100, others have none. */
export interface TraceAggregation {
  readonly type: (typeof aggregationTypes)[number];
  readonly percentile: number | null;
}

/** What is counted. */
export const metricViews = ['TRACES', 'SPANS', 'ASSESSMENTS'] as const satisfies readonly RowView[];

/** A question for figures of the traces of some experiments. */
export interface TraceMetricQuery {
  readonly experimentIds: readonly string[];
  readonly view: RowView;
  readonly metric: string;
  readonly aggregations: readonly TraceAggregation[];
  /** The figures are of each group with the same values of these. */
  readonly dimensions: readonly string[];
  /** All of them hold. */
  readonly filters: readonly string[];
  /** Length of a group in time; null for no such groups. */
  readonly intervalSeconds: bigint | null;
  /** The times of both ends are among those asked for. Any integers of 64 bits. */
  readonly fromMs: bigint | null;
  readonly toMs: bigint | null;
  readonly limit: number;
  readonly pageToken: string | undefined;
}

/** The figures of one group. */
export interface TraceMetricPoint {
  /** When the group begins; null where groups are not of time. */
  readonly startMs: number | null;
  readonly dimensions: Readonly<Record<string, string>>;
  /** By the aggregation: `COUNT`, `AVG`, `P99.9`. */
  readonly values: Readonly<Record<string, number>>;
}

/** A page of figures: by time, then by the dimensions in their order. */
export type TraceMetricPage = Page<TraceMetricPoint>;

interface MetricRule {
  readonly aggregations: readonly TraceAggregation['type'][];
  readonly dimensions: readonly string[];
}

const figures = ['AVG', 'MAX', 'MIN', 'PERCENTILE'] as const;
const sums = [...figures, 'SUM'] as const;
const models = ['span_model_name', 'span_model_provider'];

function each(names: readonly string[], rule: MetricRule): Readonly<Record<string, MetricRule>> {
  return Object.fromEntries(names.map((name) => [name, rule]));
}

const rules: Readonly<Record<RowView, Readonly<Record<string, MetricRule>>>> = {
  TRACES: {
    trace_count: { aggregations: ['COUNT'], dimensions: ['trace_name', 'trace_status'] },
    session_count: { aggregations: ['COUNT'], dimensions: [] },
    latency: { aggregations: figures, dimensions: ['trace_name'] },
    ...each(tokenColumns, { aggregations: sums, dimensions: ['trace_name'] }),
  },
  SPANS: {
    span_count: { aggregations: ['COUNT'], dimensions: [...models, 'span_name', 'span_status', 'span_type'] },
    latency: { aggregations: figures, dimensions: ['span_name', 'span_status'] },
    ...each(costFigures, { aggregations: sums, dimensions: models }),
  },
  ASSESSMENTS: {
    assessment_count: { aggregations: ['COUNT'], dimensions: ['assessment_name', 'assessment_value'] },
    assessment_value: { aggregations: figures, dimensions: ['assessment_name'] },
  },
};

const longestSeconds = 1_000_000_000n;
const largestPage = 50_000;
/** As many figures as one question has. */
const mostAggregations = 50;

/** Whether groups are of time: 0 seconds are none, as with MLflow. */
export function isTimed({ intervalSeconds }: TraceMetricQuery): boolean {
  return intervalSeconds !== null && intervalSeconds !== 0n;
}

/** @throws PlatformError TRACKING_BAD_VALUE for what does not go together */
export function checkMetricQuery(query: TraceMetricQuery): void {
  const { view, metric, aggregations, dimensions, intervalSeconds, limit } = query;
  const rule = Object.hasOwn(rules[view], metric) ? rules[view][metric] : undefined;
  if (rule === undefined)
    throw badValue(`metric_name must be one of ${listed(Object.keys(rules[view]))}, got '${metric}'`);
  const types = without(
    aggregations.map(({ type }) => type),
    rule.aggregations,
  );
  if (types.length > 0) {
    const supported = `Supported aggregation types: ${listed(rule.aggregations)}`;
    throw badValue(`Found invalid aggregation_type(s): ${listed(types)}. ${supported}`);
  }
  const unknown = without(dimensions, rule.dimensions);
  if (unknown.length > 0) {
    throw badValue(`Found invalid dimension(s): ${listed(unknown)}. Supported dimensions: ${listed(rule.dimensions)}`);
  }
  if (aggregations.length === 0) throw badValue("Missing value for required parameter 'aggregations'.");
  for (const one of aggregations) checkPercentile(one);
  if (aggregations.length > mostAggregations)
    throw badValue(`Expected at most ${mostAggregations} aggregations, found ${aggregations.length}.`);
  if (isTimed(query) && (query.fromMs === null || query.toMs === null))
    throw badValue('start_time_ms and end_time_ms are required if time_interval_seconds is set');
  if (intervalSeconds !== null && (intervalSeconds < 0n || intervalSeconds > longestSeconds)) {
    throw badValue(
      `Invalid value ${intervalSeconds} for parameter 'time_interval_seconds' supplied: expected 1 to ${longestSeconds} seconds.`,
    );
  }
  if (limit < 1 || limit > largestPage)
    throw badValue(`Invalid value ${limit} for parameter 'max_results' supplied. It must be 1 to ${largestPage}`);
}

function checkPercentile({ type, percentile }: TraceAggregation): void {
  if (type !== 'PERCENTILE') {
    if (percentile === null) return;
    throw badValue(`Percentile value is only allowed for PERCENTILE aggregation type, got ${type}`);
  }
  if (percentile === null) throw badValue('Percentile value is required for PERCENTILE aggregation');
  if (percentile >= 0 && percentile <= 100) return;
  throw badValue(`Percentile value must be between 0 and 100, got ${percentile}`);
}

function without(found: readonly string[], allowed: readonly string[]): readonly string[] {
  return [...new Set(found)].filter((one) => !allowed.includes(one)).sort();
}

function listed(words: readonly string[]): string {
  return `[${words.map((word) => `'${word.slice(0, 100)}'`).join(', ')}]`;
}
