/* A tracking server for tests of artifacts: in this process, or, run as a program, in one of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../src/database/index.ts';
import type { ModelRegistry } from '../../src/registry/index.ts';
import { startTrackingServer, type TrackingServerOptions } from '../../src/server/mlflow/index.ts';
import type { TrackedArtifacts, TrackingStore } from '../../src/tracking/index.ts';
import { openServices, serverOptions } from './open-services.ts';

type Limits = Pick<
  TrackingServerOptions,
  'token' | 'uploadIdleMs' | 'requestLimit' | 'headerTimeoutMs' | 'messageLimits'
>;

/** A server and what it works on. */
export interface ArtifactServer {
  readonly url: string;
  /** The folder of its content. */
  readonly root: string;
  readonly tracking: TrackingStore;
  readonly artifacts: TrackedArtifacts;
  readonly registry: ModelRegistry;
  /** What it was asked, without queries. */
  readonly requests: readonly string[];
  /** What it answered with 5xx. */
  readonly failures: unknown[];
  close(): Promise<void>;
}

/** Starts a server over SQLite and a folder of its own, or one that is given and stays; with some options. */
export async function startArtifactServer(given?: string, options: Limits = {}): Promise<ArtifactServer> {
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'artifact-server-')));
  const root = join(folder, 'content');
  const database = await openDatabase({ kind: 'sqlite', path: join(folder, 'metadata.db') });
  const services = await openServices(database, root);
  const failures: unknown[] = [];
  const requests: string[] = [];
  const server = await startTrackingServer({
    ...serverOptions,
    ...options,
    services,
    onAnswer: ({ method, path }) => requests.push(`${method} ${path}`),
    onError: (error) => failures.push(error),
  });
  const close = async (): Promise<void> => {
    await server.close();
    await database.close();
    if (given === undefined) await rm(folder, { recursive: true, force: true });
  };
  return { url: server.url, root, ...services, requests, failures, close };
}

/** The status of an answer that is an error, and its code. */
export async function errorOf(answered: Response): Promise<readonly [number, string]> {
  const { error_code } = (await answered.json()) as { readonly error_code: string };
  return [answered.status, error_code];
}

if (import.meta.main) {
  const server = await startArtifactServer(process.argv[2]);
  process.once('SIGTERM', () => void server.close());
  console.log(server.url);
}
