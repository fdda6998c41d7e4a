import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Digest, formatDuration, type JsonObject, now } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type {
  ExecuteOptions,
  ExecutionOutcome,
  Executor,
  Invocation,
  InvocationError,
  InvocationResult,
  StepEvent,
} from '../invocation.ts';
import { type LauncherOptions, launchOf } from './launch-of.ts';
import { observeCommand } from './observe-command.ts';
import { redactEvent, redactResult } from './redact-report.ts';
import { emptyResult, readResultDocument } from './result-document.ts';
import { type ProcessEnd, runProcess } from './spawn.ts';
import { tailEvents } from './tail-events.ts';

const retryableExitCode = 75;
/** Of Node, where nothing is left to do and the program still waits. */
const unsettledExitCode = 13;
const defaultStallMs = 5 * 60_000;
const shownBytes = 4096;
const shownLineLength = 300;

/** Runs every step as a child process of this one, in its own process group. */
export function createLocalExecutor(options: LauncherOptions): Executor {
  const images = new Map<string, Promise<Digest>>();
  return {
    name: 'local',
    execute: (invocation, execution) => execute(invocation, execution, options),
    identifyImage: async (image, question) => {
      const { identifyImage } = await import('./container-engine.ts');
      const asked = images.get(image) ?? identifyImage(image, options.baseEnv, question);
      images.set(image, asked);
      return await asked.catch((error) => {
        images.delete(image);
        throw error;
      });
    },
    close: async () => undefined,
  };
}

async function execute(
  invocation: Invocation,
  options: ExecuteOptions,
  launcher: LauncherOptions,
): Promise<ExecutionOutcome> {
  const launch = await launchOf(invocation, options, launcher);
  const folder = dirname(invocation.resultPath);
  const logs = { stdout: join(folder, 'logs', 'stdout'), stderr: join(folder, 'logs', 'stderr') };
  const secrets = Object.values({ ...options.secrets, ...options.tracking?.credentials });
  let signCount = 0;
  const onEvent = (event: StepEvent): void => {
    signCount += 1;
    options.onEvent(event);
  };
  const tail = tailEvents(invocation.eventsPath, (event) => onEvent(redactEvent(event, secrets)));
  const observation = observeCommand(invocation);
  const end = await runProcess(launch, {
    signal: options.signal,
    limits: { ...invocation.limits, ...stallLimit(invocation) },
    timeoutMs: invocation.timeoutMs,
    logs,
    secrets,
    executionId: invocation.executionId,
    onStart: observation.onStart,
    onText: (stream, text) => onEvent({ type: 'output', stream, text, atMs: now() }),
    signCount: () => signCount,
    onQuiet: (quietMs) => options.onEvent({ type: 'log', level: 'warn', message: noSign(quietMs), atMs: now() }),
  }).finally(async () => {
    await observation.stop();
    await tail.finish();
  });
  if (end.endedBy === 'canceled')
    throw new PlatformError('CANCELED', { message: `step ${invocation.step} was canceled` });
  const told = await readResult(invocation, { end, stderr: logs.stderr });
  const result = redactResult(await observation.addTo(told), secrets);
  return {
    result,
    logs,
    exitCode: end.exitCode,
    signal: end.signal,
    durationMs: end.durationMs,
    machine: machineOf(),
  };
}

/** Steps that send heartbeats are known to hang when these stop; a silent command may be at work elsewhere. */
function stallLimit({ component, limits }: Invocation): { stallMs?: number } {
  if (limits.stallMs !== undefined) return { stallMs: limits.stallMs };
  return component.kind === 'command' || component.kind === 'container' ? {} : { stallMs: defaultStallMs };
}

function noSign(quietMs: number): string {
  return `no sign of life for ${formatDuration(quietMs)}: no heartbeat, event or output, and no processor time`;
}

function machineOf(): JsonObject {
  return { platform: process.platform, architecture: process.arch };
}

