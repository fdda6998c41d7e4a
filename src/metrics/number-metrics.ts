import { type Interval, normalQuantile } from '../stats/index.ts';
import type { Measured, MetricFacts, NumberMetric } from './metric.ts';
import { measureMean, studentInterval } from './metric-intervals.ts';
import type { NumberObservations } from './observations.ts';
import {
  absoluteErrors,
  meanStandardError,
  median,
  percentageErrors,
  quantileLosses,
  rSquared,
  squaredErrors,
  weightedMean,
} from './row-means.ts';

const unbounded: readonly [number, number] = [0, Number.POSITIVE_INFINITY];
const tasks = ['regression'] as const;
const confidence = 0.95;

/** A metric that is a mean of one number a row. */
function ofRows(name: string, says: string, rowsOf: (observations: NumberObservations) => Float64Array): NumberMetric {
  const facts: MetricFacts = {
    name,
    says,
    tasks,
    direction: 'minimize',
    range: unbounded,
    method: "Student's t, of the mean",
  };
  return {
    ...facts,
    rows: rowsOf,
    value: (o) => weightedMean(rowsOf(o), o),
    measure: (o) => measureMean(rowsOf(o), o, { low: 0 }),
  };
}

function rootMean(observations: NumberObservations): Measured {
  const squares = squaredErrors(observations);
  const value = Math.sqrt(weightedMean(squares, observations));
  const error = value === 0 ? 0 : meanStandardError(squares, observations) / (2 * value);
  const interval = studentInterval(value, error, {
    degrees: squares.length - 1,
    method: "Student's t, delta method",
    bounds: { low: 0 },
  });
  return { value, interval };
}

function measureRSquared(observations: NumberObservations): Measured {
  const { value, error } = rSquared(observations);
  const interval = studentInterval(value, error, {
    degrees: observations.rowCount - 1,
    method: "Student's t, delta method",
    bounds: { high: 1 },
  });
  return { value, interval };
}

/**
 * The values at the ranks that hold the median with the stated probability, whatever the distribution. Null with weights,
 * and with fewer than six rows.
 */
function medianInterval(values: Float64Array, observations: NumberObservations): Interval | null {
  const count = values.length;
  if (observations.weights !== null || count < 6) return null;
  const sorted = Float64Array.from(values).sort();
  const half = (normalQuantile(1 - (1 - confidence) / 2) * Math.sqrt(count)) / 2;
  const low = Math.max(0, Math.floor(count / 2 - half));
  const high = Math.min(count - 1, Math.ceil(count / 2 + half));
  return { low: sorted[low]!, high: sorted[high]!, confidence, method: 'order statistics' };
}

/** Metrics of regressions. */
export const numberMetrics: readonly NumberMetric[] = [
  ofRows('mae', 'Mean absolute error.', absoluteErrors),
  ofRows('mse', 'Mean squared error.', squaredErrors),
  {
    name: 'rmse',
    says: 'Root of the mean squared error.',
    tasks,
    direction: 'minimize',
    range: unbounded,
    method: "Student's t, delta method",
    value: (o) => Math.sqrt(weightedMean(squaredErrors(o), o)),
    measure: rootMean,
  },
  {
    name: 'median_ae',
    says: 'Median of the absolute errors.',
    tasks,
    direction: 'minimize',
    range: unbounded,
    method: 'order statistics',
    value: (o) => median(absoluteErrors(o), o),
    measure: (o) => {
      const errors = absoluteErrors(o);
      return { value: median(errors, o), interval: medianInterval(errors, o) };
    },
  },
  {
    name: 'r2',
    says: 'Share of the variance that is explained; negative where the mean would do better; undefined with fewer than two rows; with constant actuals 1 if exact, else 0.',
    tasks,
    direction: 'maximize',
    range: [Number.NEGATIVE_INFINITY, 1],
    method: "Student's t, delta method",
    value: (o) => rSquared(o).value,
    measure: measureRSquared,
  },
  ofRows('mape', 'Mean of |error| / |actual|, as a share; an actual of 0 makes it huge.', percentageErrors),
];

/** The pinball loss of a quantile given in percent. */
export function quantileLoss(percent: number): NumberMetric {
  return ofRows(`quantile_loss_${percent}`, `Mean pinball loss of the ${percent} % quantile.`, (o) =>
    quantileLosses(o, percent / 100),
  );
}
