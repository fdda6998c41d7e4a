/* Programs with MLflow's own client, unchanged, that tell what they found. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** How one is run. */
export interface StockRun {
  /** The server that it talks to. */
  readonly url: string;
  readonly home: string;
  readonly arguments?: readonly string[];
  /** Further variables. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Default: the Python of the tests. */
  readonly python?: string;
}

/** Runs a program. @param script its absolute path @returns what it printed */
export async function printedBy(script: string, { url, home, variables, ...run }: StockRun): Promise<string> {
  const python = run.python ?? process.env['MLSPEC_TEST_PYTHON'] ?? 'python3';
  const env = {
    ...{ PATH: process.env['PATH'], HOME: home, MLFLOW_TRACKING_URI: url, MLFLOW_DISABLE_TELEMETRY: 'true' },
    ...variables,
  };
  const { stdout } = await promisify(execFile)(python, [script, ...(run.arguments ?? [])], { env, maxBuffer: 1 << 24 });
  return stdout;
}

/** Runs a program whose last line is JSON. @returns that */
export async function toldBy<Told>(script: string, run: StockRun): Promise<Told> {
  return JSON.parse((await printedBy(script, run)).trim().split('\n').at(-1)!) as Told;
}

/** Variables of a client that asks nothing twice. */
export const neverAgain = { MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0' } as const;
