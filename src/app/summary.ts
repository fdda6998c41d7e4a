import type { ArtifactStore } from '../artifacts/index.ts';
import type { Plan, RunResult, StepOutcome } from '../pipeline/index.ts';
import type { RegisteredVersion } from './register.ts';

const maximumReportBytes = 64 * 1024 * 1024;

/** A metric as a summary shows it. */
export interface SummaryMetric {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly method: string | null;
}

/** A gate's public bit. */
export interface SummaryGate {
  readonly gate: string;
  readonly verdict: 'pass' | 'fail' | 'withheld' | 'unknown-before' | 'skipped';
  readonly reliability: number;
  readonly usesLeft: number;
  readonly says: string;
  /** From whom the part was sealed, and what a program of the same user still reaches. */
  readonly isolation: string;
}

/** What a run came to, for the person who started it. */
export interface RunSummary {
  readonly runId: string;
  readonly name: string;
  readonly verb: string;
  readonly state: 'COMPLETE' | 'FAILED' | 'CANCELED';
  readonly durationMs: number;
  readonly record: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly failed: readonly Pick<StepOutcome, 'step' | 'error' | 'reason'>[];
  readonly skipped: readonly { readonly step: string; readonly reason: string }[];
  readonly on: string | null;
  readonly metrics: Readonly<Record<string, SummaryMetric>>;
  readonly baselines: Readonly<Record<string, Readonly<Record<string, SummaryMetric>>>>;
  /** Objectives measured on the open part; null: not measured. */
  readonly objectives: Readonly<
    Record<
      string,
      {
        readonly that: string;
        readonly gate: string;
        readonly value: number | null;
        readonly met: boolean | null;
        /** Why it was not measured; null where it was. */
        readonly reason: string | null;
      }
    >
  >;
  readonly gates: readonly SummaryGate[];
  /** Objectives of `gate: measured` that stopped the release. */
  readonly stoppedBy: readonly string[];
  readonly modelVersion: string | null;
  /** How many approvals that version waits for before it is the production version. */
  readonly approvalsAwaited: number;
  readonly declaredOnly: readonly { readonly section: string; readonly reason: string }[];
  readonly next: string;
}

/** A run that ended, with what was decided before it. */
export interface EndedRun {
  readonly plan: Plan;
  readonly result: RunResult;
  readonly verb: 'run' | 'release';
  /** The registered version of a release that made a package. */
  readonly registered: RegisteredVersion | null;
}

/** Sums a finished run up from how its steps ended and what they left. */
export async function summarizeRun(artifacts: ArtifactStore, ended: EndedRun): Promise<RunSummary> {
  const { plan, result, verb } = ended;
  const { outcomes } = result;
  const evaluation = await readReport<EvaluationShape>(artifacts, outcomes, { step: 'evaluation', port: 'metrics' });
  const gates = await readGates(artifacts, outcomes);
  const measured = { step: 'evaluation', port: 'verdict' };
  const judged = await readReport<{ missed: readonly string[] }>(artifacts, outcomes, measured);
  const stoppedBy = verb === 'release' ? (judged?.missed ?? []) : [];
  return {
    runId: result.runId,
    name: plan.name,
    verb,
    state: result.state,
    durationMs: result.durationMs,
    record: result.record,
    counts: countStates(outcomes),
    failed: outcomes
      .filter((outcome) => outcome.state === 'failed')
      .map(({ step, error, reason }) => ({ step, error, reason })),
    skipped: outcomes.filter((outcome) => outcome.state === 'skipped').map(({ step, reason }) => ({ step, reason })),
    on: evaluation?.on ?? null,
    metrics: toMetrics(evaluation?.metrics ?? {}),
    baselines: Object.fromEntries(
      Object.entries(evaluation?.baselines ?? {}).map(([name, metrics]) => [name, toMetrics(metrics)]),
    ),
    objectives: evaluation?.objectives ?? {},
    gates,
    stoppedBy,
    modelVersion: ended.registered?.version ?? null,
    approvalsAwaited: ended.registered?.waitsFor ?? 0,
    declaredOnly: plan.declaredOnly,
    next: nextCommand(ended, stoppedBy.length > 0 || gates.some((gate) => gate.verdict === 'fail')),
  };
}

interface EvaluationShape {
  readonly on: string;
  readonly objectives?: RunSummary['objectives'];
  readonly metrics: Readonly<Record<string, MeasuredShape>>;
  readonly baselines: Readonly<Record<string, Readonly<Record<string, MeasuredShape>>>>;
}

interface MeasuredShape {
  readonly value: number | null;
  readonly interval: { readonly low: number; readonly high: number; readonly method: string } | null;
}

function toMetrics(measured: Readonly<Record<string, MeasuredShape>>): Record<string, SummaryMetric> {
  return Object.fromEntries(
    Object.entries(measured).map(([name, { value, interval }]) => [
      name,
      { value, low: interval?.low ?? null, high: interval?.high ?? null, method: interval?.method ?? null },
    ]),
  );
}

async function readGates(artifacts: ArtifactStore, outcomes: readonly StepOutcome[]): Promise<SummaryGate[]> {
  const steps = outcomes.filter((outcome) => outcome.stage === 'testing').map((outcome) => outcome.step);
  const verdicts = await Promise.all(
    steps.map((step) => readReport<SummaryGate>(artifacts, outcomes, { step, port: 'verdict' })),
  );
  return verdicts.filter((verdict) => verdict !== null);
}

/** A JSON output of a step, or null where it left none. */
async function readReport<T>(
  artifacts: ArtifactStore,
  outcomes: readonly StepOutcome[],
  of: { readonly step: string; readonly port: string },
): Promise<T | null> {
  const output = outcomes.find((outcome) => outcome.step === of.step)?.outputs[of.port];
  if (output === undefined || output.kind !== 'file') return null;
  return JSON.parse((await artifacts.read(output.digest, { maxBytes: maximumReportBytes })).toString('utf8')) as T;
}

function countStates(outcomes: readonly StepOutcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state } of outcomes) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** A name as a shell takes it for one word: those of loops hold brackets. */
function shellWord(name: string): string {
  return /^[\w./@:=-]+$/.test(name) ? name : `'${name}'`;
}

/** The one command that makes sense now. */
function nextCommand({ plan, result, verb }: EndedRun, isRejected: boolean): string {
  const failed = result.outcomes.find((outcome) => outcome.state === 'failed');
  if (failed !== undefined) return `mlspec show latest ${shellWord(failed.step)} --logs`;
  if (result.state === 'CANCELED') return `mlspec ${verb}`;
  if (verb !== 'release') return 'mlspec release';
  return isRejected ? 'mlspec metrics --slices' : `mlspec serve ${plan.name}`;
}
