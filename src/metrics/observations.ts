/** What a classifier said and what was true, column by column. */
export interface ClassObservations {
  readonly kind: 'classes';
  readonly rowCount: number;
  /** Index of the true class of each row. */
  readonly actual: Int32Array;
  /** Index of the predicted class of each row. */
  readonly predicted: Int32Array;
  /** One column of scores a class, each row summing to 1; null where the model gives none. */
  readonly scores: readonly Float64Array[] | null;
  /** The classes, in the order of indexes and scores. In a binary task the second one is the positive. */
  readonly classes: readonly (string | number | boolean)[];
  /** At least 0; null: every row counts 1. */
  readonly weights: Float64Array | null;
  /** What each kind of prediction costs: `cost[actual * classes + predicted]`; null where no costs are declared. */
  readonly costs: Float64Array | null;
}

/** Numbers that were predicted, and the true ones. */
export interface NumberObservations {
  readonly kind: 'numbers';
  readonly rowCount: number;
  readonly actual: Float64Array;
  readonly predicted: Float64Array;
  readonly weights: Float64Array | null;
}

/** Scores by which rows are ordered within their query, and how relevant they are. */
export interface RankingObservations {
  readonly kind: 'ranking';
  readonly rowCount: number;
  /** At least 0; for MAP above 0 counts as relevant. */
  readonly relevance: Float64Array;
  readonly scores: Float64Array;
  /** Index of each row's query, from 0; any order of rows. */
  readonly query: Int32Array;
  readonly queryCount: number;
}

/** What metrics are computed from. */
export type Observations = ClassObservations | NumberObservations | RankingObservations;

/** The weight of a row. */
export function weightOf(observations: { readonly weights: Float64Array | null }, row: number): number {
  return observations.weights === null ? 1 : observations.weights[row]!;
}
