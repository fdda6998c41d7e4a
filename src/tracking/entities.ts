/* What the tracker keeps, in MLflow's words. Times are milliseconds since 1970; integers that may exceed 2^53 are bigint. */

/** Whether something is there or in the bin, from which it can be brought back. */
export type Lifecycle = 'active' | 'deleted';
/** Which of them an answer names. */
export type View = Lifecycle | 'all';

/** A name with a text. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** Runs that belong together. */
export interface Experiment {
  /** A decimal integer; `0` is the experiment `Default`, which is there from the beginning. */
  readonly id: string;
  readonly name: string;
  readonly artifactLocation: string;
  readonly lifecycle: Lifecycle;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly tags: readonly Tag[];
}

/** How a run stands. */
export type RunStatus = (typeof runStatuses)[number];
/** Every status, in the order of the wire. */
export const runStatuses = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const;

/** A run without what was logged to it. */
export interface RunInfo {
  /** 32 lower-case hexadecimal digits. */
  readonly runId: string;
  readonly experimentId: string;
  readonly name: string;
  readonly userId: string;
  readonly status: RunStatus;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly artifactUri: string;
  readonly lifecycle: Lifecycle;
}

/** One point of a series. */
export interface Metric {
  readonly key: string;
  /** NaN and both infinities are allowed; infinities are kept as the largest finite numbers. */
  readonly value: number;
  readonly timestampMs: number;
  readonly step: bigint;
}

/** A point that may belong to a logged model too, and to the dataset on which it was measured. */
export interface NewMetric extends Metric {
  readonly modelId?: string;
  readonly datasetName?: string;
  readonly datasetDigest?: string;
}

/** Data that a run read. */
export interface DatasetInput {
  readonly dataset: Dataset;
  readonly tags: readonly Tag[];
}

/** Data by name and digest. */
export interface Dataset {
  readonly name: string;
  readonly digest: string;
  readonly sourceType: string;
  readonly source: string;
  readonly schema: string | null;
  readonly profile: string | null;
}

/** A logged model that a run made. */
export interface ModelOutput {
  readonly modelId: string;
  readonly step: bigint;
}

/** A run with everything logged to it: of each metric the latest point. */
export interface Run {
  readonly info: RunInfo;
  readonly metrics: readonly Metric[];
  readonly params: readonly Tag[];
  readonly tags: readonly Tag[];
  readonly datasetInputs: readonly DatasetInput[];
  readonly modelInputs: readonly string[];
  readonly modelOutputs: readonly ModelOutput[];
}

/** How the files of a logged model stand. */
export type LoggedModelStatus = (typeof loggedModelStatuses)[number];
/** Every such status, in the order of the wire. */
export const loggedModelStatuses = [
  'LOGGED_MODEL_STATUS_UNSPECIFIED',
  'LOGGED_MODEL_PENDING',
  'LOGGED_MODEL_READY',
  'LOGGED_MODEL_UPLOAD_FAILED',
] as const;

/** A point measured on a logged model. */
export interface LoggedModelMetric extends Metric {
  readonly runId: string;
  readonly datasetName: string | null;
  readonly datasetDigest: string | null;
}

/** A model that was logged, with or without a run. */
export interface LoggedModel {
  /** `m-` and 32 lower-case hexadecimal digits. */
  readonly modelId: string;
  readonly experimentId: string;
  readonly name: string;
  readonly artifactUri: string;
  readonly status: LoggedModelStatus;
  readonly statusMessage: string | null;
  readonly modelType: string;
  readonly sourceRunId: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly lifecycle: Lifecycle;
  readonly params: readonly Tag[];
  readonly tags: readonly Tag[];
  readonly metrics: readonly LoggedModelMetric[];
}

/** A run of somebody else. */
export interface MirroredRun {
  /** 32 lower-case hexadecimal digits. */
  readonly runId: string;
  /** The name of its experiment, which is made where it is not there. */
  readonly experiment: string;
  readonly name: string;
  readonly userId: string;
  readonly status: RunStatus;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly params: readonly Tag[];
  readonly tags: readonly Tag[];
  readonly metrics: readonly Metric[];
}

/** One page of an answer. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** What to ask the next page with; null after the last one. */
  readonly nextPageToken: string | null;
}
