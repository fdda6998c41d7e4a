import { type ChildProcess, spawn } from 'node:child_process';
import { PlatformError } from '../../errors/index.ts';

const keptStderr = 8 * 1024;
const longestLine = 512 * 1024 * 1024;
const graceMs = 1_000;

/** How a worker is started. */
export interface WorkerCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** All variables of the child; absent: those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A child process in a group of its own that writes one JSON document a line. */
export interface WorkerProcess {
  /** Writes one document. */
  send(document: object): void;
  /** What the child printed last on standard error. */
  lastWords(): string;
  /** Kills the whole group and waits for its end. */
  kill(): Promise<void>;
}

/** Who hears from a worker. `onEnd` is called once, after the last line. */
export interface WorkerListener {
  readonly onLine: (document: Record<string, unknown>) => void;
  readonly onEnd: (reason: string) => void;
  /** The child wrote something that is no JSON document. */
  readonly onGarbage: (line: string) => void;
}

/** Starts a worker. Its end, also where it cannot be started, is told to the listener. */
export function startWorker(command: WorkerCommand, listener: WorkerListener): WorkerProcess {
  const child = spawn(command.command, [...command.args], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(command.env === undefined ? {} : { env: { ...command.env } }),
  });
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-keptStderr);
  });
  child.stdin!.on('error', () => undefined);
  readLines(child, listener);
  const ended = new Promise<void>((resolve) => {
    let reason = '';
    child.once('error', (error) => {
      listener.onEnd(`it cannot be started: ${error.message}`);
      resolve();
    });
    child.once('exit', (code, signal) => {
      reason = signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`;
    });
    child.once('close', () => {
      listener.onEnd(reason);
      resolve();
    });
  });
  return {
    send: (document) => void child.stdin!.write(`${JSON.stringify(document)}\n`),
    lastWords: () => lastLines(stderr),
    kill: () => killGroup(child, ended),
  };
}

function readLines(child: ChildProcess, listener: WorkerListener): void {
  let pieces: string[] = [];
  let pending = 0;
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    const lines = text.split('\n');
    for (let index = 0; index < lines.length - 1; index++) {
      const line = pieces.length === 0 ? lines[index]! : pieces.join('') + lines[index]!;
      pieces = [];
      pending = 0;
      readLine(line, listener);
    }
    const rest = lines.at(-1)!;
    if (rest === '') return;
    pieces.push(rest);
    pending += rest.length;
    if (pending > longestLine) {
      pieces = [];
      pending = 0;
      listener.onGarbage('a line of more than 512 MiB');
    }
  });
}

function readLine(line: string, listener: WorkerListener): void {
  let document: unknown;
  try {
    document = JSON.parse(line);
  } catch {
    document = null;
  }
  if (typeof document === 'object' && document !== null) listener.onLine(document as Record<string, unknown>);
  else listener.onGarbage(line.slice(0, 120));
}

/** The last lines that the child printed, the error itself last, on one line each. */
function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join('\n').slice(-1_000);
}

async function killGroup(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.pid === undefined) return;
  signalGroup(child.pid);
  const timer = setTimeout(() => {
    // The group's own end was not heard of: a grandchild may hold the pipes open.
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, graceMs);
  await ended;
  clearTimeout(timer);
}

function signalGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}

/** The error of a worker that ended. */
export function endedError(reason: string, lastWords: string): PlatformError {
  return new PlatformError('MODEL_ENDED', {
    message: `the model's process: ${reason}${lastWords === '' ? '' : `\n${lastWords}`}`,
  });
}
