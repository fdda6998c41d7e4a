import { secureRandomBytes } from '../encoding/index.ts';
import type { Plan, TrackingAccess } from '../pipeline/index.ts';
import type { ProjectRecord } from './project-record.ts';
import { trackedRunId } from './tracked-run-id.ts';
import type { Tracker } from './tracking-server.ts';
import { programVersion } from './version.ts';

/** Starts a server of a tracker for the steps of a run; what is served is opened once a step asks. */
export type ServeTracker = (tracker: ServedTracker) => Promise<StepServer>;

/** What such a server serves. */
export interface ServedTracker {
  /** Called once, when a step first asks. */
  readonly open: () => Promise<Tracker>;
  /** What every request has to bring. */
  readonly token: string;
  readonly programVersion: string;
}

/** A server that steps reach. */
export interface StepServer {
  readonly url: string;
  close(): Promise<void>;
}

/** The tracker of a run's steps. */
export interface StepTracking {
  /** What a step of a run is told. */
  accessOf(runId: string): TrackingAccess;
  /** Ends the server; where a step logged to it, the run is brought up to date there. */
  close(): Promise<void>;
}

/** Kinds of steps whose code is the project's own: it may use a client of MLflow. */
const ownCode = new Set(['python', 'typescript', 'command']);

/** The tracker for a plan; null where no step has code of its own, or nobody serves one. */
export async function openStepTracking(
  record: ProjectRecord,
  plan: Plan,
  serve: ServeTracker | undefined,
): Promise<StepTracking | null> {
  if (serve === undefined || !plan.steps.some(({ component }) => ownCode.has(component.kind))) return null;
  const token = secureRandomBytes(32).toString('hex');
  let current: string | null = null;
  let opened: Promise<Tracker> | null = null;
  const mirrorCurrent = async ({ tracking }: Tracker): Promise<void> => {
    const { mirrorRun } = await import('./mirror-runs.ts');
    if (current !== null) await mirrorRun(record.metadata, tracking, current);
  };
  const open = async (): Promise<Tracker> => {
    const { openTracker } = await import('./tracking-server.ts');
    const tracker = await openTracker(record);
    // Clients go on with the run: it has to be there before the first of them asks.
    await mirrorCurrent(tracker);
    return tracker;
  };
  const server = await serve({ open: () => (opened ??= open()), token, programVersion });
  return {
    accessOf: (runId) => {
      current = runId;
      return { uri: server.url, runId: trackedRunId(runId), token };
    },
    close: async () => {
      await server.close();
      const tracker = await opened;
      if (tracker !== null) await mirrorCurrent(tracker);
    },
  };
}
