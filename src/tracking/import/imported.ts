/* What another tracker kept, as it is written into this one. */
import type { DatasetInput, Lifecycle, LoggedModel, Metric, ModelOutput, RunInfo, Tag } from '../entities.ts';

/** An experiment of another tracker. */
export interface ImportedExperiment {
  /** Its id there. */
  readonly id: string;
  readonly name: string;
  /** Null: below the root of artifacts, by its id here. */
  readonly artifactLocation: string | null;
  readonly lifecycle: Lifecycle;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly tags: readonly Tag[];
}

/** A run of another tracker, without its points. */
export interface ImportedRun extends RunInfo {
  /** When it was moved to the bin; null where it was not, or nobody knows. */
  readonly deletedAtMs: number | null;
  readonly params: readonly Tag[];
  readonly tags: readonly Tag[];
  readonly datasetInputs: readonly DatasetInput[];
  readonly modelInputs: readonly string[];
  readonly modelOutputs: readonly ModelOutput[];
}

/** Something that is not written, and why. */
export interface Refusal {
  readonly what: string;
  readonly why: string;
}

/** What became of something: it is new, something of it is, or all of it was there. */
export type Taken = 'new' | 'more' | 'same';

/** The same, with the parts that were refused. */
export interface TakenOver {
  readonly taken: Taken;
  readonly refused: readonly Refusal[];
}

/**
 * Writes what another tracker kept. What is here already is never overwritten, so that taking it over again changes
 * nothing and adds what is new; a run or a logged model that had not ended is brought to its end. Every method is one
 * transaction and may throw the errors of `database/`, and TRACKING_BAD_VALUE for an id or a name that cannot be kept.
 */
export interface TrackingImport {
  /**
   * Keeps the id where it is free. An experiment is the same where its id and the time of its making are, else where its
   * name is.
   */
  experiment(experiment: ImportedExperiment): Promise<TakenOver & { readonly id: string }>;
  run(run: ImportedRun): Promise<TakenOver>;
  /** How many points a run has; 0 where it is not there. */
  pointCount(runId: string): Promise<number>;
  /** @throws PlatformError TRACKING_UNKNOWN for a run that is not there */
  points(runId: string, metrics: readonly Metric[]): Promise<readonly Refusal[]>;
  loggedModel(model: LoggedModel): Promise<TakenOver>;
}
