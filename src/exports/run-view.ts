/**
 * A run as exports see it: pure data, gathered once from the record. Every format is a pure function of it, so that two
 * formats can never disagree about a run. What the record does not know is null or missing here, and stays out of every
 * format; nothing is made up for the sake of a field.
 */
import type { Digest, JsonObject, JsonValue } from '../encoding/index.ts';

/** A column of a table. */
export interface ColumnView {
  readonly name: string;
  /** As tables name it: `int64`, `float64`, `string`, `boolean`, `timestamp` … */
  readonly type: string;
}

/** What analysis found of a column. Null: it does not apply. */
export interface ColumnStatistics {
  readonly name: string;
  readonly missingCount: number;
  readonly distinctCount: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly standardDeviation: number | null;
}

/** Content that a step read or left. */
export interface ArtifactView {
  /** The step that made it, or null for what came from elsewhere. */
  readonly step: string | null;
  /** Where it was made: `splitting/train`, with its place behind it where one port left several. */
  readonly name: string;
  /** Of the step that reads or leaves it. */
  readonly port: string;
  /** Place among the artifacts of one port, from 0. */
  readonly index: number;
  readonly type: string;
  readonly kind: 'file' | 'tree';
  /** Of a tree: of the list of its files. */
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Empty where they are not known, as of sealed parts. */
  readonly columns: readonly ColumnView[];
  readonly rowCount: number | null;
  /** Of the open parts of a split that were analysed; empty otherwise. */
  readonly statistics: readonly ColumnStatistics[];
}

/** A column that a transformation makes, and the columns that it is made of. */
export interface FeatureView {
  readonly name: string;
  readonly expression: string | null;
  readonly sources: readonly string[];
}

/** One attempt to carry a step out. */
export interface StepView {
  readonly execution: string;
  readonly name: string;
  readonly stage: string;
  /** What carried it out: `builtin`, `python`, `typescript`, `command`, `container`, `sql`. */
  readonly component: string;
  /** The function, file, command or image, as declared; null for the product's own stages. */
  readonly entryPoint: string | null;
  readonly state: 'NEW' | 'RUNNING' | 'COMPLETE' | 'CACHED' | 'FAILED' | 'CANCELED';
  readonly attempt: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly params: JsonObject;
  readonly seed: number | null;
  /** Names of the steps that it waits for. */
  readonly needs: readonly string[];
  readonly inputs: readonly ArtifactView[];
  readonly outputs: readonly ArtifactView[];
  readonly error: { readonly code: string; readonly message: string } | null;
  /** The digest of the lock of its environment. */
  readonly environment: Digest | null;
  /** The project's files that were loaded: path and digest. */
  readonly code: readonly { readonly path: string; readonly digest: Digest }[];
  /** Outside files that it read: path and digest. */
  readonly files: readonly { readonly path: string; readonly digest: Digest }[];
  readonly sql: string | null;
  /** For transformations: what each feature is made of. */
  readonly features: readonly FeatureView[];
  /** The signed statement of its end. */
  readonly statement: StatementView | null;
}

/** A signed statement, by digest. */
export interface StatementView {
  readonly digest: Digest;
  /** Its place in the log; null where it was never logged. */
  readonly logIndex: number | null;
}

/** A measured value, with its interval at the confidence that is given. */
export interface MeasureView {
  readonly metric: string;
  /** Null: not defined on these rows. */
  readonly value: number | null;
  readonly interval: {
    readonly low: number;
    readonly high: number;
    readonly confidence: number | null;
    readonly method: string;
  } | null;
  readonly slice: { readonly name: string; readonly value: string; readonly rowCount: number } | null;
}

/** What evaluation found of a model. */
export interface EvaluationView {
  /** The part. */
  readonly on: string;
  readonly rowCount: number;
  readonly step: string;
  /** Overall first, then by slice. */
  readonly measures: readonly MeasureView[];
  readonly baselines: Readonly<Record<string, readonly MeasureView[]>>;
  readonly objectives: readonly {
    readonly name: string;
    readonly that: string;
    readonly gate: string;
    readonly value: number | null;
    readonly met: boolean | null;
  }[];
}

