import type { ArtifactStore } from '../artifacts/index.ts';
import type { Digest, JsonObject } from '../encoding/index.ts';
import type { PlatformError } from '../errors/index.ts';
import type { MetadataStore, SignedStatement } from '../metadata/index.ts';
import type { Functionary, StatementBody } from '../provenance/index.ts';
import type { CodeReader } from './code-set.ts';
import type { PublishedOutput, RunEvent, StepOutcome } from './events.ts';
import type { Executor, GateFiles, LoadedFile, TrackingAccess } from './invocation.ts';
import type { EnvironmentReference, Plan } from './plan.ts';
import type { Fingerprint, ProjectFiles } from './stage.ts';

/** A made environment: the interpreter to start and the digest that names it. */
export interface ReadyEnvironment {
  readonly python: string | null;
  readonly digest: Digest;
  readonly lock: JsonObject;
}

/**
 * The eight calls of `launchStep` and the writes inside two of them. A test kills the process before or after each.
 */
export type Phase =
  | 'resolveInputs'
  | 'executionKey'
  | 'findCached'
  | 'openExecution'
  | 'execute'
  | 'storeOutputs'
  | 'attest'
  | 'publish';

/** What the engine works with. Made once, by `app/`. */
export interface EngineServices {
  readonly metadata: MetadataStore;
  readonly artifacts: ArtifactStore;
  readonly executor: Executor;
  /** By stage; a stage that is not there reads nothing from outside. */
  readonly fingerprints: ReadonlyMap<string, Fingerprint>;
  /** Makes, or finds, the environment of a step; null where it declares none. */
  readonly environment: (reference: EnvironmentReference, signal: AbortSignal) => Promise<ReadyEnvironment>;
  /** The name in code sets of an interpreter that ran, with the digest of the environment that it is; null: it is no more. */
  readonly identifyPython: (path: string, signal: AbortSignal) => Promise<LoadedFile | null>;
  readonly files: ProjectFiles;
  readonly code: CodeReader;
  readonly projectRoot: string;
  /** Folders of single attempts are made below it. */
  readonly scratchRoot: string;
  readonly secrets: Readonly<Record<string, string>>;
  /** The tracker that the steps of a run may log to; null and left out: there is none. */
  readonly trackingOf?: (runId: string) => Promise<TrackingAccess | null>;
  /** The project's sealing key, asked for only where a step may unseal. */
  readonly sealingKey: () => Promise<Uint8Array>;
  /** The files of the project's gates. */
  readonly gateFiles: GateFiles;
  readonly machine: JsonObject;
  /** Version of the program, for statements. */
  readonly version: string;
  /** Signs what is stated of an execution. Here, in the engine: no step comes near a key. */
  readonly signStatement: (statement: StatementBody, as: 'owner' | 'runner' | 'validator') => Promise<SignedStatement>;
  /** Whose signatures count in a run of this engine. */
  readonly functionaries: () => Promise<readonly Functionary[]>;
  /** Ends what engines that died left in the record, and releases their leases. */
  readonly endDeadEngines: () => Promise<void>;
  /** Called at every edge of a phase, for tests of sudden death. */
  readonly onPhase: (edge: 'before' | 'after', phase: Phase, step: string) => void;
}

/** How a run is carried out. */
export interface RunOptions {
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
  /** How many steps may run at the same time; at least 1. */
  readonly parallelism: number;
  /** Names of steps whose recorded results are not used; `all` for every one. */
  readonly force: ReadonlySet<string> | 'all';
  /** Stop starting new steps once one failed. Otherwise independent branches go on. */
  readonly failFast: boolean;
  /** Steps that are only looked up in the record. */
  readonly recordedOnly: ReadonlySet<string>;
  /** The artifacts that the plan names by digest. */
  readonly pinned: readonly PublishedOutput[];
}

/** One run while it goes on: the services, the options, and what has ended so far. */
export interface RunContext {
  readonly runId: string;
  readonly plan: Plan;
  /** The commit of the project, for statements. */
  readonly git: { readonly commit: string; readonly clean: boolean } | null;
  readonly services: EngineServices;
  readonly options: RunOptions;
  /** Ends that could not be recorded. */
  readonly unrecorded: PlatformError[];
  /** Folders of attempts that are being removed: no step waits for that, the run does. */
  readonly removals: Promise<void>[];
  /** The keys under which steps of this run are carried out now: which step, and until when. */
  readonly claims: Map<Digest, { readonly step: string; readonly ended: Promise<void> }>;
  /** Outcomes by step name; written by the scheduler alone. */
  readonly outcomes: Map<string, StepOutcome>;
}

/** Runs one of the eight calls of a step between its two edges. */
export async function inPhase<T>(
  context: RunContext,
  at: { readonly phase: Phase; readonly step: string },
  call: () => Promise<T> | T,
): Promise<T> {
  context.services.onPhase('before', at.phase, at.step);
  const result = await call();
  context.services.onPhase('after', at.phase, at.step);
  return result;
}
