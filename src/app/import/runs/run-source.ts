/* What trackers other than MLflow kept, as the import reads it: runs, each told part by part. */
import type { ImportProgress, RunAddition, RunStatus, SourcePosition, Tag } from '../../../tracking/index.ts';

/** A file that becomes an artifact. */
export type SourceFile =
  /** Written as it is read; what was at the path is replaced. */
  | { readonly kind: 'bytes'; readonly path: string; readonly bytes: Uint8Array }
  /**
   * Everything in a folder of this machine, below `path`; empty for the root of the run's artifacts. Links are followed
   * where they lead into `linksInto`, a real path.
   */
  | { readonly kind: 'folder'; readonly path: string; readonly folder: string; readonly linksInto: string | null }
  /** One plain file of this machine, by its absolute path; what is there already stays. */
  | { readonly kind: 'file'; readonly path: string; readonly file: string };

/** What a source tells of a run at once. Files are stored first, then the rest is written in one transaction. */
export interface RunPart extends RunAddition {
  readonly files?: readonly SourceFile[];
  /** Artifacts of these folders whose names begin with this step or a later one go first, with `purgeFromStep`. */
  readonly purgeFolders?: readonly string[];
}

/** How a run ended. */
export interface RunEnd {
  readonly status: RunStatus;
  readonly endedAtMs: number | null;
}

/** A run that a source has. */
export interface FoundRun {
  /** For people: messages and the report. */
  readonly label: string;
  /** Follows from what names it in the source, so that it is the same whenever it is taken over. */
  readonly runId: string;
  readonly experiment: string;
  readonly name: string;
  readonly userId: string;
  readonly startedAtMs: number | null;
  readonly tags: readonly Tag[];
  /** Its files in bytes, for the progress. */
  readonly sizeBytes: number;
  /** Everything behind the positions. The last value is how it ended; null while it may go on. */
  parts(from: ReadonlyMap<string, SourcePosition>): AsyncGenerator<RunPart, RunEnd | null>;
}

/** A place with runs, read and never changed. What of it is broken is left out and taken down. */
export interface RunSource {
  /** For the report. */
  readonly location: string;
  /** What it is, for the report. */
  readonly form: string;
  /** Each call looks again for what is there. */
  runs(): AsyncIterable<FoundRun>;
  /** Takes down what was left out in sums. */
  leaveRest(): void;
  close(): Promise<void>;
}

/** Where runs are written. */
export interface RunTarget {
  /** Makes what is not there yet. @returns whether the run is new */
  open(run: FoundRun): Promise<boolean>;
  positions: ImportProgress['positions'];
  /** @returns how much was new */
  add(run: FoundRun, part: RunPart): Promise<number>;
  /** @returns whether it had not ended here */
  end(run: FoundRun, end: RunEnd): Promise<boolean>;
}
