import type { Database } from '../database/index.ts';
import type { Digest, JsonObject } from '../encoding/index.ts';
import type {
  ArtifactRecord,
  CacheEntry,
  ContextRecord,
  EventRecord,
  ExecutionRecord,
  Lineage,
  MetricPoint,
  RunRecord,
  RunState,
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
  /** The statement's text; it must be the same bytes that will be signed later. */
  readonly statement?: string | null;
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
  readonly isAlive: (run: RunRecord) => boolean | Promise<boolean>;
  /** The statement of an execution that is ended so; null for none. */
  readonly statementOf?: (execution: ExecutionRecord, run: RunRecord) => string | null;
}

/**
 * The port of the record. Every method may throw the errors of `database/`. Ids are made by the caller (`newId`).
 * What `publish…`, `createRun`, `finishRun` and `openExecution` wrote is on disk when they return; metric points
 * appended are safe against a killed process, not against power loss.
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
  /** In the order in which the executions began. */
  statements(runId: string): Promise<StatementRecord[]>;

  /** All that an artifact was made from: through the COMPLETE executions that made it. */
  ancestors(artifactId: string): Promise<Lineage>;
  /** All that was made from an artifact. */
  descendants(artifactId: string): Promise<Lineage>;
  /** Runs with an execution that reads or makes this content, newest first. */
  runsThatKeep(digest: Digest): Promise<RunRecord[]>;
  /** Digests of everything that the given runs read, made or reused. */
  digestsOfRuns(runIds: readonly string[]): Promise<Set<Digest>>;
  /** Notes that content was collected: artifacts become DELETED, cache entries with such outputs go. */
  markDeleted(digests: readonly Digest[]): Promise<void>;

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
