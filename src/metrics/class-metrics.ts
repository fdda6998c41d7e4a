import {
  accuracy,
  actualCount,
  averageOver,
  balancedAccuracy,
  type Confusion,
  confusionOf,
  f1,
  falseNegativeRate,
  falsePositiveRate,
  hits,
  kappa,
  matthews,
  precision,
  predictedCount,
  recall,
  specificity,
  totalCount,
} from './confusion.ts';
import { oncePer } from './memo.ts';
import type { ClassMetric, Measured, MetricFacts } from './metric.ts';
import { type Bounds, measureMean, measureShare, noneAmongInterval, replicateInterval } from './metric-intervals.ts';
import type { ClassObservations } from './observations.ts';
import { resampleConfusions } from './resample-confusion.ts';
import { weightedMean } from './row-means.ts';
import { rowCosts } from './score-metrics.ts';

const positive = 1;
const bothTasks = ['binary', 'multiclass'] as const;
const resampled = 'bootstrap of the confusion matrix';

/** The confusion matrix of observations, counted once for all metrics. */
const confusionFor = oncePer(confusionOf);
const replicatesFor = oncePer(resampleConfusions);

type Compute = (confusion: Confusion) => number;

/**
 * A number of the confusion matrix with the interval of resampled matrices. Where they show no spread, the matrix is too
 * plain to tell by drawing from it again. If all rows are right and the value is the best there is, or all are wrong and it
 * is the worst, the exact interval for no exception among them stands instead. Otherwise the value is what the metric is
 * said to be where it is undefined, about which no row tells: there is no interval.
 */
function measureResampled(
  confusion: Confusion,
  compute: Compute,
  { direction, range, isOfOthers }: Pick<MetricFacts, 'direction' | 'range' | 'isOfOthers'>,
): Measured {
  const value = compute(confusion);
  const interval = replicateInterval(
    value,
    replicatesFor(confusion).map((replicate) => compute(replicate)),
  );
  if (interval !== null && interval.low < interval.high) return { value, interval };
  const [right, total] = [rightCount(confusion), totalCount(confusion)];
  const [worst, best] = direction === 'maximize' ? range : [range[1], range[0]];
  const isAtEnd = (right === total && value === best) || (right === 0 && value === worst);
  const isTold = isAtEnd && !(isOfOthers && occurringCount(confusion) === 1);
  return { value, interval: isTold ? noneAmongInterval(confusion.effectiveCount, { range, value }) : null };
}

/** How many classes occur or are predicted. */
function occurringCount(confusion: Confusion): number {
  let count = 0;
  for (let index = 0; index < confusion.size; index++)
    if (actualCount(confusion, index) + predictedCount(confusion, index) > 0) count++;
  return count;
}

/** A metric of the confusion matrix, with an interval from resampled matrices. */
function ofConfusion(
  facts: Omit<MetricFacts, 'tasks' | 'method'>,
  compute: Compute,
  tasks: MetricFacts['tasks'] = bothTasks,
): ClassMetric {
  return {
    ...facts,
    tasks,
    method: resampled,
    value: (o) => compute(confusionFor(o)),
    measure: (o) => measureResampled(confusionFor(o), compute, facts),
  };
}

/** A metric of the positive class in a binary task, the macro average over all classes otherwise. */
function ofClass(metric: (confusion: Confusion, index: number) => number): Compute {
  return (confusion) => (confusion.size === 2 ? metric(confusion, positive) : averageOver(confusion, metric, 'macro'));
}

/** A share of some cells of the matrix among others. */
function shareOf(confusion: Confusion, successes: number, trials: number): Measured {
  return measureShare(successes, trials, confusion.effectiveCount / totalCount(confusion));
}

/** A metric that is a share, in binary tasks at least; otherwise as `ofConfusion`. */
function ofShare(
  facts: Omit<MetricFacts, 'method'>,
  counts: (confusion: Confusion) => readonly [successes: number, trials: number] | null,
  { otherwise, rows }: { readonly otherwise: Compute; readonly rows?: (o: ClassObservations) => Float64Array },
): ClassMetric {
  const measure = (o: ClassObservations): Measured => {
    const confusion = confusionFor(o);
    const share = counts(confusion);
    if (share !== null) return shareOf(confusion, ...share);
    return measureResampled(confusion, otherwise, facts);
  };
  const value = (o: ClassObservations): number => {
    const confusion = confusionFor(o);
    const share = counts(confusion);
    if (share === null) return otherwise(confusion);
    return share[1] === 0 ? 0 : share[0] / share[1];
  };
  const isAlwaysShare = otherwise === neverElse;
  const method = isAlwaysShare ? 'Wilson' : `Wilson; more classes: ${resampled}`;
  return { ...facts, method, value, measure, ...(rows === undefined ? {} : { rows }) };
}

function neverElse(): number {
  return Number.NaN;
}

/** The sum of the diagonal. */
function rightCount(confusion: Confusion): number {
  let right = 0;
  for (let index = 0; index < confusion.size; index++) right += hits(confusion, index);
  return right;
}

/** One number a row: the second where the prediction is right, else the first. */
function rowHits({ actual, predicted }: ClassObservations, [wrong, right]: readonly [number, number]): Float64Array {
  return Float64Array.from(actual, (index, row) => (index === predicted[row] ? right : wrong));
}

function costBounds(costs: Float64Array): Bounds {
  return { low: Math.min(...costs), high: Math.max(...costs) };
}

