import { type ChildProcess, spawn } from 'node:child_process';

const keptBytes = 64 * 1024;

/** How a tool ended, with the last of what it said. */
export interface ToolEnd {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether the program is not there at all. */
  readonly isMissing: boolean;
}

/** What surrounds a tool. */
export interface ToolOptions {
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Told every line of standard output. */
  readonly onLine?: (line: string) => void;
}

/** Variables that would make an interpreter another one than it is. */
const dropped = ['PYTHONPATH', 'PYTHONHOME', 'PYTHONSTARTUP', 'PYTHONUSERBASE', 'VIRTUAL_ENV', '__PYVENV_LAUNCHER__'];

/**
 * Runs a program to its end, with all that it starts in a group of its own. Rejects only for cancellation, and then
 * nothing of the group runs any more.
 */
export async function runTool(command: string, args: readonly string[], options: ToolOptions): Promise<ToolEnd> {
  options.signal.throwIfAborted();
  const env = Object.fromEntries(Object.entries(options.env).filter(([name]) => !dropped.includes(name)));
  return await new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    const stop = (): void => killGroup(child);
    options.signal.addEventListener('abort', stop);
    const text = keepText(child, options.onLine);
    child.once('error', (error: NodeJS.ErrnoException) => {
      options.signal.removeEventListener('abort', stop);
      resolve({ exitCode: null, stdout: '', stderr: error.message, isMissing: error.code === 'ENOENT' });
    });
    child.once('close', (exitCode) => {
      options.signal.removeEventListener('abort', stop);
      if (options.signal.aborted) reject(options.signal.reason);
      else resolve({ exitCode, ...text, isMissing: false });
    });
  });
}

function keepText(child: ChildProcess, onLine: ToolOptions['onLine']): { stdout: string; stderr: string } {
  const text = { stdout: '', stderr: '' };
  let rest = '';
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] = (text[name] + chunk).slice(-keptBytes);
      if (name === 'stderr' || onLine === undefined) return;
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      for (const line of lines) onLine(line);
    });
  }
  return text;
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}
