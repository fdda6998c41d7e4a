import { monotonicMs, now } from '../../encoding/index.ts';
import type { RunEvent, StepEvent, StepState } from '../../pipeline/index.ts';

/** How one step stands, in names and numbers alone: nothing that a step printed or was given is kept. */
export interface StepStatus {
  readonly step: string;
  readonly stage: string | null;
  readonly state: StepState;
  readonly attempt: number;
  /** Since it was started, or how long it took. */
  readonly durationMs: number;
  /** Since the step told anything, a heartbeat included; null where it does not run. */
  readonly silentMs: number | null;
  readonly progress: { readonly done: number; readonly total: number | null } | null;
  /** The last value of each metric that it logged. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly events: Readonly<Record<string, number>>;
}

/** How a run stands. */
export interface RunStatus {
  readonly runId: string | null;
  readonly name: string | null;
  readonly state: 'STARTING' | 'RUNNING' | 'COMPLETE' | 'FAILED' | 'CANCELED';
  readonly startedAtMs: number;
  readonly uptimeMs: number;
  readonly steps: readonly StepStatus[];
}

/** Follows a run by its events. */
export interface StatusKeeper {
  observe(event: RunEvent): void;
  current(): RunStatus;
}

interface Kept {
  stage: string | null;
  state: StepState;
  attempt: number;
  startedMs: number | null;
  durationMs: number;
  heardMs: number;
  progress: StepStatus['progress'];
  metrics: Map<string, number>;
  events: Map<string, number>;
}

const mostMetrics = 200;

/** A keeper of the status of one run. */
export function createStatusKeeper(): StatusKeeper {
  const steps = new Map<string, Kept>();
  const started = { atMs: now(), ms: monotonicMs() };
  const run: { runId: string | null; name: string | null; state: RunStatus['state'] } = {
    runId: null,
    name: null,
    state: 'STARTING',
  };
  return {
    observe: (event) => {
      if (event.type === 'run-started') {
        Object.assign(run, { runId: event.runId, name: event.name, state: 'RUNNING' });
        for (const step of event.steps) steps.set(step, newStep());
      }
      if (event.type === 'run-ended') run.state = event.state;
      if (event.type === 'step') changeState(kept(steps, event.step), event);
      if (event.type === 'step-event') hear(kept(steps, event.step), event.event);
    },
    current: () => ({
      ...run,
      startedAtMs: started.atMs,
      uptimeMs: Math.round(monotonicMs() - started.ms),
      steps: [...steps].map(([step, one]) => describe(step, one)),
    }),
  };
}

function newStep(): Kept {
  return {
    stage: null,
    state: 'waiting',
    attempt: 0,
    startedMs: null,
    durationMs: 0,
    heardMs: monotonicMs(),
    progress: null,
    metrics: new Map(),
    events: new Map(),
  };
}

function kept(steps: Map<string, Kept>, name: string): Kept {
  const known = steps.get(name) ?? newStep();
  steps.set(name, known);
  return known;
}

function changeState(step: Kept, event: Extract<RunEvent, { type: 'step' }>): void {
  step.stage = event.stage;
  step.state = event.state;
  step.attempt = event.attempt ?? step.attempt;
  step.durationMs = event.durationMs ?? 0;
  step.startedMs = event.state === 'running' ? monotonicMs() : null;
  step.heardMs = monotonicMs();
}

function hear(step: Kept, event: StepEvent): void {
  step.heardMs = monotonicMs();
  step.events.set(event.type, (step.events.get(event.type) ?? 0) + 1);
  if (event.type === 'progress') step.progress = { done: event.done, total: event.total ?? null };
  if (event.type === 'metric' && (step.metrics.has(event.name) || step.metrics.size < mostMetrics))
    step.metrics.set(event.name, event.value);
}

function describe(step: string, one: Kept): StepStatus {
  const isRunning = one.startedMs !== null;
  return {
    step,
    stage: one.stage,
    state: one.state,
    attempt: one.attempt,
    durationMs: Math.round(isRunning ? monotonicMs() - one.startedMs! : one.durationMs),
    silentMs: isRunning ? Math.round(monotonicMs() - one.heardMs) : null,
    progress: one.progress,
    metrics: Object.fromEntries(one.metrics),
    events: Object.fromEntries(one.events),
  };
}
