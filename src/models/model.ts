/** A value in a row that a model sees or answers; null is missing. */
export type ModelValue = number | string | boolean | null;

/** Columns by name, all of one length. */
export type ModelColumns = Readonly<Record<string, readonly ModelValue[]>>;

/** What a loaded model says of itself. */
export interface ModelDescription {
  /** Which library made it: sklearn, lightgbm, xgboost, torch, pickle, onnx, typescript. */
  readonly library: string;
  /** The columns that it takes, in order; null where it does not say. */
  readonly features: readonly string[] | null;
  /** The labels in the order of its scores; null where it answers with numbers. */
  readonly classes: readonly (string | number | boolean)[] | null;
}

/** What predicting a file needs beside the paths. */
export interface PredictFileOptions {
  /** Columns of the input that go along into the output; absent ones are left out. */
  readonly keep: readonly string[];
  readonly signal: AbortSignal;
}

/** What predicting rows may be limited by. Reaching a limit ends the model's process. */
export interface PredictRowsOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

/**
 * A model that is ready to answer. Calls may overlap; they are answered in order. A classifier with scores answers the
 * columns `score_0`, `score_1`, … (probabilities, in the order of its classes), everything else the column
 * `prediction`. An answer holds no NaN, infinity or null. Every call may throw MODEL_REFUSED (the model goes on),
 * MODEL_BAD_ANSWER, and MODEL_ENDED, MODEL_TIMEOUT or CANCELED, after which the model answers no more.
 */
export interface LoadedModel {
  readonly description: ModelDescription;
  /** Whether the model still answers. */
  readonly alive: boolean;
  /** Predicts a Parquet file into a Parquet file, row for row in the same order. */
  predictFile(input: string, output: string, options: PredictFileOptions): Promise<{ readonly rows: number }>;
  /** Predicts some rows. */
  predictRows(columns: ModelColumns, options: PredictRowsOptions): Promise<ModelColumns>;
  /** Ends the model's process. Calls under way fail with MODEL_ENDED. */
  close(): Promise<void>;
}

/** What loading may be limited by. */
export interface LoadOptions {
  readonly signal: AbortSignal;
  /** Default five minutes. */
  readonly timeoutMs?: number;
}

/** The port of what can load models. */
export interface ModelRuntime {
  /**
   * Loads the model of a directory; resolves when it is ready to answer.
   * @throws PlatformError MODEL_NOT_A_MODEL, MODEL_CANNOT_LOAD, MODEL_TIMEOUT, CANCELED
   */
  load(folder: string, options: LoadOptions): Promise<LoadedModel>;
}
