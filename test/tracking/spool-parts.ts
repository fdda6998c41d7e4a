/* Programs of spools and their servers, and what is asked of both in MLflow's words. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { program } from '../program.ts';

/** A program that serves. */
export interface Served {
  readonly url: string;
  /** What it said on standard error. */
  readonly said: () => string;
  /** Interrupts it. */
  stop(): Promise<number | null>;
  /** Ends it at once, whatever it does. */
  kill(): Promise<void>;
}

/** A port that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts `mlspec` with arguments that end in a server. @param env besides path and home */
export async function serve(home: string, args: readonly string[], env: object = {}): Promise<Served> {
  const child = spawn(program, [...args, '--json'], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) =>
      reject(new Error(`mlspec ${args[0]} ended with ${code} before it was ready: ${said}`)),
    );
    createInterface(child.stdout).on('line', (line) => {
      const found = JSON.parse(line) as { type: string; url: string };
      if (found.type === 'ready') resolve(found.url);
    });
  });
  return {
    url,
    said: () => said,
    stop: () => end(child, 'SIGTERM'),
    kill: async () => void (await end(child, 'SIGKILL')),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await once(child, 'exit');
  }
  return child.exitCode;
}

/** Calls an endpoint; a message of a GET stands in the path. */
export async function call<Answer = Record<string, never>>(url: string, name: string, body?: object): Promise<Answer> {
  const [method = '', path = ''] = name.split(' ');
  const answer = await fetch(`${url}/api/2.0/mlflow/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${text}`);
  return JSON.parse(text) as Answer;
}

/** A run as it is read. */
export interface ReadRun {
  readonly info: Readonly<Record<string, string>>;
  readonly data: {
    readonly metrics?: readonly { readonly key: string; readonly value: number | string }[];
    readonly params?: readonly { readonly key: string; readonly value: string }[];
    readonly tags?: readonly { readonly key: string; readonly value: string }[];
  };
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: { readonly model_outputs?: readonly { readonly model_id: string }[] };
}

/** The experiment of a name; undefined where there is none. */
export async function experimentId(url: string, name: string): Promise<string | undefined> {
  try {
    const path = `GET experiments/get-by-name?experiment_name=${name}`;
    return (await call<{ experiment: { experiment_id: string } }>(url, path)).experiment.experiment_id;
  } catch (error) {
    if (String(error).includes('404')) return undefined;
    throw error;
  }
}

/** All runs of an experiment by its name, the deleted ones too. */
export async function runsOf(url: string, experiment: string): Promise<readonly ReadRun[]> {
  const id = await experimentId(url, experiment);
  if (id === undefined) return [];
  const query = { experiment_ids: [id], run_view_type: 'ALL', max_results: 1000 };
  return (await call<{ runs?: ReadRun[] }>(url, 'POST runs/search', query)).runs ?? [];
}

/** Every point of a metric of a run, in the server's order. */
export async function pointsOf(url: string, runId: string, key: string): Promise<readonly string[]> {
  const answer = await fetch(
    `${url}/api/2.0/mlflow/metrics/get-history?run_id=${runId}&metric_key=${key}&max_results=1000000`,
  );
  // As text: steps may exceed what a number holds.
  const text = (await answer.text()).replaceAll(/"step":\s*(-?\d+)/g, '"step":"$1"');
  const { metrics = [] } = JSON.parse(text) as { metrics?: { value: number; timestamp: number; step?: string }[] };
  return metrics.map(({ value, timestamp, step }) => `${step ?? 0} ${timestamp} ${value}`);
}

/** A tag of a run. */
export function tagOf(run: ReadRun, key: string): string | undefined {
  return run.data.tags?.find((tag) => tag.key === key)?.value;
}

/** Waits for something that becomes true. */
export async function until(what: string, isSo: () => Promise<boolean>, limitMs = 60_000): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
