import type { StepOutcome } from '../pipeline/index.ts';
import type { Config } from './config.ts';
import { lastAttempts, type RecordedRun, readJsonOutput, readRun, withRecord } from './records.ts';
import type { CarriedOut } from './run.ts';

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
  readonly verdict: 'pass' | 'fail' | 'unknown-before';
  readonly reliability: number;
  readonly usesLeft: number;
  readonly says: string;
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
      { readonly that: string; readonly gate: string; readonly value: number | null; readonly met: boolean | null }
    >
  >;
  readonly gates: readonly SummaryGate[];
  readonly modelVersion: string | null;
  readonly declaredOnly: readonly { readonly section: string; readonly reason: string }[];
  readonly next: string;
}

/** Sums a finished run up from its record. */
export async function summarizeRun(config: Config, carried: CarriedOut): Promise<RunSummary> {
  const { result, planned } = carried;
  return await withRecord(config, async (record) => {
    const run = await readRun(record, result.runId);
    const attempts = lastAttempts(run);
    const evaluation = await readJsonOutput<EvaluationShape>(record, attempts.get('evaluation'), 'metrics');
    const gates = await readGates(record, run);
    return {
      runId: result.runId,
      name: planned.plan.name,
      verb: String(run.run.details['verb'] ?? 'run'),
      state: result.state,
      durationMs: result.durationMs,
      record: result.record,
      counts: countStates(result.outcomes),
      failed: result.outcomes
        .filter((outcome) => outcome.state === 'failed')
        .map(({ step, error, reason }) => ({ step, error, reason })),
      skipped: result.outcomes
        .filter((outcome) => outcome.state === 'skipped')
        .map(({ step, reason }) => ({ step, reason })),
      on: evaluation?.on ?? null,
      metrics: toMetrics(evaluation?.metrics ?? {}),
      baselines: Object.fromEntries(
        Object.entries(evaluation?.baselines ?? {}).map(([name, metrics]) => [name, toMetrics(metrics)]),
      ),
      objectives: evaluation?.objectives ?? {},
      gates,
      modelVersion: carried.version,
      declaredOnly: planned.plan.declaredOnly,
      next: nextCommand(result.outcomes, run, gates),
    };
  });
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

async function readGates(record: Parameters<typeof readJsonOutput>[0], run: RecordedRun): Promise<SummaryGate[]> {
  const steps = [...lastAttempts(run).values()].filter((step) => step.execution.kind === 'testing');
  const verdicts = await Promise.all(steps.map((step) => readJsonOutput<SummaryGate>(record, step, 'verdict')));
  return verdicts.filter((verdict) => verdict !== null);
}

function countStates(outcomes: readonly StepOutcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state } of outcomes) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** The one command that makes sense now. */
function nextCommand(outcomes: readonly StepOutcome[], run: RecordedRun, gates: readonly SummaryGate[]): string {
  const failed = outcomes.find((outcome) => outcome.state === 'failed');
  if (failed !== undefined) return `mlspec show latest ${failed.step} --logs`;
  if (run.run.details['verb'] !== 'release') return 'mlspec release';
  return gates.some((gate) => gate.verdict === 'fail') ? 'mlspec metrics --slices' : `mlspec serve ${run.run.spec}`;
}