/** The result that the step left, unless it was ended from outside or left none that can be read. */
async function readResult(
  invocation: Invocation,
  { end, stderr }: { readonly end: ProcessEnd; readonly stderr: string },
): Promise<InvocationResult> {
  const left = await readResultDocument(invocation.resultPath);
  const ended = endedFromOutside(invocation, end);
  if (ended !== null) return failed(ended, left);
  if (left !== null && (left.status === 'failed' || end.exitCode === 0)) return left;
  const said = end.exitCode === 0 ? '' : await lastLine(stderr);
  if (isPlainCommand(invocation)) return plainResult(end, { left, said });
  const message = `step ${invocation.step} ${withoutResult(invocation, end.exitCode, said)}`;
  return failed({ code: 'PIPELINE_BAD_RESULT', message, retryable: end.exitCode === retryableExitCode }, left);
}

function withoutResult({ component }: Invocation, exitCode: number | null, said: string): string {
  if (exitCode === 0) return 'ended well and left no readable result document';
  if (exitCode === unsettledExitCode && component.kind === 'typescript')
    return 'waits for a promise that nothing can settle any more: no timer, file or request is left';
  return `ended with exit code ${exitCode} and left no result document${said}`;
}

function endedFromOutside(invocation: Invocation, end: ProcessEnd): InvocationError | null {
  const { step, limits, timeoutMs } = invocation;
  if (end.endedBy === 'timeout')
    return {
      code: 'PIPELINE_TIMEOUT',
      message: `step ${step} took longer than its timeout of ${timeoutMs} ms and was ended`,
      hint: 'Raise timeout, or give the step less to do.',
      retryable: true,
    };
  if (end.endedBy === 'stall')
    return {
      code: 'PIPELINE_STALLED',
      message: `step ${step} was ended: ${noSign(stallLimit(invocation).stallMs!)}`,
      hint: 'See what it waits for; where it has reason to be silent so long, raise limits.stall.',
      retryable: true,
    };
  if (end.endedBy === 'memory')
    return {
      code: 'PIPELINE_MEMORY_LIMIT',
      message: `step ${step} used ${end.peakMemoryBytes} bytes of memory, more than its limit of ${limits.memoryBytes}, and was ended`,
      hint: 'Raise limits.memory, or give the step less data.',
    };
  if (end.endedBy === 'cpu')
    return {
      code: 'PIPELINE_CPU_LIMIT',
      message: `step ${step} used more than its limit of ${limits.cpuSeconds} seconds of processor time and was ended`,
      hint: 'Raise limits.cpu, or give the step less to do.',
    };
  if (end.signal !== null)
    return {
      code: 'PIPELINE_STEP_KILLED',
      message: `the process of step ${step} was killed by ${end.signal}`,
      hint: 'If the machine ran out of memory, lower --jobs or the sample.',
      retryable: true,
    };
  return null;
}

/** The last line that a step printed to standard error, for a message: `: …`, or nothing. */
async function lastLine(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const lines = text.slice(-shownBytes).split('\n');
  // What only points at a place of the line above it says nothing.
  const line = lines.findLast((one) => /[^\s^~]/.test(one))?.trim() ?? '';
  return line === '' ? '' : `: ${line.slice(0, shownLineLength)}`;
}

function isPlainCommand(invocation: Invocation): boolean {
  return invocation.component.kind === 'command' || invocation.component.kind === 'container';
}

/** A command that knows nothing of results: its exit code is the result, its files are the outputs. */
function plainResult(
  end: ProcessEnd,
  { left, said }: { readonly left: InvocationResult | null; readonly said: string },
): InvocationResult {
  if (end.exitCode === 0) return left ?? emptyResult('complete');
  const retryable = end.exitCode === retryableExitCode;
  return failed(
    { code: 'PIPELINE_STEP_FAILED', message: `the command ended with exit code ${end.exitCode}${said}`, retryable },
    left,
  );
}

function failed(error: InvocationError, left: InvocationResult | null): InvocationResult {
  return { ...(left ?? emptyResult('failed')), status: 'failed', error };
}
