import type { Digest, JsonValue } from '../encoding/index.ts';
import type { StepEvent } from './invocation.ts';

/** How one step of a run stands. `waiting` and `skipped` steps have no execution. */
export type StepState = 'waiting' | 'running' | 'complete' | 'cached' | 'failed' | 'canceled' | 'skipped';

/** What a run tells while it goes on; printed live, or as NDJSON with `--json`. */
export type RunEvent =
  | {
      readonly type: 'run-started';
      readonly runId: string;
      readonly name: string;
      readonly steps: readonly string[];
      readonly atMs: number;
    }
  | {
      readonly type: 'step';
      readonly step: string;
      readonly stage: string;
      readonly state: StepState;
      readonly executionId?: string;
      /** Why it was reused, run again, skipped or failed: one sentence. */
      readonly reason?: string;
      readonly durationMs?: number;
      readonly attempt?: number;
      readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
      readonly atMs: number;
    }
  | { readonly type: 'notice'; readonly message: string; readonly atMs: number }
  | { readonly type: 'step-event'; readonly step: string; readonly event: StepEvent }
  | {
      readonly type: 'run-ended';
      readonly runId: string;
      readonly state: 'COMPLETE' | 'FAILED' | 'CANCELED';
      readonly record: Digest | null;
      readonly durationMs: number;
      readonly atMs: number;
    };

/** An artifact that a step left at a port. */
export interface PublishedOutput {
  readonly artifactId: string;
  readonly type: string;
  readonly digest: Digest;
  readonly kind: 'file' | 'tree';
  readonly sizeBytes: number;
  readonly properties: { readonly [name: string]: JsonValue | undefined };
}

/** How a step ended in this run, for those that wait for it. */
export interface StepOutcome {
  readonly step: string;
  readonly stage: string;
  readonly state: 'complete' | 'cached' | 'failed' | 'canceled' | 'skipped';
  readonly executionId: string | null;
  readonly outputs: Readonly<Record<string, PublishedOutput>>;
  readonly values: Readonly<Record<string, JsonValue>>;
  readonly reason: string;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    readonly traceback?: string;
  } | null;
  /** Whether a failed attempt may be tried again. */
  readonly retryable?: boolean;
  readonly durationMs: number;
}
