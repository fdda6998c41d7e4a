import type { Database } from '../database/index.ts';
import type { Digest, JsonObject } from '../encoding/index.ts';
import type {
  ArtifactRecord,
  CacheEntry,
  ContextRecord,
  DatasetStateRecord,
  EventRecord,
  ExecutionRecord,
  Lineage,
  LoggedRecord,
  MetricPoint,
  NewRunStatement,
  OpenRun,
  RunRecord,
  RunState,
  RunStatementRecord,
  SignedStatement,
  StatementEnd,
  StatementRecord,
} from './records.ts';

/** A run to be recorded. */
export type NewRun = Omit<RunRecord, 'state' | 'endedAtMs'>;

/** Everything that one end of an execution leaves, written as a whole or not at all. */
export interface Publication {
  /** The record as it is at the end; its `state` is set by the method. */
  readonly execution: ExecutionRecord;
  /** New artifacts. */
  readonly artifacts?: readonly ArtifactRecord[];
  /** Inputs and outputs; those recorded when it was opened may be repeated. */
  readonly events?: readonly EventRecord[];
  readonly metrics?: readonly MetricPoint[];
  /** Written together with its entry of the log. */
  readonly statement?: SignedStatement | null;
  /** What the step found, written likewise. */
  readonly assertions?: readonly NewRunStatement[];
  readonly cacheEntry?: CacheEntry | null;
}

/** Whether a lease was obtained, and who has it until when. */
export interface LeaseAnswer {
  readonly isHeld: boolean;
  readonly owner: string;
  readonly expiresAtMs: number;
}

/** Which runs to list. */
export interface RunFilter {
  /** Default 50. */
  readonly limit?: number;
  /** Only runs that began before this one (an id). */
  readonly before?: string;
  /** Only runs of the declaration with this name. */
  readonly spec?: string;
}

/** How executions of dead engines are ended. */
export interface RecoveryOptions {
  /** Whether the engine of a run still lives. */
  readonly isAlive: (run: OpenRun) => boolean | Promise<boolean>;
  /** The statement of an execution that is ended so. Left out: none. */
  readonly statementOf?: (execution: ExecutionRecord, run: RunRecord) => Promise<SignedStatement>;
}

/**
 * The port of the record. Every method may throw the errors of `database/`. Ids are made by the caller (`newId`).
 * What `publish…`, `createRun` and `finishRun` wrote is on disk when they return; executions that begin, metric points
 * appended and leases on work are safe against a killed process, not against power loss.
 */
export interface MetadataStore {
  /** The database, for modules that keep tables of their own beside these. */
  readonly database: Database;

  createRun(run: NewRun): Promise<RunRecord>;
  /** Ends a run; one that has ended stays as it is. */
  finishRun(
    id: string,
    end: {
      readonly state: Exclude<RunState, 'RUNNING'>;
      readonly endedAtMs: number;
      /** Added to the run's details. */
      readonly details?: JsonObject;
    },
  ): Promise<void>;
  /**
   * A run by id, by name (the newest of that name), by the beginning of its id (with or without `run_`), or as
   * `latest`, `latest~1` … counted by the time of start.
   * @throws PlatformError METADATA_RUN_UNKNOWN, METADATA_RUN_AMBIGUOUS
   */
  getRun(name: string, options?: { readonly spec?: string }): Promise<RunRecord>;
  /** Newest first. */
  listRuns(filter?: RunFilter): Promise<RunRecord[]>;
  /** All runs that have not ended, oldest first: those that go on, and those whose engine died and that nobody ended yet. */
  openRuns(): Promise<OpenRun[]>;
  /**
   * Says that the engine of a run lives, as `createRun` does for the first two minutes: to be called well within each
   * two minutes. Nothing happens where the run has ended.
   */
  renewRun(id: string): Promise<void>;

  /** Records that an execution begins (RUNNING) and what it reads. */
  openExecution(execution: ExecutionRecord, inputs?: readonly EventRecord[]): Promise<void>;
  /** RUNNING → COMPLETE. @throws PlatformError METADATA_EXECUTION_ENDED */
  publish(publication: Publication): Promise<void>;
  /** NEW → CACHED: the outputs are artifacts that exist. @throws PlatformError METADATA_EXECUTION_ENDED */
  publishCached(publication: Publication): Promise<void>;
  /** NEW or RUNNING → FAILED. @throws PlatformError METADATA_EXECUTION_ENDED */
  publishFailure(publication: Publication): Promise<void>;
  /** NEW or RUNNING → CANCELED. @throws PlatformError METADATA_EXECUTION_ENDED */
  publishCanceled(publication: Publication): Promise<void>;
  /** Adds points of a running execution. */
  appendMetrics(points: readonly MetricPoint[]): Promise<void>;

  /** The recorded results under a static key, newest first, at most 100. */
  findCached(staticKey: Digest): Promise<CacheEntry[]>;
  /** Makes a recorded result unusable for later runs, for example because its content is gone. */
  forgetCached(executionId: string): Promise<void>;