/** One trained model, with what is known of it. */
export interface ModelView {
  readonly name: string;
  /** As registered; null where it was not. */
  readonly version: string | null;
  /** The package where there is one, else the trained model. */
  readonly artifact: ArtifactView;
  readonly training: StepView;
  readonly library: { readonly name: string; readonly version: string | null } | null;
  /** The class of the model, as its library calls it. */
  readonly architecture: string | null;
  readonly inputs: readonly ColumnView[];
  readonly outputs: readonly ColumnView[];
  readonly evaluation: EvaluationView | null;
  /** The part it was trained on, before transformation where that is known. */
  readonly trainedOn: readonly ArtifactView[];
}

/** A part of the data of the run, as splitting left it, or the table of ingestion where nothing was split. */
export interface PartView {
  readonly name: string;
  readonly artifact: ArtifactView;
  readonly isSealed: boolean;
}

/** An exact package of an environment. */
export interface PackageView {
  readonly name: string;
  readonly version: string;
}

/** All of it. */
export interface RunView {
  readonly id: string;
  readonly name: string;
  /** Empty where the declaration has none. */
  readonly description: string;
  /** As declared: SPDX expressions, or words. */
  readonly licence: { readonly model: string | null; readonly data: string | null };
  /** Empty where nobody declared it. */
  readonly intendedUse: string;
  readonly limitations: readonly string[];
  readonly owners: readonly { readonly name: string; readonly email: string | null }[];
  readonly state: 'RUNNING' | 'COMPLETE' | 'FAILED' | 'CANCELED';
  readonly verb: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly specDigest: Digest;
  readonly planDigest: Digest;
  /** Of the record of the run; null while it has not ended. */
  readonly recordDigest: Digest | null;
  readonly git: { readonly commit: string; readonly clean: boolean } | null;
  readonly program: { readonly name: string; readonly version: string };
  readonly params: Readonly<Record<string, JsonValue>>;
  readonly task: {
    readonly kind: string;
    readonly label: string | null;
    readonly classes: readonly JsonValue[];
  } | null;
  /** Every attempt, in the order in which they began. */
  readonly steps: readonly StepView[];
  readonly parts: readonly PartView[];
  readonly models: readonly ModelView[];
  /** What gates let out: one bit each. */
  readonly gates: readonly {
    readonly name: string;
    readonly verdict: string;
    readonly reliability: number;
    readonly says: string;
  }[];
  /** Locked environments by digest. */
  readonly environments: Readonly<
    Record<Digest, { readonly python: string; readonly packages: readonly PackageView[] }>
  >;
  /** The signed layout of the run. */
  readonly layout: StatementView | null;
  /** The log that holds its statements. */
  readonly log: string | null;
  /** Ids of the keys that signed. */
  readonly signers: readonly string[];
}

/** The last attempt of each step, in the order in which these began. */
export function lastAttemptsOf({ steps }: Pick<RunView, 'steps'>): readonly StepView[] {
  return [...new Map(steps.map((step) => [step.name, step])).values()];
}

/** The rows of a slice, as text. */
export function sliceText({ name, value }: NonNullable<MeasureView['slice']>): string {
  return `${name} = ${value}`;
}

/** What was measured, and on which slice, as text. */
export function measureText({ metric, slice }: Pick<MeasureView, 'metric' | 'slice'>): string {
  return slice === null ? metric : `${metric}, ${sliceText(slice)}`;
}

/** Measures that have a number, as every format wants them. */
export function measuredIn(evaluation: EvaluationView | null): readonly (MeasureView & { readonly value: number })[] {
  return (evaluation?.measures ?? []).filter((one): one is MeasureView & { readonly value: number } =>
    Number.isFinite(one.value),
  );
}
