import type { Digest, JsonObject, JsonValue } from '../encoding/index.ts';
import type { SealingKey } from '../provenance/index.ts';
import type { Finding, ResolvedSpec } from '../spec/index.ts';
import type { CallCode, QueryEngine } from '../tables/index.ts';
import type { GateFiles, InvocationInput, StepAssertion } from './invocation.ts';
import type { EnvironmentReference, PinnedArtifact, PlanStep, PlanStepDraft, PortType } from './plan.ts';

/** The registered model that a baseline of the declaration names, as it stood when the plan was made. */
export interface RegisteredBaseline {
  readonly package: PinnedArtifact;
  /** Digest of the model and the transformation that the package was made from. */
  readonly identity: Digest;
  /** The Python environment of the package; null where it needs none. */
  readonly environment: EnvironmentReference | null;
  /** How the data were divided for it: digest of the split, and what its step was given. */
  readonly split: { readonly digest: Digest; readonly params: JsonObject };
  /** The parts that were open to it, as far as their content is still kept; null where some of it is not. */
  readonly openParts: readonly PinnedArtifact[] | null;
  /** What the same baseline was when this model was judged: what it is compared with itself. Null: there was none. */
  readonly before: RegisteredBaseline | null;
}

/** What a plan takes from the record, as it stands when the plan is made. */
export interface KnownBefore {
  /** The registered models by the names of the baselines that mean them; a baseline without one is absent. */
  readonly registered: Readonly<Record<string, RegisteredBaseline>>;
  /** What earlier runs of the declaration left at outputs (`step.port`) that a stage reads again, the oldest first. */
  readonly earlier: Readonly<Record<string, readonly PinnedArtifact[]>>;
}

/** Where stages put their steps while a plan is made. */
export interface GraphBuilder extends KnownBefore {
  /** Adds a step. A name that is taken is a finding of the planner. */
  add(step: PlanStepDraft): void;
  /** Whether a step of this name was added before (stages are planned in the order of the lifecycle). */
  has(step: string): boolean;
  /** The parameters of a step added before, or null. */
  params(step: string): JsonObject | null;
  /** The outputs of a step added before, or null. */
  outputs(step: string): Readonly<Record<string, { readonly type: PortType }>> | null;
  /** The steps added before, in the order in which they were. */
  steps(): readonly PlanStep[];
  /** Says that a section is declared and not carried out yet. */
  declaredOnly(section: string, reason: string): void;
}

/** Reads project files for planning and fingerprints; the only view of the world that planning has. */
export interface ProjectFiles {
  readonly root: string;
  /** The digest of a file (through the stat cache), or null where there is none. */
  digest(path: string): Promise<Digest | null>;
  /** Paths that match a glob, sorted. */
  glob(pattern: string): Promise<readonly string[]>;
}

/**
 * Identities of what a built-in step reads from outside the record (files by digest, tables by snapshot). Part of the
 * execution key. A value of null for a source says that it cannot be identified: the step is then never taken from the
 * cache.
 */
export type Fingerprint = (params: JsonObject, files: ProjectFiles) => Promise<Readonly<Record<string, JsonValue>>>;

/**
 * A stage of the lifecycle: how its section becomes steps, and how such a step runs. `plan` is pure. `run` is called in
 * a process of its own and touches the world only through its context.
 */
export interface StageDefinition {
  readonly stage: string;
  plan(spec: ResolvedSpec, graph: GraphBuilder): readonly Finding[];
  run(context: StepContext): Promise<void>;
}

/** An output port as the running step sees it. */
export interface StepOutput {
  /** Where the step must leave the file or directory. */
  readonly path: string;
  readonly type: PortType;
  /** Facts kept with the artifact, readable without opening it. JSON, small, nothing secret. */
  setProperties(properties: JsonObject): void;
  /** Leaves an optional output out. */
  skip(): void;
}

/** Everything that a running step may touch (I2). */
export interface StepContext {
  readonly runId: string;
  readonly step: string;
  readonly params: JsonObject;
  readonly inputs: Readonly<Record<string, readonly InvocationInput[]>>;
  readonly outputs: Readonly<Record<string, StepOutput>>;
  readonly projectRoot: string;
  /** An empty folder of this attempt alone. */
  readonly workDir: string;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly secrets: Readonly<Record<string, string>>;
  /** Present only where the plan granted it (`unseal`). */
  readonly sealingKey: SealingKey | null;
  /** Present where the key is. */
  readonly gateFiles: GateFiles | null;
  /** The interpreter of the step's Python environment; null where the step declares none. */
  readonly python: string | null;
  /** The interpreters of the step's further environments, by name. */
  readonly pythons: Readonly<Record<string, string | null>>;
  /** The query engine of this step, opened at first use and closed after the step. */
  tables(): Promise<QueryEngine>;
  /** Calls a function of the project over rows, in a process of its own; the code that it loads counts as the step's. */
  readonly callCode: CallCode;
  /** A repeatable random number in [0, 1). */
  random(): number;
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: JsonObject): void;
  progress(progress: {
    readonly done: number;
    readonly total?: number;
    readonly unit?: string;
    readonly message?: string;
  }): void;
  metric(name: string, value: number, step?: number): void;
  /**
   * Keeps a copy of a file or folder with the execution, beside its outputs; no step reads it. The name is a relative path,
   * by default the last part of the path; under one name the last is kept.
   */
  keep(path: string, name?: string): void;
  /** A small named result, usable in conditions and shown by `mlspec show`. */
  value(name: string, value: JsonValue): void;
  /** Has the engine sign what the step found, also where the step then fails. Only the product's own steps are heard. */
  attest(assertion: StepAssertion): void;
}
