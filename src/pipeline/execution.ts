import { monotonicMs } from '../encoding/index.ts';
import type { ExecutionKeyed } from './execution-key.ts';
import type { ExecutionOutcome, StepEvent } from './invocation.ts';
import type { StepPlace } from './places.ts';
import type { PlanStep } from './plan.ts';
import type { ResolvedInputs } from './resolve-inputs.ts';
import type { Scratch } from './scratch.ts';

/** Which try of a step this is, and the step's place among those that run. */
export interface Attempt {
  readonly number: number;
  readonly place: StepPlace;
}

/** The time in milliseconds since the step of an attempt began. */
export function elapsedMs({ place }: Attempt): number {
  return Math.round(monotonicMs() - place.startedMs);
}

/** What an attempt left behind: its outcome and the metrics and parameters that it logged. */
export interface RanStep extends ExecutionOutcome {
  readonly inputs: ResolvedInputs;
  readonly metrics: readonly Extract<StepEvent, { type: 'metric' }>[];
  readonly params: readonly Extract<StepEvent, { type: 'param' }>[];
}

/** An execution between NEW and its end. */
export interface OpenedExecution {
  readonly id: string;
  readonly runId: string;
  readonly step: PlanStep;
  readonly key: ExecutionKeyed;
  readonly attempt: Attempt;
  readonly inputs: ResolvedInputs;
  readonly startedAtMs: number;
  readonly scratch: Scratch;
  /** Set once the step's process ended, also where it ended badly. */
  ran: RanStep | null;
  endedAtMs(): number;
}
