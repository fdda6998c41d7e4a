import { type Digest, digestJson, type JsonObject, type JsonValue } from '../encoding/index.ts';
import type { TestResult } from '../provenance/index.ts';
import type { DeclaredPortType, Implementation } from '../spec/index.ts';

/**
 * The type of an artifact that flows through a port. `Any` accepts every open type; a `SealedDataset` is accepted by a
 * port of exactly that type alone. Beside what a declaration may name there are two that only built-in stages leave.
 */
export type PortType = DeclaredPortType | 'SealedDataset' | 'Verdict';

/** What carries a step out. `builtin` is the `run` of a stage of the product; the others are the project's own code. */
export type Component = { readonly kind: 'builtin'; readonly stage: string } | Implementation | CommandAsGiven;

/** A command that somebody gave in a shell. */
export interface CommandAsGiven {
  readonly kind: 'command';
  readonly argv: readonly string[];
  /** Variables of that shell that change what it loads. */
  readonly env: Readonly<Record<string, string>>;
  /** What it reads from standard input; null: nothing. */
  readonly stdin: Digest | null;
}

/** The output of another step. */
export interface PortSource {
  readonly step: string;
  readonly port: string;
}

/** An artifact of an earlier run that a plan names by its digest, such as the package of a registered model. */
export interface PinnedArtifact {
  /** What it is called there, for people: `flight-delays/1.0.0`. */
  readonly name: string;
  readonly type: PortType;
  readonly digest: Digest;
}

/** An input port: its type and where its artifacts come from. More than one source only where `many`. */
export interface PlanInput {
  readonly type: PortType;
  readonly sources: readonly PortSource[];
  /** Artifacts that no step of the plan makes; they come behind those of the sources. */
  readonly pinned?: readonly PinnedArtifact[];
  /**
   * Of the artifacts that the plan names those are left out that were made from what these sources hold now, as their property `madeFrom`
   * says (digests, in this order): so a step that reads what earlier runs found does not read what it found itself of the same data.
   */
  readonly unlike?: readonly PortSource[];
  /** Takes any number of artifacts (a fan-in), in the order of `sources`. */
  readonly many?: boolean;
  /** The step runs too where the source was skipped. */
  readonly optional?: boolean;
}

/** An output port. */
export interface PlanOutput {
  readonly type: PortType;
  /** The step may leave it out. */
  readonly optional?: boolean;
}

/** Which Python environment a step runs in; its lock file's digest enters the execution key. */
export interface EnvironmentReference {
  /** `requirements.txt`, `pyproject.toml` or a lock file, relative to the project. */
  readonly file: string | null;
  /** Requirements written in the declaration itself. */
  readonly requirements?: readonly string[];
  readonly installer?: 'auto' | 'uv' | 'pip';
  readonly python?: string;
}

/** Limits that end a step. Absent: none, but of `stallMs` that of the executor for the kind of component. */
export interface StepLimits {
  readonly memoryBytes?: number;
  readonly cpuSeconds?: number;
  /** Time without a sign of life: no event, heartbeats included, no output, no processor time. */
  readonly stallMs?: number;
}

/** How often a step that failed retryably is tried again. Waits `backoffMs * factor^(attempt-1)` between tries. */
export interface RetryRule {
  readonly limit: number;
  readonly backoffMs: number;
  readonly factor: number;
}

/** The search that a step belongs to. */
export interface Search {
  readonly name: string;
  /** What measures a trial has it among its inputs. */
  readonly role: 'trial' | 'measure';
  /** The value that measures a trial. */
  readonly value: string;
  readonly direction: 'maximize' | 'minimize';
  /** Once so many trials ended without a better value, the rest is skipped; null: never. */
  readonly patience: number | null;
  /** How many of its trials are made at once; null: as many as steps run. */
  readonly parallel: number | null;
}

