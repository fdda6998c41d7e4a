import { type Interval, percentileInterval } from '../stats/index.ts';
import {
  accuracy,
  actualCount,
  averageOver,
  balancedAccuracy,
  type Confusion,
  confusionOf,
  f1,
  hits,
  kappa,
  matthews,
  precision,
  predictedCount,
  recall,
  totalCount,
} from './confusion.ts';
import { oncePer } from './memo.ts';
import type { ClassMetric, Measured, MetricFacts } from './metric.ts';
import { type Bounds, measureMean, measureShare, perfectInterval } from './metric-intervals.ts';
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

function resampledInterval(confusion: Confusion, compute: Compute): Interval | null {
  if (rightCount(confusion) === totalCount(confusion)) return perfectInterval(confusion.effectiveCount);
  return percentileInterval(replicatesFor(confusion).map((replicate) => compute(replicate)));
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
    measure: (o) => {
      const confusion = confusionFor(o);
      return { value: compute(confusion), interval: resampledInterval(confusion, compute) };
    },
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
    return { value: otherwise(confusion), interval: resampledInterval(confusion, otherwise) };
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
      says: 'Of the negative rows, the share predicted so; 0 without any.',
      tasks: ['binary'],
      direction: 'maximize',
      range: [0, 1],
      isMean: true,
    },
    (c) => [hits(c, 0), actualCount(c, 0)],
    { otherwise: neverElse },
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
