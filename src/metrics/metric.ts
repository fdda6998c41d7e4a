import type { Interval } from '../stats/index.ts';
import type { ClassObservations, NumberObservations, Observations, RankingObservations } from './observations.ts';

/** A measured metric. */
export interface Measured {
  /** NaN where it is undefined on these rows. */
  readonly value: number;
  readonly interval: Interval | null;
}

/** A kind of task whose models are measured. */
export type MeasuredTask = 'binary' | 'multiclass' | 'regression' | 'ranking';

/** What is known of a metric without computing it: one row of the table of metrics. */
export interface MetricFacts {
  readonly name: string;
  /** What it is, and what it is where undefined, for the reference. */
  readonly says: string;
  readonly tasks: readonly MeasuredTask[];
  readonly direction: 'maximize' | 'minimize';
  /** Least and greatest value. */
  readonly range: readonly [number, number];
  /** How its interval is made, for the reference; null where there is none. */
  readonly method: string | null;
  /** Whether it needs scores, more than a predicted class. */
  readonly needsScores?: boolean;
  /** Whether it needs declared costs. */
  readonly needsCosts?: boolean;
  /** Whether it is a mean of one bounded number a row (or a row of one class): what gates can certify. */
  readonly isMean?: boolean;
  /** Whether it is about the rows outside a class: where only one class occurs, nothing tells about it. */
  readonly isOfOthers?: boolean;
}

/** A metric: what is known of it, and how it is computed from one sort of observations. */
export interface MetricDefinition<O extends Observations = Observations> extends MetricFacts {
  /** The numbers whose mean the value is, one a row (of rankings: one a query); absent where it is no such mean. */
  rows?(observations: O): Float64Array;
  /** The value alone: for subsets and replicates. */
  value(observations: O): number;
  /** The value with its interval. */
  measure(observations: O): Measured;
}

/** A metric of classifiers. */
export type ClassMetric = MetricDefinition<ClassObservations>;
/** A metric of regressions. */
export type NumberMetric = MetricDefinition<NumberObservations>;
/** A metric of rankings. */
export type RankingMetric = MetricDefinition<RankingObservations>;
