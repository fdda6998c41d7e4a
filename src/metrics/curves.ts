import type { ClassObservations } from './observations.ts';
import { calibrationBins, type Ranked, rankedFor, walkThresholds } from './score-metrics.ts';

const maximumPoints = 200;

/** Curves of a binary classifier, thinned to at most 200 points each; ends are kept. */
export interface Curves {
  /** [false positive rate, true positive rate]. */
  readonly roc: readonly (readonly [number, number])[];
  /** [recall, precision]. */
  readonly precisionRecall: readonly (readonly [number, number])[];
  /** [mean score, share of positives, rows]. */
  readonly calibration: readonly (readonly [number, number, number])[];
}

/**
 * The curves of the positive class; null without scores, with other than two classes, or with one of them
 * absent.
 */
export function curvesOf(observations: ClassObservations): Curves | null {
  if (observations.scores === null || observations.classes.length !== 2 || observations.rowCount === 0) return null;
  const ranked = rankedFor(observations, 1);
  const thresholds = thresholdsOf(ranked, observations.weights);
  const { negatives, positives } = thresholds;
  if (negatives === 0 || positives === 0) return null;
  const points = thinnedPoints(ranked, observations.weights, thresholds.count);
  return {
    roc: [
      [0, 0],
      ...points.map(
        ([falsePositives, truePositives]): Point => [falsePositives / negatives, truePositives / positives],
      ),
    ],
    precisionRecall: points.map(([falsePositives, truePositives]) => [
      truePositives / positives,
      truePositives / (truePositives + falsePositives),
    ]),
    calibration: calibrationBins(observations).map((bin) => [
      bin.scoreSum / bin.weight,
      bin.positiveSum / bin.weight,
      bin.weight,
    ]),
  };
}

type Point = readonly [number, number];

interface Thresholds {
  readonly count: number;
  readonly negatives: number;
  readonly positives: number;
}

function thresholdsOf(ranked: Ranked, weights: Float64Array | null): Thresholds {
  let count = 0;
  let negatives = 0;
  let positives = 0;
  walkThresholds(ranked, weights, (truePositives, falsePositives) => {
    count++;
    positives = truePositives;
    negatives = falsePositives;
  });
  return { count, negatives, positives };
}

/** [false positives, true positives] at evenly spaced thresholds, the last one among them; one less than the maximum. */
function thinnedPoints(ranked: Ranked, weights: Float64Array | null, count: number): Point[] {
  const kept = Math.min(count, maximumPoints - 1);
  const points: Point[] = [];
  let index = 0;
  walkThresholds(ranked, weights, (truePositives, falsePositives) => {
    index++;
    // the points.length-th kept threshold is number count * (points.length + 1) / kept, rounded
    if (index === Math.round((count * (points.length + 1)) / kept)) points.push([falsePositives, truePositives]);
  });
  return points;
}
