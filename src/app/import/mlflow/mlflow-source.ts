/* What a user of MLflow has, as the import reads it: one shape for databases and folders. */
import type { ImportedModel } from '../../../registry/index.ts';
import type { ImportedExperiment, ImportedRun, LoggedModel, Metric } from '../../../tracking/index.ts';

/** A run as the source has it: ids and addresses are the source's. */
export interface SourceRun extends ImportedRun {
  /** How many points were logged to it; null where only reading them tells. */
  readonly pointCount: number | null;
}

/**
 * A store of MLflow's, read and never changed. What of it is broken is left out and taken down. Methods of databases may
 * throw the errors of `database/`.
 */
export interface MlflowSource {
  /** For the report; without a password. */
  readonly location: string;
  /** What it is, for the report. */
  readonly form: string;
  /** The folder against which relative addresses count. */
  readonly home: string;
  /** Where artifacts lie by custom, among them folders that are not there. */
  readonly usualRoots: readonly string[];
  experiments(): AsyncIterable<ImportedExperiment>;
  runs(experimentId: string): AsyncIterable<SourceRun>;
  /** The points of a run, some at once. */
  points(run: SourceRun): AsyncIterable<readonly Metric[]>;
  loggedModels(experimentId: string): AsyncIterable<LoggedModel>;
  /** With their versions by number, whose signatures are not read. */
  models(): AsyncIterable<ImportedModel>;
  /** Takes down what such a store has that is never taken over. */
  leaveRest(): Promise<void>;
  close(): Promise<void>;
}
