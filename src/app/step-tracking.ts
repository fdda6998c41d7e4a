/** The tracker of one run: a server of our own that its steps reach, or the one that the user has. */
import { secureRandomBytes } from '../encoding/index.ts';
import type { Plan, RunEvent, TrackingAccess } from '../pipeline/index.ts';
import type { ProjectRecord } from './project-record.ts';
import type { RemoteTracking } from './remote-tracker.ts';
import type { Delivery, SendSpool } from './send-waiting.ts';
import type { Spool } from './spool.ts';
import { trackedRunId } from './tracked-run-id.ts';
import type { Tracker } from './tracking-server.ts';
import { programVersion } from './version.ts';

/** Starts a server of a tracker for the steps of a run, before the first of them; what is served is opened once a step asks. */
export type ServeTracker = (tracker: ServedTracker) => Promise<StepServer>;

/** What the servers' module does for the tracker of a run. */
export interface TrackerEdge {
  readonly serve: ServeTracker;
  readonly sendSpool: SendSpool;
}

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
  /** Hears what happens in the run. */
  observe(event: RunEvent): void;
  /** Ends what serves, and brings the tracker up to date with how the run ended. What fails there is said, not thrown. */
  close(): Promise<void>;
}

/** What a run's tracker is chosen by. */
export interface StepTrackingChoice {
  readonly plan: Plan;
  /** Null: none is configured. */
  readonly remote: RemoteTracking | null;
  readonly edge: TrackerEdge | undefined;
  /** Where keys are, which seal secrets that steps give to webhooks. */
  readonly keysDir: string;
  /** Where spools are, which keep what is logged while that server is away. */
  readonly spoolsDir: string;
  /** Aborted where the run is interrupted. */
  readonly signal: AbortSignal;
  readonly say: (message: string) => void;
}

/** Kinds of steps whose code is the project's own: it may use a client of MLflow. */
const ownCode = new Set(['python', 'typescript', 'command']);

/** Does something; says why it failed where it does, and gives null then. */
type OrSay = <Made>(work: () => Promise<Made>) => Promise<Made | null>;

/** The tracker of a run; null where no step has code of its own, or nobody serves one. */
export async function openStepTracking(
  record: ProjectRecord,
  choice: StepTrackingChoice,
): Promise<StepTracking | null> {
  const { plan, remote, edge, say } = choice;
  const orSay: OrSay = async (work) =>
    await work().catch((error: unknown) => {
      say((error as Error).message);
      return null;
    });
  if (remote !== null) return trackRemotely(record, { ...choice, remote }, orSay);
  if (edge === undefined || !plan.steps.some(({ component }) => ownCode.has(component.kind))) return null;
  return await trackHere(record, { ...choice, serve: edge.serve }, orSay);
}

/** Remembers the run that its events name. */
function watchRun(): { readonly id: () => string | null; readonly observe: StepTracking['observe'] } {
  let runId: string | null = null;
  return {
    id: () => runId,
    observe: (event) => {
      if (event.type === 'run-started') runId = event.runId;
    },
  };
}

async function trackHere(
  record: ProjectRecord,
  { serve, keysDir }: Pick<StepTrackingChoice, 'keysDir'> & { readonly serve: ServeTracker },
  orSay: OrSay,
): Promise<StepTracking> {
  const token = secureRandomBytes(32).toString('hex');
  const run = watchRun();
  let opened: Promise<Tracker> | null = null;
  const mirror = async ({ tracking }: Tracker): Promise<void> => {
    const runId = run.id();
    if (runId === null) return;
    const { mirrorRun } = await import('./mirror-runs.ts');
    await mirrorRun(record.metadata, tracking, runId);
  };
  const open = async (): Promise<Tracker> => {
    const { openTracker } = await import('./tracking-server.ts');
    const tracker = await openTracker(record, { keysDir });
    // Clients go on with the run: it has to be there before the first of them asks.
    await mirror(tracker);
    return tracker;
  };
  let server: Promise<StepServer> | null = null;
  const started = (): Promise<StepServer> =>
    (server ??= serve({ open: () => (opened ??= open()), token, programVersion }));
  return {
    observe: run.observe,
    accessOf: async (runId) => ({
      uri: (await started()).url,
      runId: trackedRunId(runId),
      credentials: { MLFLOW_TRACKING_TOKEN: token },
    }),
    close: async () => {
      // Where it did not start the step said so.
      await (await server?.catch(() => null))?.close();
      const tracker = opened;
      if (tracker !== null) await orSay(async () => await mirror(await tracker));
    },
  };
}

