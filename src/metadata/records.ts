/** The record, in the words of ML Metadata: artifacts, executions, the events between them, contexts around them. */
import type { Digest, JsonObject, JsonValue } from '../encoding/index.ts';

/** NEW → RUNNING → COMPLETE, or NEW → CACHED; from every state but an end to FAILED or CANCELED. */
export type ExecutionState = 'NEW' | 'RUNNING' | 'COMPLETE' | 'CACHED' | 'FAILED' | 'CANCELED';

/** DELETED: the record stays, the content was collected. */
export type ArtifactState = 'PENDING' | 'LIVE' | 'DELETED';

/** The state of a run. */
export type RunState = 'RUNNING' | 'COMPLETE' | 'FAILED' | 'CANCELED';

/** Content that an execution made. Two records may have one digest. */
export interface ArtifactRecord {
  readonly id: string;
  /** The type of its port: `Dataset`, `Model` … */
  readonly type: string;
  readonly digest: Digest;
  readonly kind: 'file' | 'tree';
  readonly sizeBytes: number;
  readonly state: ArtifactState;
  readonly properties: JsonObject;
  readonly createdAtMs: number;
}

/** Why an execution failed. No secrets. */
export interface ExecutionError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly traceback?: string;
}

/** One attempt to carry out a step, or its reuse from the cache. */
export interface ExecutionRecord {
  readonly id: string;
  readonly runId: string;
  readonly step: string;
  /** The kind of component: `builtin`, `python` … */
  readonly kind: string;
  readonly state: ExecutionState;
  /** The static execution key; null where it was never computed. */
  readonly key: Digest | null;
  /** For CACHED: the COMPLETE execution whose outputs stand for it. Never a CACHED one. */
  readonly cachedFrom: string | null;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly params: JsonObject;
  readonly code: JsonObject;
  readonly environment: JsonObject | null;
  readonly machine: JsonObject;
  readonly error: ExecutionError | null;
  readonly usage: JsonObject;
  /** Small named outputs. */
  readonly values: Readonly<Record<string, JsonValue>>;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
}

/** An execution read an artifact, or made it. */
export interface EventRecord {
  readonly executionId: string;
  readonly artifactId: string;
  readonly direction: 'INPUT' | 'OUTPUT';
  readonly port: string;
  /** Place among the artifacts of one port, from 0. */
  readonly index: number;
}

/** One `mlspec run`. */
export interface RunRecord {
  readonly id: string;
  readonly name: string;
  /** The name of the declaration. */
  readonly spec: string;
  readonly specDigest: Digest;
  readonly planDigest: Digest;
  readonly state: RunState;
  readonly git: { readonly commit: string; readonly clean: boolean } | null;
  readonly params: JsonObject;
  /** What else is known: the verb, where the plan is kept; when the run ends, its summary and the digest of its record. */
  readonly details: JsonObject;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly pid: number;
  readonly host: string;
}

/** A run that has not ended. */
export interface OpenRun extends RunRecord {
  /** Whether its engine said within the last two minutes that it lives (`renewRun`). */
  readonly isLeased: boolean;
}

/** A number logged by an execution. NaN and infinities are values. */
export interface MetricPoint {
  readonly executionId: string;
  readonly name: string;
  /** Position in the series: epoch, iteration; 0 for a single value. */
  readonly step: number;
  readonly value: number;
  readonly timestampMs: number;
}

/** A statement, who signed it, and what the log takes in of it. */
export interface SignedStatement {
  /** The exact text that was signed. */
  readonly body: string;
  readonly signatures: readonly { readonly keyid?: string; readonly sig: string }[];
  readonly logEntry: string;
}

/** The statement of an execution. */
export interface StatementRecord {
  readonly executionId: string;
  readonly runId: string;
  readonly digest: Digest;
  readonly body: string;
  readonly signatures: SignedStatement['signatures'];
  /** The place of its entry in the log, from 0; null for one from before statements were logged. */
  readonly logPlace: number | null;
}

/** How an execution ended, and the digest of the statement that says so. */
export interface StatementEnd {
  readonly step: string;
  readonly state: ExecutionState;
  readonly digest: Digest;
}

/** What the log knows of a statement of either kind. */
export type LoggedRecord = Pick<StatementRecord, 'digest' | 'body' | 'signatures' | 'logPlace'>;

/** A statement beside those of executions: about a run as a whole, or what a step found. */
export interface RunStatementRecord extends Omit<StatementRecord, 'executionId'> {
  readonly predicateType: string;
  /** The execution that found it; null for one about the run as a whole. */
  readonly executionId: string | null;
}

/** Such a statement that is to be written. */
export interface NewRunStatement {
  readonly predicateType: string;
  readonly statement: SignedStatement;
}

/** What a static key led to, and the code that made it so. Usable where one code set is wholly equal. */
export interface CacheEntry {
  readonly staticKey: Digest;
  readonly executionId: string;
  readonly codeSet: { readonly files: Readonly<Record<string, Digest>>; readonly absent: readonly string[] };
  readonly outputs: Readonly<Record<string, CachedOutput>>;
  readonly values: Readonly<Record<string, JsonValue>>;
  readonly createdAtMs: number;
}

/** One output port of a cached execution. */
export interface CachedOutput {
  readonly type: string;
  readonly digest: Digest;
  readonly kind: 'file' | 'tree';
  readonly sizeBytes: number;
  readonly artifactId: string;
  readonly properties: JsonObject;
}

/** A named group of runs, executions or artifacts: an experiment, a search, a release. */
export interface ContextRecord {
  readonly id: string;
  readonly type: string;
  /** Unique within its type. */
  readonly name: string;
  readonly properties: JsonObject;
  readonly createdAtMs: number;
}

/** What a dataset may be used for: active, everything; deprecated, no training unless a declaration says so; archived, nothing. */
export const datasetStates = ['active', 'deprecated', 'archived'] as const;

/** A change of the state of a dataset. */
export interface DatasetStateRecord {
  readonly id: string;
  /** DECLARATION/SOURCE. */
  readonly dataset: string;
  readonly state: (typeof datasetStates)[number];
  /** Why. */
  readonly reason: string;
  /** Who, as the machine knows them. */
  readonly setBy: string;
  readonly setAtMs: number;
}

/** A part of the lineage graph. */
export interface Lineage {
  readonly artifacts: readonly ArtifactRecord[];
  readonly executions: readonly ExecutionRecord[];
  readonly events: readonly EventRecord[];
}
