import { spawn } from 'node:child_process';
import type { ExecuteOptions, Invocation } from '../invocation.ts';
import { type LauncherOptions, launchOf } from './launch-of.ts';
import type { Launch } from './spawn.ts';

/** Where a debugger stops first. */
export interface Breakpoint {
  /** Absolute. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** A step to be run under a debugger. */
export interface DebugSession {
  readonly invocation: Invocation;
  readonly execution: ExecuteOptions;
  readonly launcher: LauncherOptions;
  /** Only for Python; null: the first line of the step's process. */
  readonly breakpoint: Breakpoint | null;
}

/**
 * Runs a step in this terminal: Python under pdb, Node waiting for an inspector. Standard streams are those of this
 * process; Node gets its handover on standard input. Answers the exit code.
 */
export async function runUnderDebugger(session: DebugSession): Promise<number> {
  const launch = await launchOf(session.invocation, session.execution, session.launcher);
  const args = debuggerArgs(launch, session.breakpoint);
  const child = spawn(launch.command, args, {
    cwd: launch.cwd,
    env: { ...launch.env, TERM: 'xterm-256color' },
    stdio: [launch.input === null ? 'inherit' : 'pipe', 'inherit', 'inherit'],
  });
  child.stdin?.on('error', () => undefined);
  if (launch.input !== null) child.stdin?.end(launch.input);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve(code ?? 1));
    });
  } finally {
    await launch.cleanUp?.();
  }
}

function debuggerArgs(launch: Launch, breakpoint: Breakpoint | null): string[] {
  if (launch.input !== null) return ['--inspect-brk=127.0.0.1:0', ...launch.args];
  const stop = breakpoint === null ? [] : ['-c', `break ${breakpoint.file}:${breakpoint.line}`, '-c', 'continue'];
  return ['-m', 'pdb', ...stop, ...launch.args];
}