  /** @throws PlatformError METADATA_EXECUTION_UNKNOWN */
  getExecution(id: string): Promise<ExecutionRecord>;
  /** By time of start. */
  executions(runId: string): Promise<ExecutionRecord[]>;
  /** Earlier executions of a step that ended COMPLETE or CACHED, newest first. */
  previousExecutions(
    step: string,
    options: { readonly spec: string; readonly beforeMs?: number; readonly limit?: number },
  ): Promise<ExecutionRecord[]>;
  /** By execution, direction, port, index. */
  events(executionIds: readonly string[]): Promise<EventRecord[]>;
  /** Who made and who read artifacts. */
  eventsOfArtifacts(artifactIds: readonly string[]): Promise<EventRecord[]>;
  /** In the order of the ids; unknown ids are left out. */
  artifacts(ids: readonly string[]): Promise<ArtifactRecord[]>;
  /** Every record with this content, newest first. */
  artifactsByDigest(digest: Digest): Promise<ArtifactRecord[]>;
  /** The newest record with this content, or null. */
  artifactByDigest(digest: Digest): Promise<ArtifactRecord | null>;
  /** By name, step, time. Those of a CACHED execution are those of the one it stands for. */
  metrics(executionId: string): Promise<MetricPoint[]>;
  /** In the order in which the executions began; what was erased is left out. */
  statements(runId: string): Promise<StatementRecord[]>;
  /** The same without their texts: how each execution ended. */
  statementEnds(runId: string): Promise<StatementEnd[]>;
  /** The statement of one execution, or null. */
  statementOf(executionId: string): Promise<StatementRecord | null>;
  /** The execution whose statement has a digest, or null. */
  executionOfStatement(digest: Digest): Promise<string | null>;
  /** Takes the text of an execution's statement and of its error out of the record. Its digest and entry of the log stay. */
  eraseStatement(executionId: string): Promise<void>;
  /** Adds a statement about a run, with its entry of the log. @throws PlatformError DATABASE_CONSTRAINT for one known */
  putRunStatement(
    about: { readonly runId: string; readonly predicateType: string },
    statement: SignedStatement,
  ): Promise<void>;
  /** About the run, and what its executions found; in the order of the log. */
  runStatements(runId: string): Promise<RunStatementRecord[]>;
  /** The statements of a predicate type beside those of executions, of every run, in the order of the log. */
  statementsOfType(predicateType: string): Promise<RunStatementRecord[]>;
  /** What one execution found, in the order of the log. */
  assertionsOf(executionId: string): Promise<RunStatementRecord[]>;
  /** Every statement of the record, of executions and beside them, in no order. Of what was erased the text is empty. */
  allStatements(): Promise<LoggedRecord[]>;
  /** How many entries the log has. Entries are never changed and never go. */
  logSize(): Promise<number>;
  /** Entries of the log from one place up to, not including, another. */
  logEntries(from: number, to: number): Promise<string[]>;

  /** All that an artifact was made from: through the COMPLETE executions that made it. */
  ancestors(artifactId: string): Promise<Lineage>;
  /** All that was made from an artifact. */
  descendants(artifactId: string): Promise<Lineage>;
  /** Runs with an execution that reads or makes this content, newest first. */
  runsThatKeep(digest: Digest): Promise<RunRecord[]>;
  /** Digests of everything that the given runs read, made or reused. */
  digestsOfRuns(runIds: readonly string[]): Promise<Set<Digest>>;
  /**
   * Notes that content was collected: artifacts become DELETED, cache entries with such outputs go. What was recorded
   * at or after an instant stays: it was stored again meanwhile.
   */
  markDeleted(digests: readonly Digest[], options: { readonly recordedBeforeMs: number }): Promise<void>;

  /** Where content of this record was stored, beside the folder of a record on SQLite; in the order of their text. */
  artifactPlaces(): Promise<string[]>;
  /** Remembers one of them. Twice is once. */
  noteArtifactPlace(place: string): Promise<void>;

  /** Adds a change to the states of datasets; none is ever changed or removed. */
  addDatasetState(change: Omit<DatasetStateRecord, 'id' | 'setAtMs'>): Promise<DatasetStateRecord>;
  /** Every change of a dataset's state, or of all datasets', the oldest first; the last of a dataset is its state. */
  datasetStates(dataset?: string): Promise<DatasetStateRecord[]>;

  /** Makes a context or returns the one of that type and name. */
  putContext(context: Omit<ContextRecord, 'id' | 'createdAtMs'>): Promise<ContextRecord>;
  addToContext(contextId: string, memberIds: readonly string[]): Promise<void>;
  /** The contexts that hold a run, an execution or an artifact. */
  contexts(memberId: string): Promise<ContextRecord[]>;
  contextMembers(contextId: string): Promise<string[]>;

  /**
   * Ends what engines that are gone left RUNNING: their runs and executions become FAILED with METADATA_ENGINE_DIED,
   * their leases (those owned by the run's id) are released. @returns the executions ended
   */
  recoverStale(options: RecoveryOptions): Promise<ExecutionRecord[]>;

  /**
   * Asks for the sole right to a name for a time. Whoever holds it may ask again and extends it.
   * @param owner the run's id, so that `recoverStale` can release it
   */
  lease(name: string, owner: string, ttlMs: number): Promise<LeaseAnswer>;
  /** Extends a lease. @throws PlatformError METADATA_LEASE_LOST */
  renew(name: string, owner: string, ttlMs: number): Promise<void>;
  /** Gives a lease back; nothing happens where it is not held. */
  release(name: string, owner: string): Promise<void>;

  /** Closes the database. */
  close(): Promise<void>;
}
