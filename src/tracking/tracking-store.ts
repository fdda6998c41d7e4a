import type { DatasetSummary } from './dataset-summaries.ts';
import type {
  DatasetInput,
  Experiment,
  LoggedModel,
  LoggedModelStatus,
  Metric,
  MirroredRun,
  ModelOutput,
  NewMetric,
  Page,
  Run,
  RunInfo,
  RunStatus,
  Tag,
  View,
} from './entities.ts';
import type { MeasuredOn, OrderField } from './filter/index.ts';
import type { OwnedKind } from './owners.ts';

/** An experiment to be made. */
export interface NewExperiment {
  readonly name: string;
  /** Default: below the root of artifacts, by its id. */
  readonly artifactLocation?: string | undefined;
  readonly tags?: readonly Tag[];
}

/** A run to be made. */
export interface NewRun {
  readonly experimentId: string;
  readonly name?: string | undefined;
  readonly userId?: string | undefined;
  readonly startedAtMs?: number | undefined;
  readonly tags?: readonly Tag[];
  /** Gives the id, where that is free: see `newIdKey`. Left out: the store chooses one. */
  readonly idKey?: string | undefined;
}

/** What of a run changes. */
export interface RunChange {
  readonly status?: RunStatus | undefined;
  readonly endedAtMs?: number | undefined;
  readonly name?: string | undefined;
}

/** What is logged at once: all of it or nothing. */
export interface Batch {
  readonly metrics?: readonly NewMetric[];
  readonly params?: readonly Tag[];
  readonly tags?: readonly Tag[];
  /** There is one value only, and errors name no place in a list. */
  readonly isAlone?: true;
}

/** A search. */
export interface SearchQuery {
  readonly filter?: string | undefined;
  readonly orderBy?: readonly string[];
  readonly view?: View | undefined;
  /** 1 … 50,000. */
  readonly limit: number;
  readonly pageToken?: string | undefined;
}

/** Which things of a kind: those named, or all but those named. */
export interface Selection {
  readonly which: 'only' | 'except';
  readonly ids: readonly string[];
}

/** A search for experiments. */
export interface ExperimentQuery extends SearchQuery {
  /** Only these are looked at. Default: all. */
  readonly among?: Selection | undefined;
}

/** A search for runs. */
export interface RunQuery extends SearchQuery {
  readonly experimentIds: readonly string[];
}

/** A logged model to be made. */
export interface NewLoggedModel {
  readonly experimentId: string;
  readonly name?: string | undefined;
  readonly modelType?: string | undefined;
  readonly sourceRunId?: string | undefined;
  readonly params?: readonly Tag[];
  readonly tags?: readonly Tag[];
  /** Gives the id, where that is free: see `newIdKey`. Left out: the store chooses one. */
  readonly idKey?: string | undefined;
}

/** A search for logged models. */
export interface LoggedModelQuery {
  readonly experimentIds: readonly string[];
  readonly filter?: string | undefined;
  /** Only metrics measured on one of these count. */
  readonly datasets?: readonly MeasuredOn[];
  readonly orderBy?: readonly OrderField[];
  readonly limit: number;
  readonly pageToken?: string | undefined;
}

/** A page of a history. */
export interface HistoryQuery {
  readonly runId: string;
  readonly key: string;
  /** Null: all points. */
  readonly limit: number | null;
  readonly pageToken?: string | undefined;
}

/** Steps from one to another, both included. */
export interface StepRange {
  readonly from: bigint;
  readonly to: bigint;
}

/** Histories of one metric, reduced. */
export interface ReducedHistoryQuery {
  /** At most 100. */
  readonly runIds: readonly string[];
  readonly key: string;
  /** Default: all steps. */
  readonly steps?: StepRange | undefined;
  /** What comes of a run at most: 1 … 2,500. */
  readonly limit: number;
}

/** What came of one run. */
export interface RunHistory<Item> {
  readonly runId: string;
  readonly items: readonly Item[];
}

/** What is kept of the points of a bucket: some of them. */
export interface MetricBucket {
  readonly first: Metric;
  readonly last: Metric;
  /** The earliest one with the smallest value; null where all are NaN. */
  readonly min: Metric | null;
  readonly max: Metric | null;
  /** The earliest NaN; null where there is none. */
  readonly nan: Metric | null;
}

/**
 * Experiments and runs. Every method may throw the errors of `database/`, TRACKING_BAD_VALUE for what has the wrong
 * form, TRACKING_UNKNOWN for what is not there, and TRACKING_NOT_ACTIVE for a change of what is deleted.
 */
