import type { Digest, JsonObject, JsonValue } from '../encoding/index.ts';
import type { Component, PortType, StepLimits } from './plan.ts';

/**
 * The self-contained document that an executor hands to the process that carries a step out: the same for a local
 * process, a container or a job on a cluster. It holds no secret and no key: those travel beside it.
 */
export interface Invocation {
  readonly version: 1;
  readonly runId: string;
  readonly executionId: string;
  readonly step: string;
  readonly attempt: number;
  readonly component: Component;
  readonly params: JsonObject;
  readonly inputs: Readonly<Record<string, readonly InvocationInput[]>>;
  readonly outputs: Readonly<Record<string, InvocationOutput>>;
  /** The interpreter of a Python component's environment, and of the environment that a built-in stage may start. */
  readonly environment: {
    readonly python: string | null;
    readonly digest: Digest | null;
    /** The interpreters of further environments by name. Absent: there are none. */
    readonly others?: Readonly<Record<string, string | null>>;
  };
  readonly projectRoot: string;
  /** An empty folder of this attempt alone, removed afterwards. */
  readonly workDir: string;
  readonly seed: number;
  readonly limits: StepLimits;
  readonly timeoutMs: number | null;
  readonly secretNames: readonly string[];
  /** The project files that the step declared, by digest. */
  readonly files: Readonly<Record<string, Digest>>;
  /** NDJSON, appended by the step: see `StepEvent`. */
  readonly eventsPath: string;
  /** Written once, atomically, by the step: see `InvocationResult`. */
  readonly resultPath: string;
}

/** Where what guards the sealed parts of a project is kept. */
export interface GateFiles {
  /** The ledger's database. */
  readonly ledger: string;
  /** The folder of the use logs. */
  readonly useLogs: string;
  /** The file of the sealing key. */
  readonly key: string;
  /** The folder of all keys of the user. */
  readonly keysDir: string;
}

/**
 * What travels beside the document, as one JSON text on the standard input of a step that runs in Node: it is in no
 * argument, variable or file.
 */
export interface Handover {
  readonly secrets: Readonly<Record<string, string>>;
  /** The sealing key's 32 bytes in base64, only for a built-in step that may unseal. */
  readonly sealingKey: string | null;
  /** Only for a step that may unseal. */
  readonly gateFiles: GateFiles | null;
}

/** One artifact at an input port. A Dataset is one Parquet file, a Model a directory, a report one JSON file. */
export interface InvocationInput {
  readonly path: string;
  readonly type: PortType;
  readonly digest: Digest;
  readonly properties: JsonObject;
  readonly from: { readonly step: string; readonly port: string };
}

/** Where the step must leave an output. */
export interface InvocationOutput {
  readonly path: string;
  readonly type: PortType;
  readonly optional: boolean;
}

/** A file that a step really loaded, relative to its root. */
export interface LoadedFile {
  readonly path: string;
  readonly digest: Digest;
}

/** The code that an execution really loaded, and the paths that it looked for and did not find. */
export interface CodeSet {
  /** Path to digest. A path beginning with `program:` is the product's own, every other is relative to the project. */
  readonly files: Readonly<Record<string, Digest>>;
  readonly absent: readonly string[];
}

/** What is known of the code of an execution that has just ended. */
export interface LoadedCode {
  readonly files: readonly LoadedFile[];
  readonly absent: readonly string[];
  /** Why not all is known: the result is then never reused. */
  readonly unknown?: string;
  /** Paths of the Python interpreters that ran in it. */
  readonly interpreters?: readonly string[];
}

/**
 * What one of the product's own steps found of artifacts at its ports: which tests passed, how rows were divided. The
 * engine signs it, with whose digests it is about; what any other step says so is passed over.
 */
export interface StepAssertion {
  readonly predicateType: string;
  /** The ports whose artifacts it is about, inputs and outputs; optional ones that are not there are passed over. */
  readonly about: readonly string[];
  readonly predicate: JsonObject;
}

