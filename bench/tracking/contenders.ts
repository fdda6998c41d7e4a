import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { monotonicMs } from '../../src/encoding/index.ts';
import { freePort } from '../peers/server.ts';
import type { DatabaseKind, Place } from './places.ts';

const startLimitMs = 180_000;
const graceMs = 15_000;
const pollMs = 5;

/** A program that answers MLflow's clients. */
export interface TrackingContender {
  readonly name: string;
  /** Whose it is: ours, MLflow's, or the loop that only writes. */
  readonly program: 'ours' | 'stock' | 'bare';
  readonly kind: DatabaseKind;
  /** The command that serves a place at a port. */
  command(place: Place, port: number): readonly [string, ...string[]];
}

/** A server that answers. */
export interface RunningServer {
  readonly url: string;
  readonly pid: number;
  /** From the start of the process to its first answer. */
  readonly readyMs: number;
  close(): Promise<void>;
}

/** Ours, as `mlspec server` starts it. */
export function ownContender(program: string, kind: DatabaseKind): TrackingContender {
  return {
    name: `mlspec, ${kind}`,
    program: 'ours',
    kind,
    command: ({ folder, url }, port) => [program, 'server', '--store', url ?? folder, '--port', String(port)],
  };
}

/** MLflow's own server. @param workers null: as many as it starts by itself */
export function stockContender(python: string, kind: DatabaseKind, workers: number | null): TrackingContender {
  return {
    name: `mlflow server, ${kind}${workers === null ? '' : `, ${workers} worker`}`,
    program: 'stock',
    kind,
    command: ({ folder, url }, port) => [
      python,
      ...['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port)],
      // SQLAlchemy takes another driver than the one that is installed where the address names none.
      ...[
        '--backend-store-uri',
        url?.replace(/^postgres(ql)?:/, 'postgresql+psycopg2:') ?? `sqlite:///${join(folder, 'mlflow.db')}`,
      ],
      ...['--artifacts-destination', join(folder, 'artifacts')],
      ...(workers === null ? [] : ['--workers', String(workers)]),
    ],
  };
}

/** A loop that writes what it is given to SQLite: the limit of what can be reached. */
export const bareContender: TrackingContender = {
  name: 'bare Fastify and node:sqlite',
  program: 'bare',
  kind: 'SQLite',
  command: ({ folder }, port) => [
    process.execPath,
    join(import.meta.dirname, 'bare-server.ts'),
    String(port),
    join(folder, 'bare.db'),
  ],
};

/** Starts a server and waits for its first answer. @throws Error where it ends first or does not answer */
export async function startContender(contender: TrackingContender, place: Place): Promise<RunningServer> {
  const port = await freePort();
  const [file, ...args] = contender.command(place, port);
  const env = { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true', DO_NOT_TRACK: '1' };
  const startedMs = monotonicMs();
  const child = spawn(file, args, { cwd: place.folder, env, stdio: 'ignore', detached: true });
  let hasEnded = false;
  const ended = once(child, 'exit').then(() => {
    hasEnded = true;
  });
  const close = async (): Promise<void> => {
    if (hasEnded) return;
    process.kill(-child.pid!, 'SIGTERM');
    const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), graceMs);
    await ended.finally(() => clearTimeout(timer));
  };
  const url = `http://127.0.0.1:${port}`;
  while (!hasEnded && monotonicMs() - startedMs < startLimitMs) {
    if (await answers(url)) return { url, pid: child.pid!, readyMs: monotonicMs() - startedMs, close };
    await wait(pollMs);
  }
  await close();
  throw new Error(`${contender.name} did not answer at ${url}`);
}

function answers(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(
    (response) => response.ok,
    () => false,
  );
}
