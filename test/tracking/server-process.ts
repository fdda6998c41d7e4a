import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { RequestRecord } from '../../src/server/mlflow/index.ts';
import { program } from '../program.ts';

/** A `mlspec server` of its own process, as users start it. */
export interface ServerProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** What it answered so far. */
  readonly answered: readonly RequestRecord[];
  /** What stands on its standard error so far. */
  log(): string;
  /** Interrupts it. @returns its exit code */
  stop(): Promise<number | null>;
  /** Ends it at once, whatever it does. */
  kill(): Promise<void>;
}

/**
 * Starts one at any free port.
 * @param store a folder, or an address of PostgreSQL
 * @param home where it looks for a user's configuration, and its working folder
 * @param more options of its command line
 */
export async function startServerProcess(
  store: string,
  home: string,
  more: {
    /** Further variables. */
    readonly env?: Readonly<Record<string, string>>;
    /** Further options. */
    readonly options?: readonly string[];
  } = {},
): Promise<ServerProcess> {
  const child = spawn(program, ['server', '--port', '0', '--store', store, '--json', ...(more.options ?? [])], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, ...more.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr!.on('data', (part: Buffer) => {
    log += part.toString('utf8');
  });
  const lines = createInterface(child.stdout!);
  const answered: RequestRecord[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code} before it was ready`)));
    lines.on('line', (line) => {
      const said = JSON.parse(line) as { type: string; url: string } & RequestRecord;
      if (said.type === 'ready') resolve(said.url);
      if (said.type === 'request') answered.push(said);
    });
  });
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, 'exit');
    }
    return child.exitCode;
  };
  return {
    url,
    child,
    answered,
    log: () => log,
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
  };
}