export interface TrackingStore {
  /** @returns its id @throws PlatformError TRACKING_EXISTS */
  createExperiment(experiment: NewExperiment): Promise<string>;
  /** Deleted ones too. */
  getExperiment(id: string): Promise<Experiment>;
  /** The same by name; null where there is none. */
  findExperiment(name: string): Promise<Experiment | null>;
  /** The newest first, unless ordered otherwise. @throws PlatformError TRACKING_BAD_FILTER, TRACKING_BAD_PAGE */
  searchExperiments(query: ExperimentQuery): Promise<Page<Experiment>>;
  /** @throws PlatformError TRACKING_EXISTS */
  renameExperiment(id: string, name: string): Promise<void>;
  /** With all its runs. */
  deleteExperiment(id: string): Promise<void>;
  /** With all its runs. */
  restoreExperiment(id: string): Promise<void>;
  setExperimentTag(id: string, tag: Tag): Promise<void>;
  deleteExperimentTag(id: string, key: string): Promise<void>;

  /** The ids of the experiments that runs, logged models or traces belong to, deleted ones too; what is not there is left out. */
  ownersOf(kind: OwnedKind, ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Experiments whose artifacts this server keeps elsewhere than at the path that is their id: by id, where. */
  placedElsewhere(): Promise<ReadonlyMap<string, string>>;

  createRun(run: NewRun): Promise<Run>;
  /** Deleted ones too. */
  getRun(runId: string): Promise<Run>;
  updateRun(runId: string, change: RunChange): Promise<RunInfo>;
  deleteRun(runId: string): Promise<void>;
  restoreRun(runId: string): Promise<void>;
  /** @throws PlatformError TRACKING_BAD_FILTER, TRACKING_BAD_PAGE */
  searchRuns(query: RunQuery): Promise<Page<Run>>;

  /** Logs all or nothing. A point that is there already vanishes; a param that is there with another value is an error. */
  logBatch(runId: string, batch: Batch): Promise<void>;
  deleteTag(runId: string, key: string): Promise<void>;
  logInputs(runId: string, inputs: { datasets: readonly DatasetInput[]; models: readonly string[] }): Promise<void>;
  logOutputs(runId: string, models: readonly ModelOutput[]): Promise<void>;

  /** The data that runs of some experiments read, each with each context once, by experiment and name. */
  datasetSummaries(experimentIds: readonly string[], limit: number): Promise<readonly DatasetSummary[]>;

  /** Makes a logged model, pending until its files are there. */
  createLoggedModel(model: NewLoggedModel): Promise<LoggedModel>;
  /** @param view `all`: also a deleted one; default `active` */
  getLoggedModel(modelId: string, view?: 'active' | 'all'): Promise<LoggedModel>;
  finishLoggedModel(modelId: string, status: LoggedModelStatus): Promise<LoggedModel>;
  deleteLoggedModel(modelId: string): Promise<void>;
  /** Adds params, which may be there already, or sets tags. */
  describeLoggedModel(
    modelId: string,
    texts: { readonly params: readonly Tag[] } | { readonly tags: readonly Tag[] },
  ): Promise<void>;
  deleteLoggedModelTag(modelId: string, key: string): Promise<void>;
  /** The newest first, unless ordered otherwise. @throws PlatformError TRACKING_BAD_FILTER, TRACKING_BAD_ORDER, TRACKING_BAD_PAGE */
  searchLoggedModels(query: LoggedModelQuery): Promise<Page<LoggedModel>>;

  /** Brings runs of somebody else up to date, all of them or none. */
  mirrorRuns(runs: readonly MirroredRun[]): Promise<void>;
  /** Notes how far runs were mirrored, by their owner's id. */
  noteMirrored(sources: ReadonlyMap<string, 'open' | 'ended'>): Promise<void>;
  /** Which of these runs still have to be mirrored. */
  notMirrored(sources: readonly string[]): Promise<string[]>;
  /** The runs that had not ended when they were mirrored. */
  openMirrors(): Promise<string[]>;

  /** The points of a series by time, step and value; none where nobody logged it. @throws PlatformError TRACKING_BAD_PAGE */
  metricHistory(query: HistoryQuery): Promise<Page<Metric>>;
  /** The first `limit` points of the histories of some runs together, by run, time, step and value. Runs that are not there have none. */
  metricHistories(query: Omit<ReducedHistoryQuery, 'steps'>): Promise<readonly RunHistory<Metric>[]>;
  /** Histories as buckets of about as many points each, by time, step and value. A run that is not there has an empty one. */
  metricBuckets(query: ReducedHistoryQuery): Promise<readonly RunHistory<MetricBucket>[]>;
  /** Histories as some of their points, by step, time and value: those that are kept of buckets. */
  metricSample(query: ReducedHistoryQuery): Promise<readonly RunHistory<Metric>[]>;
}
