import { type SpawnOptions, spawn } from 'node:child_process';
import { monotonicMs } from '../../src/encoding/index.ts';

/** One process that ended well. */
export interface Ran {
  /** From before it was started until its end was known and its output read. */
  readonly wallMs: number;
  readonly stdout: string;
}

/** Where a process runs, and what it is given on standard input. */
export interface ProcessOptions extends Pick<SpawnOptions, 'cwd' | 'env' | 'detached'> {
  readonly input?: string;
}

/**
 * Runs a program to its end.
 * @throws Error where it cannot be started or does not end with exit code 0, with what it said
 */
export function runProcess(command: readonly string[], options: ProcessOptions = {}): Promise<Ran> {
  const { input, ...rest } = options;
  const [file, ...args] = command as [string, ...string[]];
  const startedMs = monotonicMs();
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...rest, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    child.stdout!.on('data', (chunk) => (said.stdout += chunk));
    child.stderr!.on('data', (chunk) => (said.stderr += chunk));
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const wallMs = monotonicMs() - startedMs;
      if (code === 0) return resolve({ wallMs, stdout: said.stdout });
      const shown = `${said.stdout}${said.stderr}`.slice(-4000);
      reject(new Error(`${command.join(' ')} ended with ${signal ?? `exit code ${code}`}:\n${shown}`));
    });
  });
}

/** Runs contenders in turn, `rounds` times, so that what else the machine does falls on all of them; wall times in milliseconds. */
export async function inTurn<Name extends string>(
  contenders: Readonly<Record<Name, (round: number) => Promise<{ readonly wallMs: number }>>>,
  rounds: number,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++)
    for (const name of names) times[name].push((await contenders[name](round)).wallMs);
  return times;
}