/** What the step's process leaves behind. */
export interface InvocationResult {
  readonly status: 'complete' | 'failed';
  readonly outputs: Readonly<Record<string, { readonly properties: JsonObject; readonly skipped?: boolean }>>;
  /** Small named results, usable in conditions. */
  readonly values: Readonly<Record<string, JsonValue>>;
  /** Names of files and folders that the step kept: each lies at its name in `artifacts`, beside the result. */
  readonly artifacts: readonly string[];
  readonly assertions: readonly StepAssertion[];
  readonly code: LoadedCode;
  readonly usage: { readonly cpuSeconds: number; readonly peakMemoryBytes: number };
  readonly error?: InvocationError;
}

/** Why a step failed, as its process or its executor knows it. */
export interface InvocationError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly traceback?: string;
  readonly retryable?: boolean;
}

/** One line of the events file. */
export type StepEvent =
  | {
      readonly type: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly message: string;
      readonly fields?: JsonObject;
      readonly atMs: number;
    }
  | { readonly type: 'output'; readonly stream: 'stdout' | 'stderr'; readonly text: string; readonly atMs: number }
  | {
      readonly type: 'progress';
      readonly done: number;
      readonly total?: number;
      readonly unit?: string;
      readonly message?: string;
      readonly atMs: number;
    }
  | {
      readonly type: 'metric';
      readonly name: string;
      readonly value: number;
      readonly step: number;
      readonly atMs: number;
    }
  | { readonly type: 'param'; readonly name: string; readonly value: JsonValue; readonly atMs: number }
  | { readonly type: 'heartbeat'; readonly atMs: number };

/** What an executor answers: the step's own result, and what it saw from outside. */
export interface ExecutionOutcome {
  readonly result: InvocationResult;
  /** Files with the captured standard output and error, secrets removed. */
  readonly logs: { readonly stdout: string; readonly stderr: string };
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly durationMs: number;
  readonly machine: JsonObject;
}

/** A tracker that a step may log to, as MLflow's clients are told of one. */
export interface TrackingAccess {
  readonly uri: string;
  /** The run that clients go on with. */
  readonly runId: string;
  /** Variables with what the tracker asks for; their values are removed from the step's output like secrets. */
  readonly credentials: Readonly<Record<string, string>>;
}

/** What an executor needs beside the document. */
export interface ExecuteOptions {
  readonly signal: AbortSignal;
  readonly onEvent: (event: StepEvent) => void;
  /** Values of the declared secrets. Reach the step's environment and nothing else. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Where the step's own code may log to: no part of its key. Left out: nowhere. */
  readonly tracking?: TrackingAccess;
  /** The sealing key's bytes for a step that may unseal; handed over on the child's standard input. */
  readonly sealingKey: Uint8Array | null;
  /** For a step that may unseal. */
  readonly gateFiles: GateFiles | null;
  /** A file that a command gets as its standard input. Left out: that is empty. */
  readonly stdinPath?: string;
}

/** How the digest of an image is asked for. */
export interface ImageQuestion {
  readonly signal: AbortSignal;
  /** What to do where the image is not there yet. */
  readonly missing: 'fetch' | 'refuse';
  /** Told of what takes long. */
  readonly onNotice: (message: string) => void;
}

/**
 * The port of executors. `execute` resolves for every end that the step itself caused (also a crash, a limit, a
 * timeout: `status: 'failed'` with the reason) and rejects only with `CANCELED` after the signal was raised, or where
 * the step could not be started at all. After it settles nothing of the step runs any more.
 */
export interface Executor {
  readonly name: string;
  execute(invocation: Invocation, options: ExecuteOptions): Promise<ExecutionOutcome>;
  /**
   * The digest of a container image as this executor would start it: asked for before the key of its step is made, so
   * that a tag that moved makes the step run again. The invocation names the image by this digest. One executor answers
   * the same for the same name as long as it lives.
   * @throws PlatformError CONTAINER_NO_ENGINE, CONTAINER_IMAGE_UNKNOWN
   */
  identifyImage(image: string, question: ImageQuestion): Promise<Digest>;
  close(): Promise<void>;
}
