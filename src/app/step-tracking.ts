/** The tracker of one run: a server of our own that its steps reach, or the one that the user has. */
import { secureRandomBytes } from '../encoding/index.ts';
import type { Plan, TrackingAccess } from '../pipeline/index.ts';
import type { ProjectRecord } from './project-record.ts';
import type { RemoteTracking } from './remote-tracker.ts';
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
  /** What a step of a run is told; null where it cannot log. */
  accessOf(runId: string): Promise<TrackingAccess | null>;
  /** Ends what serves, and brings the tracker up to date with how the run ended. */
  close(runId: string | null): Promise<void>;
}

/** What a run's tracker is chosen by. */
export interface StepTrackingChoice {
  readonly plan: Plan;
  /** Null: none is configured. */
  readonly remote: RemoteTracking | null;
  readonly serve: ServeTracker | undefined;
  readonly say: (message: string) => void;
}

/** Kinds of steps whose code is the project's own: it may use a client of MLflow. */
const ownCode = new Set(['python', 'typescript', 'command']);

/** The tracker of a run; null where no step has code of its own, or nobody serves one. */
export async function openStepTracking(
  record: ProjectRecord,
  choice: StepTrackingChoice,
): Promise<StepTracking | null> {
  const { plan, remote, serve } = choice;
  if (remote !== null) return trackRemotely(record, remote, choice.say);
  if (serve === undefined || !plan.steps.some(({ component }) => ownCode.has(component.kind))) return null;
  return await trackHere(record, serve);
}

async function trackHere(record: ProjectRecord, serve: ServeTracker): Promise<StepTracking> {
  const token = secureRandomBytes(32).toString('hex');
  let current: string | null = null;
  let opened: Promise<Tracker> | null = null;
  const open = async (): Promise<Tracker> => {
    const { openTracker } = await import('./tracking-server.ts');
    const tracker = await openTracker(record);
    // Clients go on with the run: it has to be there before the first of them asks.
    if (current !== null) await mirror(record, tracker, current);
    return tracker;
  };
  const server = await serve({ open: () => (opened ??= open()), token, programVersion });
  return {
    accessOf: async (runId) => {
      current = runId;
      return { uri: server.url, runId: trackedRunId(runId), credentials: { MLFLOW_TRACKING_TOKEN: token } };
    },
    close: async (runId) => {
      await server.close();
      if (opened !== null && runId !== null) await mirror(record, await opened, runId);
    },
  };
}

async function mirror(record: ProjectRecord, { tracking }: Tracker, runId: string): Promise<void> {
  const { mirrorRun } = await import('./mirror-runs.ts');
  await mirrorRun(record.metadata, tracking, runId);
}

function trackRemotely(record: ProjectRecord, remote: RemoteTracking, say: (message: string) => void): StepTracking {
  let underWay: Promise<string | null> | null = null;
  const orSay = async <Made>(work: () => Promise<Made>): Promise<Made | null> =>
    await work().catch((error: unknown) => {
      say((error as Error).message);
      return null;
    });
  const runOf = (id: string): Promise<string | null> => {
    underWay ??= orSay(() => make(id));
    return underWay;
  };
  const make = async (id: string): Promise<string> => {
    const [{ createRemoteRun }, { mirrorsOf }] = await load();
    const [run] = await mirrorsOf(record.metadata, await record.metadata.getRun(id));
    return await createRemoteRun(remote, run!);
  };
  return {
    accessOf: async (id) => {
      const runId = await runOf(id);
      return runId === null ? null : { uri: remote.uri, runId, credentials: remote.credentials };
    },
    close: async (id) => {
      if (id === null) return;
      const runId = await runOf(id);
      if (runId !== null) await orSay(() => conclude(record, remote, { id, runId }));
    },
  };
}

/** Tells the server how a run ended, and of its trials, which are runs of their own. */
async function conclude(
  record: ProjectRecord,
  remote: RemoteTracking,
  run: { readonly id: string; readonly runId: string },
): Promise<void> {
  const [{ createRemoteRun, updateRemoteRun }, { mirrorsOf }] = await load();
  const [whole, ...trials] = await mirrorsOf(record.metadata, await record.metadata.getRun(run.id));
  await updateRemoteRun(remote, run.runId, whole!);
  for (const trial of trials) {
    const tags = trial.tags.map((tag) => (tag.key === 'mlflow.parentRunId' ? { ...tag, value: run.runId } : tag));
    await updateRemoteRun(remote, await createRemoteRun(remote, { ...trial, tags }), trial);
  }
}

async function load() {
  return await Promise.all([import('./remote-tracker.ts'), import('./mirror-runs.ts')]);
}
