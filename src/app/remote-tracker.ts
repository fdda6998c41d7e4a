/**
 * A tracking server that the user has already, named by `MLFLOW_TRACKING_URI`: runs appear there as they do in a tracker
 * of ours. Any server of MLflow's REST API. It is told of a run when a step wants to log, or else when the run ends; a
 * server that does not answer costs the run nothing but a notice.
 */
import { isPlatformError, PlatformError } from '../errors/index.ts';
import { redactJson } from '../pipeline/local/index.ts';
import type { MirroredRun } from '../tracking/index.ts';

/** Where the server is, and what it asks for. */
export interface RemoteTracking {
  readonly uri: string;
  /** `MLFLOW_TRACKING_USERNAME`, `MLFLOW_TRACKING_PASSWORD`, `MLFLOW_TRACKING_TOKEN`, as far as they are set. */
  readonly credentials: Readonly<Record<string, string>>;
}

const timeoutMs = 15_000;
const atOnce = { metrics: 1000, params: 100, tags: 100 } as const;
const longest = { param: 6000, tag: 5000 } as const;

/** Makes a run there, in the experiment of that name. @returns its id @throws PlatformError TRACKING_UNREACHABLE */
export async function createRemoteRun(server: RemoteTracking, run: MirroredRun): Promise<string> {
  const experimentId = await experimentOf(server, run.experiment);
  const made = await ask<{ run: { info: { run_id: string } } }>(server, 'POST runs/create', {
    experiment_id: experimentId,
    run_name: run.name,
    start_time: run.startedAtMs,
    tags: cut(run.tags, longest.tag),
  });
  return made.run.info.run_id;
}

/** Brings a run there up to date, with how it ended. @throws PlatformError TRACKING_UNREACHABLE */
export async function updateRemoteRun(server: RemoteTracking, runId: string, run: MirroredRun): Promise<void> {
  const params = cut(run.params, longest.param);
  const metrics = run.metrics.map(({ key, value, timestampMs, step }) => ({
    ...{ key, timestamp: timestampMs, step: Number(step) },
    value: Number.isFinite(value) ? value : String(value),
  }));
  for (const part of parts(metrics, atOnce.metrics))
    await ask(server, 'POST runs/log-batch', { run_id: runId, metrics: part });
  for (const part of parts(params, atOnce.params))
    await ask(server, 'POST runs/log-batch', { run_id: runId, params: part });
  for (const part of parts(cut(run.tags, longest.tag), atOnce.tags))
    await ask(server, 'POST runs/log-batch', { run_id: runId, tags: part });
  const end = run.endedAtMs === null ? {} : { end_time: run.endedAtMs };
  await ask(server, 'POST runs/update', { run_id: runId, status: run.status, ...end });
}

async function experimentOf(server: RemoteTracking, name: string): Promise<string> {
  type Found = { experiment: { experiment_id: string } };
  const query = `GET experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`;
  const found = await ask<Found | null>(server, query, null);
  if (found !== null) return found.experiment.experiment_id;
  try {
    return (await ask<{ experiment_id: string }>(server, 'POST experiments/create', { name })).experiment_id;
  } catch (error) {
    // Somebody else may have made it meanwhile.
    const made = await ask<Found | null>(server, query, null);
    if (made === null) throw error;
    return made.experiment.experiment_id;
  }
}

/** Asks the server. @returns what it answered; null for something that is not there */
async function ask<Answer>(server: RemoteTracking, call: string, body: object | null): Promise<Answer> {
  const [method, path] = call.split(' ') as [string, string];
  const response = await fetch(`${server.uri.replace(/\/+$/, '')}/api/2.0/mlflow/${path}`, {
    method,
    headers: { ...authorization(server), ...(body === null ? {} : { 'content-type': 'application/json' }) },
    body: body === null ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((cause: unknown) => {
    throw unreachable(server, `it does not answer: ${(cause as Error).message}`, { cause, isAway: true });
  });
  const text = await response.text();
  if (response.status === 404 && method === 'GET') return null as Answer;
  if (!response.ok)
    throw unreachable(server, `it answered ${path.split('?')[0]} with ${response.status}: ${text.slice(0, 300)}`, {
      isAway: response.status >= 500 || response.status === 401 || response.status === 403,
    });
  try {
    return JSON.parse(text) as Answer;
  } catch (cause) {
    throw unreachable(server, `it answered ${path.split('?')[0]} with what is no JSON`, { cause, isAway: true });
  }
}

function authorization(server: RemoteTracking): Record<string, string> {
  const header = authorizationOf(server);
  return header === null ? {} : { authorization: header };
}

/** The header by which MLflow's clients sign in with these credentials; null where they do not. A secret. */
export function authorizationOf({ credentials }: RemoteTracking): string | null {
  const {
    MLFLOW_TRACKING_TOKEN: token,
    MLFLOW_TRACKING_USERNAME: user,
    MLFLOW_TRACKING_PASSWORD: password,
  } = credentials;
  if (user !== undefined) {
    return `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}`;
  }
  return token === undefined ? null : `Bearer ${token}`;
}

interface Trouble {
  readonly cause?: unknown;
  /** Whether the server is away, or lets nobody in, for a while, and has not refused what it was told. */
  readonly isAway?: boolean;
}

function unreachable(server: RemoteTracking, why: string, { cause, isAway = false }: Trouble): PlatformError {
  const { protocol, host } = new URL(server.uri);
  // A server may repeat what it was sent.
  const told = redactJson(why, secretsOf(server));
  return new PlatformError('TRACKING_UNREACHABLE', {
    message: `the tracking server at ${protocol}//${host} was not told of the run: ${told}`,
    details: { isAway },
    ...(cause === undefined ? {} : { cause }),
  });
}

function secretsOf(server: RemoteTracking): string[] {
  const { MLFLOW_TRACKING_TOKEN: token, MLFLOW_TRACKING_PASSWORD: password } = server.credentials;
  const header = authorizationOf(server)?.split(' ')[1];
  return [token, password, header].filter((secret) => secret !== undefined);
}

/** Whether an error says that a server is away for a while; one that refused something is there. */
export function isAway(error: unknown): boolean {
  return isPlatformError(error) && error.code === 'TRACKING_UNREACHABLE' && error.details['isAway'] === true;
}

function cut(texts: MirroredRun['tags'], length: number): MirroredRun['tags'] {
  return texts.map(({ key, value }) => ({ key, value: value.slice(0, length) }));
}

function parts<Item>(items: readonly Item[], size: number): (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