/** Where a run is told of: the server, or its spool while it is away. */
interface ToldRun {
  readonly server: RemoteTracking;
  readonly runId: string;
  /** Ends what serves a spool, and sends what waits in it. */
  close(): Promise<void>;
}

type RemoteChoice = StepTrackingChoice & { readonly remote: RemoteTracking };

function trackRemotely(record: ProjectRecord, choice: RemoteChoice, orSay: OrSay): StepTracking {
  const run = watchRun();
  let underWay: Promise<ToldRun | null> | null = null;
  const runOf = (id: string): Promise<ToldRun | null> => {
    underWay ??= orSay(() => tellOf(record, choice, id));
    return underWay;
  };
  return {
    observe: run.observe,
    accessOf: async (id) => {
      const told = await runOf(id);
      if (told === null) return null;
      return { uri: told.server.uri, runId: told.runId, credentials: told.server.credentials };
    },
    close: async () => {
      const id = run.id();
      const told = id === null ? null : await runOf(id);
      if (id === null || told === null) return;
      await orSay(() => conclude(record, told.server, { id, runId: told.runId }));
      await orSay(() => told.close());
    },
  };
}

/** Makes the run on the server; where that is away, in its spool. What earlier runs left there is sent meanwhile. */
async function tellOf(record: ProjectRecord, choice: RemoteChoice, id: string): Promise<ToldRun> {
  const { remote, edge, say } = choice;
  const [{ createRemoteRun, isAway }, { mirrorsOf }] = await load();
  const [mirrored] = await mirrorsOf(record.metadata, await record.metadata.getRun(id));
  try {
    const runId = await createRemoteRun(remote, mirrored);
    const earlier = edge === undefined ? null : await sendEarlier(edge, choice);
    return { server: remote, runId, close: async () => await earlier?.settle() };
  } catch (error) {
    if (edge === undefined || !isAway(error)) throw error;
    say(`${(error as Error).message}; what is logged waits in a spool`);
    const spool = await serveSpool(edge, choice);
    return { ...spool, runId: await createRemoteRun(spool.server, mirrored) };
  }
}

/** Begins to send what earlier runs left in the spool of a server; null where there is no spool. */
async function sendEarlier(edge: TrackerEdge, choice: RemoteChoice): Promise<Delivery | null> {
  const { hasSpool, openSpool, spoolFolder } = await import('./spool.ts');
  const folder = spoolFolder(choice.spoolsDir, choice.remote.uri);
  if (!hasSpool(folder)) return null;
  return await sendFrom(edge, choice, () => openSpool(folder, choice.remote.uri));
}

async function sendFrom(edge: TrackerEdge, choice: RemoteChoice, open: () => Promise<Spool>): Promise<Delivery> {
  const { startSending } = await import('./send-waiting.ts');
  const { remote, signal, say } = choice;
  return startSending(open, { sendSpool: edge.sendSpool, remote, signal, say });
}

/** The spool of a server, as a server of its own that the steps reach. */
async function serveSpool(edge: TrackerEdge, choice: RemoteChoice): Promise<Omit<ToldRun, 'runId'>> {
  const { openSpool, spoolFolder } = await import('./spool.ts');
  const { remote, spoolsDir } = choice;
  const token = secureRandomBytes(32).toString('hex');
  const spool = await openSpool(spoolFolder(spoolsDir, remote.uri), remote.uri);
  const server = await edge.serve({ open: async () => spool, token, programVersion });
  return {
    server: { uri: server.url, credentials: { MLFLOW_TRACKING_TOKEN: token } },
    close: async () => {
      await server.close();
      await (await sendFrom(edge, choice, async () => spool)).settle();
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
  await updateRemoteRun(remote, run.runId, whole);
  for (const trial of trials) {
    const tags = trial.tags.map((tag) => (tag.key === 'mlflow.parentRunId' ? { ...tag, value: run.runId } : tag));
    const told = { ...trial, tags };
    await updateRemoteRun(remote, await createRemoteRun(remote, told), told);
  }
}

async function load() {
  return await Promise.all([import('./remote-tracker.ts'), import('./mirror-runs.ts')]);
}
