/* A spool in the process of a test, and what sends it. */
import { openSpool, type Spool } from '../../src/app/index.ts';
import { senderOptions } from '../../src/cli/sender-options.ts';
import { startTrackingServer } from '../../src/server/mlflow/index.ts';
import type { SpoolSenderOptions } from '../../src/server/spool/index.ts';
import { call, experimentId } from './spool-parts.ts';

/** A spool that listens. */
export interface LocalSpool extends Spool {
  readonly url: string;
}

/** Serves the spool of a folder, for a server, to a test. */
export async function serveSpool(
  folder: string,
  uri: string,
  work: (spool: LocalSpool) => Promise<void>,
): Promise<void> {
  const spool = await openSpool(folder, uri);
  const fixed = { port: 0, programVersion: '0', allowedHosts: [], allowedOrigins: [] };
  const server = await startTrackingServer({ services: spool, ...fixed });
  try {
    await work({ ...spool, url: server.url });
  } finally {
    await server.close();
    await spool.close();
  }
}

/** How a test sends a spool. */
export function senderOf(spool: Spool, more: Partial<SpoolSenderOptions> = {}): SpoolSenderOptions {
  const target = { uri: spool.journal.remote, authorization: null };
  return { ...senderOptions(spool, { target, signal: new AbortController().signal, say: () => undefined }), ...more };
}

type Made = { readonly run: { readonly info: { readonly run_id: string; readonly artifact_uri: string } } };

/** Makes a run in an experiment, which is made where it is not there. @returns its id */
export async function makeRun(url: string, experiment: string, more: object = {}): Promise<string> {
  const id =
    (await experimentId(url, experiment)) ??
    (await call<{ experiment_id: string }>(url, 'POST experiments/create', { name: experiment })).experiment_id;
  return (await call<Made>(url, 'POST runs/create', { experiment_id: id, run_name: 'r', start_time: 1000, ...more }))
    .run.info.run_id;
}
