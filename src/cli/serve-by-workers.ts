import { join } from 'node:path';
import type { Config } from '../app/config.ts';
import { superviseWorkers } from '../server/workers/index.ts';
import type { CommandCall } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import type { OutputOptions } from './output.ts';
import { openServerLog } from './server-log.ts';
import { tellReady } from './tell-ready.ts';

/** What each worker is told of the command line. */
export interface WorkerTask {
  readonly options: CommandCall['options'];
  readonly config: Config;
  readonly output: OutputOptions;
  readonly host: string;
}

/** Tracks experiments in several processes; this one only keeps them going. */
export async function serveByWorkers(
  call: CommandCall,
  { host, port, workers }: { readonly host: string; readonly port: number; readonly workers: number },
): Promise<number> {
  const { output, options, signal } = call;
  const { json, verbose, color, live } = output;
  const log = await openServerLog(call);
  const config = { ...call.config, env: { ...call.config.env } };
  const task: WorkerTask = { options, config, output: { json, verbose, color, live }, host };
  try {
    await superviseWorkers({
      ...{ host, port, task, signal, count: workers },
      program: { path: join(config.programRoot, 'bin', 'start.cjs'), arguments: [entryOf(config)] },
      onReady: (url, store) => tellReady(output, { url, store: String(store) }),
      onLoss: (error, worker) => log?.failed(error, worker),
    });
  } finally {
    log?.close();
  }
  return exitCodes.done;
}

/** The program of a worker: the source in a checkout, the bundle in the published package. */
function entryOf({ programRoot }: Config): string {
  if (import.meta.url.endsWith('.ts')) return join(programRoot, 'src', 'cli', 'server-worker.ts');
  return join(programRoot, 'dist', 'bundle', 'server-worker.js');
}
