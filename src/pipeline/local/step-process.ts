/**
 * The inside of a step's own process, for components that run in Node: reads the invocation document, lets the step
 * work with a context, and leaves events and one result document. What it cannot leave (it was killed, it ended itself)
 * the executor sees from outside.
 */
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type JsonObject,
  type JsonValue,
  monotonicMs,
  now,
  seededRandom,
  writeFileAtomically,
} from '../../encoding/index.ts';
import type { SealingKey } from '../../provenance/index.ts';
import type { QueryEngine } from '../../tables/index.ts';
import type { GateFiles, Invocation, InvocationResult, LoadedCode, StepAssertion, StepEvent } from '../invocation.ts';
import type { StepContext, StepOutput } from '../stage.ts';
import type { CodeCaller } from './call-code.ts';
import type { CodeRecorder } from './code-recorder.ts';
import { describeFailure } from './describe-failure.ts';
import { keepFile } from './keep-file.ts';

const longestHeartbeatMs = 5_000;
const beatsInLimit = 4;
const progressEveryMs = 100;
const retryableExitCode = 75;

/** What the process of a step is given beside its document. */
export interface StepProcessOptions {
  readonly recorder: CodeRecorder;
  readonly secrets: Readonly<Record<string, string>>;
  readonly sealingKey: SealingKey | null;
  readonly gateFiles?: GateFiles | null;
  readonly openTables: (invocation: Invocation) => Promise<QueryEngine>;
  readonly signal: AbortSignal;
}

/** Reads and parses an invocation document. */
export function readInvocation(path: string): Invocation {
  return JSON.parse(readFileSync(path, 'utf8')) as Invocation;
}

/** Runs a step's function with a context and writes its result. Resolves to the exit code of the process. */
export async function runStepProcess(
  invocation: Invocation,
  run: (context: StepContext) => Promise<void>,
  options: StepProcessOptions,
): Promise<number> {
  const state = openState(invocation, options);
  const { stallMs = Number.POSITIVE_INFINITY } = invocation.limits;
  const timer = setInterval(beat, Math.min(longestHeartbeatMs, stallMs / beatsInLimit), state, process.ppid);
  timer.unref();
  try {
    await run(state.context);
    await finish(state, { status: 'complete' });
    return 0;
  } catch (thrown) {
    const error = describeFailure(thrown, invocation);
    await finish(state, { status: 'failed', error });
    return error.retryable ? retryableExitCode : 1;
  } finally {
    clearInterval(timer);
    await state.close();
  }
}

function beat(state: ProcessState, parentId: number): void {
  if (process.ppid !== parentId) endWithParent(state.invocation);
  state.tell({ type: 'heartbeat', atMs: now() });
}

/** Nobody is left who would take the result: what the step made goes, and whatever it started in its group ends with it. */
function endWithParent({ workDir }: Invocation): void {
  try {
    rmSync(workDir, { recursive: true, force: true });
  } finally {
    process.kill(-process.pid, 'SIGKILL');
  }
}

interface ProcessState {
  readonly invocation: Invocation;
  readonly context: StepContext;
  readonly values: Record<string, JsonValue>;
  readonly outputs: Record<string, { properties: JsonObject; skipped?: boolean }>;
  /** Names of kept files. */
  readonly kept: Set<string>;
  readonly assertions: StepAssertion[];
  /** All code that ran: of this process, and of functions that it called in others. */
  loaded(): LoadedCode;
  tell(event: StepEvent): void;
  close(): Promise<void>;
}

