import { canonicalJson, type Digest, digestJson, type JsonObject, monotonicMs, newId, now } from '../encoding/index.ts';
import type { NewRun, RunRecord } from '../metadata/index.ts';
import { attestLayout, attestRunEnd } from './attest-run.ts';
import type { StepOutcome } from './events.ts';
import type { Plan } from './plan.ts';
import type { EngineServices, RunContext, RunOptions } from './run-context.ts';
import { schedule } from './schedule.ts';

const sayAliveEveryMs = 20_000;

/** What a run is recorded with, beside its plan. */
export interface RunDescription {
  /** The canonical text of the resolved declaration. */
  readonly spec: string;
  readonly params: JsonObject;
  readonly git: RunRecord['git'];
  readonly verb: 'run' | 'release' | 'exec' | 'import';
  readonly pid: number;
  readonly host: string;
  /** What tells the process from a later one with the same number. */
  readonly startMark?: string | null;
}

/** How a run ended. */
export interface RunResult {
  readonly runId: string;
  readonly state: 'COMPLETE' | 'FAILED' | 'CANCELED';
  readonly outcomes: readonly StepOutcome[];
  /** Digest of the run's record. */
  readonly record: Digest;
  readonly durationMs: number;
}

/**
 * Records a run, carries its plan out, and records how it ended. Failures of steps are outcomes, not exceptions; what is
 * thrown says that the record cannot be written.
 */
export async function runPlan(
  plan: Plan,
  description: RunDescription,
  engine: { readonly services: EngineServices; readonly options: RunOptions },
): Promise<RunResult> {
  const { services, options } = engine;
  const startedMs = monotonicMs();
  const runId = newId('run');
  const context: RunContext = {
    runId,
    plan,
    git: description.git,
    services,
    options,
    unrecorded: [],
    removals: [],
    claims: new Map(),
    outcomes: new Map(),
  };
  // A run that nobody can sign is not begun.
  await services.functionaries();
  await services.metadata.createRun(await openRecord(context, description));
  const layout = await attestLayout(context, now());
  options.onEvent({
    type: 'run-started',
    runId,
    name: plan.name,
    steps: plan.steps.map((step) => step.name),
    atMs: now(),
  });
  const rest = sayAlive(context);
  try {
    await schedule(context);
  } finally {
    rest();
    await Promise.all(context.removals);
  }
  if (context.unrecorded[0] !== undefined) throw context.unrecorded[0];
  const outcomes = plan.steps.map((step) => context.outcomes.get(step.name)!);
  const state = stateOf(outcomes, options.signal);
  const record = recordDigest(plan, outcomes);
  const endedAtMs = now();
  await attestRunEnd(context, { layout, state, record, params: digestJson(description.params), endedAtMs });
  await services.metadata.finishRun(runId, { state, endedAtMs, details: { record, ...summarize(outcomes) } });
  const durationMs = Math.round(monotonicMs() - startedMs);
  options.onEvent({ type: 'run-ended', runId, state, record, durationMs, atMs: endedAtMs });
  return { runId, state, outcomes, record, durationMs };
}

/** Says again and again that the engine lives, until the function that it returns is called. A time that fails is made up by the next. */
function sayAlive({ runId, services }: RunContext): () => void {
  const timer = setInterval(() => void services.metadata.renewRun(runId).catch(() => undefined), sayAliveEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

async function openRecord(context: RunContext, description: RunDescription): Promise<NewRun> {
  const { plan, runId, services } = context;
  await services.artifacts.putBytes(description.spec);
  const kept = await services.artifacts.putBytes(canonicalJson(plan));
  return {
    id: runId,
    name: runId,
    spec: plan.name,
    specDigest: plan.specDigest,
    planDigest: plan.digest,
    git: description.git,
    params: description.params,
    details: {
      verb: description.verb,
      startMark: description.startMark ?? null,
      plan: kept.digest,
      declaredOnly: plan.declaredOnly.map((one) => ({ ...one })),
    },
    startedAtMs: now(),
    pid: description.pid,
    host: description.host,
  };
}

function stateOf(outcomes: readonly StepOutcome[], signal: AbortSignal): RunResult['state'] {
  if (signal.aborted || outcomes.some((outcome) => outcome.state === 'canceled')) return 'CANCELED';
  return outcomes.some((outcome) => outcome.state === 'failed') ? 'FAILED' : 'COMPLETE';
}

/** The same for equal declarations whose steps ended alike with equal outputs, whenever and wherever they ran. */
function recordDigest(plan: Plan, outcomes: readonly StepOutcome[]): Digest {
  return digestJson({
    spec: plan.specDigest,
    plan: plan.digest,
    steps: outcomes.map((outcome) => ({
      step: outcome.step,
      ended: outcome.state === 'cached' ? 'complete' : outcome.state,
      outputs: Object.fromEntries(Object.entries(outcome.outputs).map(([port, output]) => [port, output.digest])),
    })),
  });
}

function summarize(outcomes: readonly StepOutcome[]): JsonObject {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[outcome.state] = (counts[outcome.state] ?? 0) + 1;
  return {
    steps: counts,
    skipped: outcomes
      .filter((outcome) => outcome.state === 'skipped')
      .map((outcome) => ({ step: outcome.step, reason: outcome.reason })),
  };
}