/** One step of a plan. Its name, the order of steps, retries, limits and executor never enter its execution key. */
export interface PlanStep {
  readonly name: string;
  /** The lifecycle stage it belongs to; `steps` for the project's own. */
  readonly stage: string;
  readonly component: Component;
  readonly inputs: Readonly<Record<string, PlanInput>>;
  readonly outputs: Readonly<Record<string, PlanOutput>>;
  /** Everything of the declaration that the step's result depends on, and nothing else. */
  readonly params: JsonObject;
  readonly environment: EnvironmentReference | null;
  /** Further environments that the step may start programs in, by name: of models that others trained. */
  readonly environments: Readonly<Record<string, EnvironmentReference>>;
  /** Names of secrets handed to the step; the values are in no key, record or log. */
  readonly secrets: readonly string[];
  readonly limits: StepLimits;
  readonly timeoutMs: number | null;
  readonly retries: RetryRule;
  /** Whether a recorded result may stand for a new execution. */
  readonly cache: boolean;
  readonly deterministic: boolean;
  readonly seed: number;
  /** An expression over values of earlier steps; the step is skipped where it is false. */
  readonly when: string | null;
  /** What names in the condition stand for, where they are not names of steps of the plan themselves. */
  readonly whenSteps: Readonly<Record<string, string>>;
  /** Whether the executor hands the sealing key to it. Only built-in stages may ask. */
  readonly unseal: boolean;
  /** Steps that must have ended well before, beside those that feed inputs. */
  readonly needs: readonly string[];
  /** Project files and folders that the step declares to read (globs relative to the project). */
  readonly files: readonly string[];
  readonly search: Search | null;
  /** Predicate types of the statements that must be there of what it found, beside the one of its execution. */
  readonly attests: readonly string[];
  /** What its test result may be for its run to be good, as declared. Absent: whatever it is, later steps decide. */
  readonly results?: readonly TestResult[];
  /** Whether it learns from its inputs, as declared: then all of them must come from the training part. Absent: not declared. */
  readonly fits?: true;
  /** Which verb it waits for: `run` steps always; `release` steps only when a release was asked for. */
  readonly verb: 'run' | 'release';
  /** The model the step belongs to, where the declaration has several. */
  readonly model: string | null;
}

/** A frozen graph of steps in an order in which each stands after all it needs. */
export interface Plan {
  readonly name: string;
  readonly specDigest: Digest;
  /** Digest of the canonical steps. */
  readonly digest: Digest;
  readonly steps: readonly PlanStep[];
  /** Sections that are declared and not carried out yet, with what is missing. Shown in plan and record. */
  readonly declaredOnly: readonly { readonly section: string; readonly reason: string }[];
}

/** What a stage or a declared step says of one step; what it leaves out takes its default. */
export type PlanStepDraft = Pick<PlanStep, 'name' | 'stage' | 'component'> & Partial<PlanStep>;

/** A draft with all defaults filled in. */
export function completeStep(draft: PlanStepDraft): PlanStep {
  return {
    inputs: {},
    outputs: {},
    params: {},
    environment: null,
    environments: {},
    secrets: [],
    limits: {},
    timeoutMs: null,
    retries: { limit: 0, backoffMs: 1000, factor: 2 },
    cache: true,
    deterministic: true,
    seed: 0,
    when: null,
    whenSteps: {},
    unseal: false,
    needs: [],
    files: [],
    search: null,
    attests: [],
    verb: 'run',
    model: null,
    ...draft,
  };
}

/** The digest of a plan's steps, whatever their order. */
export function digestSteps(steps: readonly PlanStep[]): Digest {
  return digestJson([...steps].sort((a, b) => (a.name < b.name ? -1 : 1)));
}

const knownPredecessors = new WeakMap<PlanStep, readonly string[]>();

/** The names of all steps that a step waits for, without repeats. Remembered: steps never change. */
export function predecessors(step: PlanStep): readonly string[] {
  const known = knownPredecessors.get(step);
  if (known !== undefined) return known;
  const names = new Set(step.needs);
  for (const input of Object.values(step.inputs)) for (const source of input.sources) names.add(source.step);
  knownPredecessors.set(step, [...names]);
  return [...names];
}

/** Where a step stands in the document: `outer[n=1]/inner` is at steps, outer, steps, inner. */
export function stepPath(step: Pick<PlanStep, 'name' | 'stage'>): string[] {
  if (step.stage !== 'steps') return [step.stage];
  return step.name
    .replaceAll(/\[[^\]]*\]/g, '')
    .split('/')
    .flatMap((part) => ['steps', part]);
}

/** A JSON value as a parameter sees it. */
export type ParamValue = JsonValue;
