/** A fitted softmax regression: the score of class c for a row x is `x · weights[c] + offsets[c]`. */
export interface SoftmaxRegression {
  readonly classes: readonly string[];
  readonly features: readonly string[];
  /** float64[classes, features] */
  readonly weights: readonly Float64Array[];
  /** float64[classes] */
  readonly offsets: Float64Array;
}

/** What the fit needs beside rows: names, and how long and how far it steps. */
export interface FitOptions {
  readonly classes: readonly string[];
  readonly features: readonly string[];
  readonly rounds: number;
  readonly learningRate: number;
  /** Weight of the squared weights in the loss, so that separable classes have a finite answer. */
  readonly penalty: number;
  /** Called after each round with the mean log loss, in nats. */
  readonly onRound?: (round: number, logLoss: number) => void;
}

/**
 * Fits by plain gradient descent from zero; every step uses all rows, so the answer depends on nothing but its arguments.
 * @param rows float64[rows, features]
 * @param labels the index of each row's class
 */
export function fitSoftmaxRegression(
  rows: readonly Float64Array[],
  labels: readonly number[],
  options: FitOptions,
): SoftmaxRegression {
  const { classes, features, rounds, learningRate, penalty } = options;
  const weights = classes.map(() => new Float64Array(features.length));
  const offsets = new Float64Array(classes.length);
  const model = { classes, features, weights, offsets };
  for (let round = 0; round < rounds; round += 1) {
    const weightSteps = classes.map(() => new Float64Array(features.length));
    const offsetSteps = new Float64Array(classes.length);
    let loss = 0;
    for (const [index, row] of rows.entries()) {
      const shares = probabilities(model, row);
      loss -= Math.log(Math.max(shares[labels[index]!]!, 1e-15));
      for (const [c, share] of shares.entries()) {
        const error = share - (labels[index] === c ? 1 : 0);
        offsetSteps[c]! += error;
        for (let f = 0; f < row.length; f += 1) weightSteps[c]![f]! += error * row[f]!;
      }
    }
    const scale = learningRate / rows.length;
    for (const [c, own] of weights.entries()) {
      offsets[c]! -= scale * offsetSteps[c]!;
      for (let f = 0; f < own.length; f += 1) own[f]! -= scale * weightSteps[c]![f]! + learningRate * penalty * own[f]!;
    }
    options.onRound?.(round, loss / rows.length);
  }
  return model;
}

/** The probability of each class for one row; sums to 1. */
export function probabilities(model: SoftmaxRegression, row: Float64Array): Float64Array {
  const scores = model.weights.map((own, c) =>
    own.reduce((sum, weight, f) => sum + weight * row[f]!, model.offsets[c]!),
  );
  const highest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return Float64Array.from(powers, (power) => power / total);
}