/** Metrics of the predicted class. */
export const confusionMetrics: readonly ClassMetric[] = [
  ofShare(
    {
      name: 'accuracy',
      says: 'Share of rows predicted rightly. With more classes it equals the micro averages of precision, recall and F1.',
      tasks: bothTasks,
      direction: 'maximize',
      range: [0, 1],
      isMean: true,
    },
    (c) => [rightCount(c), totalCount(c)],
    { otherwise: neverElse, rows: (o) => rowHits(o, [0, 1]) },
  ),
  ofShare(
    {
      name: 'error_rate',
      says: 'Share of rows predicted wrongly.',
      tasks: bothTasks,
      direction: 'minimize',
      range: [0, 1],
      isMean: true,
    },
    (c) => [totalCount(c) - rightCount(c), totalCount(c)],
    { otherwise: neverElse, rows: (o) => rowHits(o, [1, 0]) },
  ),
  ofShare(
    {
      name: 'precision',
      says: 'Of the rows predicted positive, the share that is; 0 without any. More classes: macro average over those that occur or are predicted.',
      tasks: bothTasks,
      direction: 'maximize',
      range: [0, 1],
    },
    (c) => (c.size === 2 ? [hits(c, positive), predictedCount(c, positive)] : null),
    { otherwise: ofClass(precision) },
  ),
  ofShare(
    {
      name: 'recall',
      says: 'Of the positive rows, the share predicted so; 0 without any. More classes: macro average over those that occur or are predicted.',
      tasks: bothTasks,
      direction: 'maximize',
      range: [0, 1],
      isMean: true,
    },
    (c) => (c.size === 2 ? [hits(c, positive), actualCount(c, positive)] : null),
    { otherwise: ofClass(recall) },
  ),
  ofShare(
    {
      name: 'specificity',
      says: 'Of the negative rows, the share predicted so; 0 without any. More classes: macro average over those that occur or are predicted.',
      tasks: bothTasks,
      direction: 'maximize',
      range: [0, 1],
      isMean: true,
      isOfOthers: true,
    },
    (c) => (c.size === 2 ? [hits(c, 0), actualCount(c, 0)] : null),
    { otherwise: ofClass(specificity) },
  ),
  ofShare(
    {
      name: 'false_positive_rate',
      says: 'Of the negative rows, the share predicted positive; 0 without any. More classes: macro average over those that occur or are predicted.',
      tasks: bothTasks,
      direction: 'minimize',
      range: [0, 1],
      isMean: true,
      isOfOthers: true,
    },
    (c) => (c.size === 2 ? [actualCount(c, 0) - hits(c, 0), actualCount(c, 0)] : null),
    { otherwise: ofClass(falsePositiveRate) },
  ),
  ofShare(
    {
      name: 'false_negative_rate',
      says: 'Of the positive rows, the share predicted negative; 0 without any. More classes: macro average over those that occur or are predicted.',
      tasks: bothTasks,
      direction: 'minimize',
      range: [0, 1],
      isMean: true,
    },
    (c) => (c.size === 2 ? [actualCount(c, positive) - hits(c, positive), actualCount(c, positive)] : null),
    { otherwise: ofClass(falseNegativeRate) },
  ),
  ofShare(
    {
      name: 'positive_rate',
      says: 'Share of rows predicted positive.',
      tasks: ['binary'],
      direction: 'minimize',
      range: [0, 1],
      isMean: true,
    },
    (c) => [predictedCount(c, positive), totalCount(c)],
    { otherwise: neverElse, rows: (o) => Float64Array.from(o.predicted, (index) => (index === positive ? 1 : 0)) },
  ),
  ofConfusion(
    {
      name: 'f1',
      says: 'Harmonic mean of precision and recall; 0 where both are. More classes: macro average over those that occur or are predicted.',
      direction: 'maximize',
      range: [0, 1],
    },
    ofClass(f1),
  ),
  ofConfusion(
    {
      name: 'precision_weighted',
      says: 'Precision averaged over classes by how often they occur.',
      direction: 'maximize',
      range: [0, 1],
    },
    (c) => averageOver(c, precision, 'weighted'),
  ),
  ofConfusion(
    {
      name: 'recall_weighted',
      says: 'Recall averaged over classes by how often they occur: the accuracy.',
      direction: 'maximize',
      range: [0, 1],
    },
    (c) => averageOver(c, recall, 'weighted'),
  ),
  ofConfusion(
    {
      name: 'f1_weighted',
      says: 'F1 averaged over classes by how often they occur.',
      direction: 'maximize',
      range: [0, 1],
    },
    (c) => averageOver(c, f1, 'weighted'),
  ),
  ofConfusion(
    {
      name: 'f1_micro',
      says: 'F1 of all decisions counted together: with one class a row, the accuracy.',
      direction: 'maximize',
      range: [0, 1],
    },
    accuracy,
    ['multiclass'],
  ),
  ofConfusion(
    {
      name: 'balanced_accuracy',
      says: 'Mean of the recalls of the classes that occur.',
      direction: 'maximize',
      range: [0, 1],
    },
    balancedAccuracy,
  ),
  ofConfusion(
    {
      name: 'mcc',
      says: "Matthews' correlation between predicted and true classes; 0 where undefined.",
      direction: 'maximize',
      range: [-1, 1],
    },
    matthews,
  ),
  ofConfusion(
    {
      name: 'kappa',
      says: "Cohen's kappa: agreement beyond what the frequencies give; undefined where both are the same one class.",
      direction: 'maximize',
      range: [-1, 1],
    },
    kappa,
  ),
  {
    name: 'cost',
    says: 'Mean of the declared costs.',
    tasks: bothTasks,
    direction: 'minimize',
    range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    method: "Student's t, of the mean",
    needsCosts: true,
    isMean: true,
    rows: rowCosts,
    value: (o) => weightedMean(rowCosts(o), o),
    measure: (o) => measureMean(rowCosts(o), o, costBounds(o.costs!)),
  },
];