function openState(invocation: Invocation, options: StepProcessOptions): ProcessState {
  const values: Record<string, JsonValue> = {};
  const outputs: ProcessState['outputs'] = {};
  const kept = new Set<string>();
  const assertions: StepAssertion[] = [];
  const called: LoadedCode[] = [];
  let engine: Promise<QueryEngine> | null = null;
  const tell = (event: StepEvent): void => appendFileSync(invocation.eventsPath, `${JSON.stringify(event)}\n`);
  const context: StepContext = {
    runId: invocation.runId,
    step: invocation.step,
    params: invocation.params,
    inputs: invocation.inputs,
    outputs: Object.fromEntries(
      Object.entries(invocation.outputs).map(([port, output]) => [port, stepOutput(port, output, outputs)]),
    ),
    projectRoot: invocation.projectRoot,
    workDir: invocation.workDir,
    seed: invocation.seed,
    signal: options.signal,
    secrets: options.secrets,
    sealingKey: options.sealingKey,
    gateFiles: options.gateFiles ?? null,
    python: invocation.environment.python,
    pythons: invocation.environment.others ?? {},
    tables: () => {
      engine ??= options.openTables(invocation);
      return engine;
    },
    random: seededRandom(invocation.seed),
    log: (level, message, fields) =>
      tell({ type: 'log', level, message, ...(fields === undefined ? {} : { fields }), atMs: now() }),
    progress: throttled((progress) => tell({ type: 'progress', ...progress, atMs: now() })),
    metric: (name, value, step = 0) => tell({ type: 'metric', name, value, step, atMs: now() }),
    keep: (path, name) => keepFile(invocation, kept, { path, name }),
    value: (name, value) => {
      values[name] = value;
    },
    attest: (assertion) => assertions.push(assertion),
    callCode: async (call, signal = options.signal) => {
      const { callCode } = await import('./call-code.ts');
      const { answer, code } = await callCode(call, callerIn(invocation, signal));
      called.push(code);
      return answer;
    },
  };
  return {
    invocation,
    context,
    values,
    outputs,
    kept,
    assertions,
    loaded: () => withCalled(options.recorder.loaded(), called),
    tell,
    close: async () => (await engine)?.close(),
  };
}

/** Functions of the project run beside this process: with its variables, which hold no secret, and by the interpreter of its environment. */
function callerIn(invocation: Invocation, signal: AbortSignal): CodeCaller {
  return {
    projectRoot: invocation.projectRoot,
    programRoot: fileURLToPath(new URL('../../..', import.meta.url)),
    nodePath: process.execPath,
    python: invocation.environment.python,
    env: null,
    executionId: invocation.executionId,
    onText: (text) => process.stderr.write(text),
    signal,
  };
}

function withCalled(own: LoadedCode, called: readonly LoadedCode[]): LoadedCode {
  const all = [own, ...called];
  const unknown = all.find((code) => code.unknown !== undefined)?.unknown;
  const files = new Map(all.flatMap((code) => code.files.map((file) => [file.path, file] as const)));
  return {
    files: [...files.values()],
    absent: [...new Set(all.flatMap((code) => code.absent))].filter((path) => !files.has(path)),
    ...(unknown === undefined ? {} : { unknown }),
  };
}

function stepOutput(port: string, output: Invocation['outputs'][string], outputs: ProcessState['outputs']): StepOutput {
  return {
    path: output.path,
    type: output.type,
    setProperties: (properties) => {
      outputs[port] = { properties };
    },
    skip: () => {
      outputs[port] = { properties: {}, skipped: true };
    },
  };
}

function throttled(tell: StepContext['progress']): StepContext['progress'] {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const atMs = monotonicMs();
    if (atMs - lastMs < progressEveryMs && progress.done !== progress.total) return;
    lastMs = atMs;
    tell(progress);
  };
}

async function finish(state: ProcessState, end: Pick<InvocationResult, 'status' | 'error'>): Promise<void> {
  const usage = process.resourceUsage();
  const outputs = Object.fromEntries(
    Object.entries(state.invocation.outputs)
      .filter(([port, output]) => state.outputs[port] !== undefined || existsSync(output.path))
      .map(([port]) => [port, state.outputs[port] ?? { properties: {} }]),
  );
  const result: InvocationResult = {
    ...end,
    outputs,
    values: state.values,
    artifacts: [...state.kept],
    assertions: state.assertions,
    code: state.loaded(),
    usage: { cpuSeconds: (usage.userCPUTime + usage.systemCPUTime) / 1e6, peakMemoryBytes: usage.maxRSS * 1024 },
  };
  await writeFileAtomically(state.invocation.resultPath, JSON.stringify(result), { flush: false });
}
