import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { monotonicMs } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { StepLimits } from '../plan.ts';
import { capture } from './capture.ts';
import { type GroupUsage, groupUsage, sharedMemoryBytes } from './group-usage.ts';
import { type SignsOfLife, watchStall } from './stall.ts';
import { killStray, markVariable, startedInAll } from './stray.ts';

const graceMs = 3_000;
const pollMs = 100;

/** How a step's process is started. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  /** Null: the variables of this process, which is one of the execution. */
  readonly env: Readonly<Record<string, string>> | null;
  readonly cwd: string;
  /** Written to standard input, which is then closed; null: standard input is `inputPath`, or empty. */
  readonly input: string | null;
  readonly inputPath?: string;
  /** Called once the process has ended, however it ended. */
  readonly cleanUp?: () => Promise<void>;
}

/** What surrounds a step's process. */
export interface SpawnOptions extends SignsOfLife {
  readonly signal: AbortSignal;
  readonly timeoutMs: number | null;
  readonly logs: { readonly stdout: string; readonly stderr: string };
  readonly secrets: readonly string[];
  readonly onText: (stream: 'stdout' | 'stderr', text: string) => void;
  /** Told the number of the process once it runs. */
  readonly onStart: (processId: number) => void;
  /** The execution's id, by which processes are known that leave the group. */
  readonly executionId: string;
}

/** Which limit ended a process, if one did. */
export type EndedBy = 'timeout' | 'memory' | 'cpu' | 'stall' | 'canceled' | null;

/** How a process ended, seen from outside. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly endedBy: EndedBy;
  readonly durationMs: number;
  readonly peakMemoryBytes: number;
}

/**
 * Runs a process in a group of its own and waits for its end. On cancellation, timeout or a limit the whole group is
 * asked to end (SIGTERM) and after three seconds killed; what the process left behind in its group when it ended is
 * killed too. Nothing of the group runs any more when this resolves.
 *
 * @throws PlatformError PIPELINE_CANNOT_START where the program cannot be started
 */
export async function runProcess(launch: Launch, options: SpawnOptions): Promise<ProcessEnd> {
  const startedMs = monotonicMs();
  const startedBefore = startedInAll();
  const child = startProcess(launch, options);
  const ended = waitForEnd(child, launch);
  if (child.pid !== undefined) options.onStart(child.pid);
  const captured = Promise.all([
    capture(child.stdout!, {
      path: options.logs.stdout,
      secrets: options.secrets,
      onText: (text) => options.onText('stdout', text),
    }),
    capture(child.stderr!, {
      path: options.logs.stderr,
      secrets: options.secrets,
      onText: (text) => options.onText('stderr', text),
    }),
  ]);
  // A failure to keep the output is told once the process has ended.
  captured.catch(() => undefined);
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(launch.input ?? '');
  const watch = watchProcess(child, options);
  try {
    const end = await ended;
    return {
      ...end,
      endedBy: watch.endedBy(),
      durationMs: monotonicMs() - startedMs,
      peakMemoryBytes: watch.peakMemoryBytes(),
    };
  } finally {
    await watch.stop();
    await killGroup(child);
    const first = child.pid === undefined ? null : { id: child.pid, startedBefore };
    await killStray(options.executionId, first);
    await launch.cleanUp?.();
    await endOfOutput(child, captured);
  }
}

/** Waits until all output is kept; a process that got away and still holds a stream is not waited for. */
async function endOfOutput(child: ChildProcess, captured: Promise<unknown>): Promise<void> {
  const timer = setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, graceMs);
  await captured.finally(() => clearTimeout(timer));
}

