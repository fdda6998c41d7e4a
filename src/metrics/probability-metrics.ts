import { type RocArea, rocAreaOfSorted } from '../stats/index.ts';
import type { ClassMetric, Measured, MetricFacts } from './metric.ts';
import { measureMean, measureShare, perfectInterval, sampledInterval, studentInterval } from './metric-intervals.ts';
import { type ClassObservations, weightOf } from './observations.ts';
import { effectiveCount, weightedMean } from './row-means.ts';
import {
  averagePrecision,
  brierLosses,
  calibrationError,
  logLosses,
  type Ranked,
  rankedFor,
  rocAuc,
  topHits,
} from './score-metrics.ts';

const positive = 1;
const bothTasks = ['binary', 'multiclass'] as const;
const sampledMethod = 'bootstrap; with more than 20,000 rows from 40 groups of rows';

type AreaOf = (ranked: Ranked, weights: Float64Array | null) => number;

/** The classes that an area is taken of: the positive one, or each against the rest. */
function viewsOf(observations: ClassObservations): number[] {
  return observations.classes.length === 2 ? [positive] : observations.classes.map((_, index) => index);
}

/** Ranks once, then answers the mean area under any weights. */
function areaMeasure(observations: ClassObservations, areaOf: AreaOf): (weights: Float64Array | null) => number {
  const views = viewsOf(observations).map((index) => rankedFor(observations, index));
  return (weights) => views.reduce((sum, ranked) => sum + areaOf(ranked, weights), 0) / views.length;
}

/** Rows of the rarest class that occurs. */
function smallestClass({ actual, classes }: ClassObservations): number {
  const counts = new Float64Array(classes.length);
  for (const index of actual) counts[index]!++;
  return Math.min(...counts.filter((count) => count > 0));
}

function measureArea(observations: ClassObservations, areaOf: AreaOf): Measured {
  const reweighted = areaMeasure(observations, areaOf);
  const value = reweighted(observations.weights);
  if (value === 1) return { value, interval: perfectInterval(smallestClass(observations)) };
  const ofSubset = (subset: ClassObservations) => areaMeasure(subset, areaOf)(subset.weights);
  return { value, interval: sampledInterval(observations, value, { value: ofSubset, reweighted }) };
}

/** The area of two classes without weights. NaN scores give NaN. */
function plainAuc({ scores, actual }: ClassObservations): RocArea & { readonly smallerCount: number } {
  const own = scores![positive]!;
  let count = 0;
  let hasNaN = false;
  for (let row = 0; row < own.length; row++) {
    if (actual[row] === positive) count++;
    if (Number.isNaN(own[row])) hasNaN = true;
  }
  if (hasNaN) return { area: Number.NaN, variance: Number.NaN, smallerCount: 0 };
  const positives = new Float64Array(count);
  const negatives = new Float64Array(own.length - count);
  let positiveAt = 0;
  for (let row = 0; row < own.length; row++) {
    if (actual[row] === positive) positives[positiveAt++] = own[row]!;
    else negatives[row - positiveAt] = own[row]!;
  }
  return { ...rocAreaOfSorted(positives, negatives), smallerCount: Math.min(count, negatives.length) };
}

function aucValue(observations: ClassObservations): number {
  if (observations.classes.length === 2 && observations.weights === null) return plainAuc(observations).area;
  return areaMeasure(observations, rocAuc)(observations.weights);
}

function measureAuc(observations: ClassObservations): Measured {
  if (observations.classes.length !== 2 || observations.weights !== null) return measureArea(observations, rocAuc);
  const { area: value, variance, smallerCount } = plainAuc(observations);
  if (value === 1) return { value, interval: perfectInterval(smallerCount) };
  const interval = studentInterval(value, Math.sqrt(variance), {
    degrees: smallerCount - 1,
    method: 'DeLong',
    bounds: { low: 0, high: 1 },
  });
  return { value, interval };
}

/** A metric that is a mean of one number a row. */
function ofRows(
  facts: Omit<MetricFacts, 'tasks' | 'needsScores' | 'method'>,
  rowsOf: (observations: ClassObservations) => Float64Array,
): ClassMetric {
  return {
    ...facts,
    tasks: bothTasks,
    needsScores: true,
    method: "Student's t, of the mean",
    rows: rowsOf,
    value: (o) => weightedMean(rowsOf(o), o),
    measure: (o) => measureMean(rowsOf(o), o, { low: facts.range[0], high: facts.range[1] }),
  };
}

/** Metrics that need scores. */
export const probabilityMetrics: readonly ClassMetric[] = [
  {
    name: 'auc',
    says: 'Area under the ROC curve; ties count half; undefined with one class only. More classes: macro average of each against the rest.',
    tasks: bothTasks,
    direction: 'maximize',
    range: [0, 1],
    method: `DeLong; weighted or more classes: ${sampledMethod}`,
    needsScores: true,
    value: aucValue,
    measure: measureAuc,
  },
  {
    name: 'pr_auc',
    says: 'Average precision; 0 without positives. More classes: macro average of each against the rest.',
    tasks: bothTasks,
    direction: 'maximize',
    range: [0, 1],
    method: sampledMethod,
    needsScores: true,
    value: (o) => areaMeasure(o, averagePrecision)(o.weights),
    measure: (o) => measureArea(o, averagePrecision),
  },
  ofRows(
    {
      name: 'log_loss',
      says: 'Mean of -ln of the score of the true class; scores are kept from 0 and 1 by the spacing of doubles at 1.',
      direction: 'minimize',
      range: [0, 36.04365338911715],
    },
    logLosses,
  ),
  ofRows(
    {
      name: 'brier',
      says: 'Mean squared difference between score and truth; more classes: the sum over them.',
      direction: 'minimize',
      range: [0, 2],
      isMean: true,
    },
    brierLosses,
  ),
  {
    name: 'ece',
    says: 'Expected calibration error: over ten equal bins of the score, how far the mean score is from the share of positives. More classes: of the highest score.',
    tasks: bothTasks,
    direction: 'minimize',
    range: [0, 1],
    method: sampledMethod,
    needsScores: true,
    value: (o) => calibrationError(o),
    measure: (o) => {
      const value = calibrationError(o);
      const reweighted = (weights: Float64Array) => calibrationError({ ...o, weights });
      return { value, interval: sampledInterval(o, value, { value: calibrationError, reweighted }) };
    },
  },
];

/** The share of rows whose class is among the `k` highest scores. */
export function topAccuracy(k: number): ClassMetric {
  return {
    name: `top_${k}_accuracy`,
    says: `Share of rows whose class is among the ${k} highest scores; of equal scores the later class comes first.`,
    tasks: ['multiclass'],
    direction: 'maximize',
    range: [0, 1],
    method: 'Wilson',
    needsScores: true,
    isMean: true,
    rows: (o) => topHits(o, k),
    value: (o) => weightedMean(topHits(o, k), o),
    measure: (o) => {
      const hits = topHits(o, k);
      let successes = 0;
      let trials = 0;
      for (let row = 0; row < hits.length; row++) {
        successes += hits[row]! * weightOf(o, row);
        trials += weightOf(o, row);
      }
      return measureShare(successes, trials, effectiveCount(o) / trials);
    },
  };
}