function startProcess(launch: Launch, options: SpawnOptions): ChildProcess {
  const file = launch.inputPath === undefined ? null : openSync(launch.inputPath, 'r');
  try {
    return spawn(launch.command, [...launch.args], {
      cwd: launch.cwd,
      ...(launch.env === null ? {} : { env: { ...launch.env, [markVariable]: options.executionId } }),
      detached: true,
      stdio: [launch.input === null ? (file ?? 'ignore') : 'pipe', 'pipe', 'pipe'],
    });
  } catch (cause) {
    // No program, or an argument that no process can take (a zero byte, more than the system allows).
    throw new PlatformError('PIPELINE_CANNOT_START', {
      message: `${JSON.stringify(launch.command)} cannot be started: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    });
  } finally {
    if (file !== null) closeSync(file);
  }
}

function waitForEnd(child: ChildProcess, launch: Launch): Promise<Pick<ProcessEnd, 'exitCode' | 'signal'>> {
  return new Promise((resolve, reject) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    child.once('error', (cause) => {
      reject(
        new PlatformError('PIPELINE_CANNOT_START', {
          message: `${launch.command} cannot be started: ${cause.message}`,
          cause,
        }),
      );
    });
  });
}

interface Watch {
  endedBy(): EndedBy;
  peakMemoryBytes(): number;
  stop(): Promise<void>;
}

function watchProcess(child: ChildProcess, options: SpawnOptions): Watch {
  const state = { endedBy: null as EndedBy, peakMemoryBytes: 0, stopped: false };
  const end = (reason: EndedBy): void => {
    if (state.endedBy !== null || state.stopped) return;
    state.endedBy = reason;
    void endGroup(child);
  };
  const onAbort = (): void => end('canceled');
  options.signal.addEventListener('abort', onAbort);
  if (options.signal.aborted) onAbort();
  const timer = options.timeoutMs === null ? null : setTimeout(() => end('timeout'), options.timeoutMs);
  const polling = watchLimits(child, options.limits, { state, end });
  const stalls = watchStall(child, options, () => end('stall'));
  return {
    endedBy: () => state.endedBy,
    peakMemoryBytes: () => state.peakMemoryBytes,
    stop: async () => {
      state.stopped = true;
      options.signal.removeEventListener('abort', onAbort);
      if (timer !== null) clearTimeout(timer);
      await stalls.stop();
      await polling;
    },
  };
}

async function watchLimits(
  child: ChildProcess,
  limits: StepLimits,
  watch: { readonly state: { peakMemoryBytes: number; stopped: boolean }; readonly end: (reason: EndedBy) => void },
): Promise<void> {
  if (limits.memoryBytes === undefined && limits.cpuSeconds === undefined) return;
  while (!watch.state.stopped && child.pid !== undefined && child.exitCode === null) {
    const usage = await groupUsage(child.pid);
    watch.state.peakMemoryBytes = Math.max(watch.state.peakMemoryBytes, usage.memoryBytes);
    if (limits.memoryBytes !== undefined && (await uses(usage, limits.memoryBytes))) watch.end('memory');
    if (limits.cpuSeconds !== undefined && usage.cpuSeconds > limits.cpuSeconds) watch.end('cpu');
    await wait(pollMs);
  }
}

/** Whether a group really uses more than a limit: workers that share a table use it once. */
async function uses(usage: GroupUsage, limitBytes: number): Promise<boolean> {
  if (usage.memoryBytes <= limitBytes) return false;
  return ((await sharedMemoryBytes(usage.processIds)) ?? usage.memoryBytes) > limitBytes;
}

async function endGroup(child: ChildProcess): Promise<void> {
  signalGroup(child, 'SIGTERM');
  // What was stopped hears nothing until it goes on.
  signalGroup(child, 'SIGCONT');
  for (let waitedMs = 0; waitedMs < graceMs && (await isGroupRunning(child)); waitedMs += 50) await wait(50);
  signalGroup(child, 'SIGKILL');
}

/** Kills what is left of a process's group and waits until nothing of it runs. */
async function killGroup(child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 100 && signalGroup(child, 'SIGKILL'); tries++) {
    if (!(await isGroupRunning(child))) return;
    await wait(5);
  }
}

/** Whether a process of the group still runs. One that has ended and that nobody has asked for its end does not. */
async function isGroupRunning(child: ChildProcess): Promise<boolean> {
  if (child.pid === undefined || !signalGroup(child, 0)) return false;
  return process.platform !== 'linux' || (await groupUsage(child.pid)).processIds.length > 0;
}

/** Sends a signal to a whole group; false where nothing of it is left. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false;
  try {
    return process.kill(-child.pid, signal);
  } catch {
    return false;
  }
}
