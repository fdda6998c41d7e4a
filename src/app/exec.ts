import { stat } from 'node:fs/promises';
import { basename, relative, resolve } from 'node:path';
import { canonicalJson, digestJson, digestOf, type JsonObject, type JsonValue, now } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import {
  completeStep,
  type Plan,
  type PlanStep,
  type RunEvent,
  type RunResult,
  runPlan,
  type StepOutcome,
} from '../pipeline/index.ts';
import type { Config } from './config.ts';
import { openEngine, openRecord, type ProjectRecord, recover, startMark } from './engine.ts';
import { collectingExecutor, type DeclaredOutputs, restoreOutputs } from './exec-outputs.ts';
import { gitState } from './project.ts';

/** A command to be recorded. Paths are relative to the current folder. */
export interface ExecRequest {
  readonly argv: readonly string[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** `name=value`. */
  readonly params: readonly string[];
  /** A JSON file of numbers that the command writes. */
  readonly metrics: string | null;
  readonly name: string | null;
  readonly isForced: boolean;
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

/** How a recorded command ended. */
export interface ExecResult {
  readonly runId: string;
  readonly name: string;
  readonly state: RunResult['state'];
  /** Whether an earlier result was taken and its outputs were laid down again. */
  readonly isReused: boolean;
  /** Of the command; 0 where it was reused, null where it was killed or never started. */
  readonly exitCode: number | null;
  readonly durationMs: number;
  readonly outputs: Readonly<Record<string, { readonly digest: string; readonly sizeBytes: number }>>;
  readonly error: StepOutcome['error'];
}

/** The name of the only step of such a run. */
const stepName = 'exec';

/**
 * Runs a command as a run of one step: its inputs, its script, its parameters and the Python that it runs in are its key,
 * what it leaves at its declared outputs is kept. An equal command is not run again.
 * @throws PlatformError EXEC_INPUT_MISSING, CLI_USAGE
 */
export async function execCommand(given: Config, request: ExecRequest): Promise<ExecResult> {
  const config: Config = { ...given, projectRoot: process.cwd() };
  await requireInputs(config, request.inputs);
  const declared = declareOutputs(request);
  const name = request.name ?? nameOf(request.argv);
  const plan = planOf(name, commandStep(request, declared));
  const record = await openRecord(config);
  try {
    const { result, exitCode } = await carryOut(config, { plan, record, request, declared });
    const [outcome] = result.outcomes;
    const isReused = outcome!.state === 'cached';
    if (isReused) await restoreOutputs(record.artifacts, { declared, outcome: outcome!, root: config.projectRoot });
    return {
      runId: result.runId,
      name,
      state: result.state,
      isReused,
      exitCode: isReused ? 0 : exitCode,
      durationMs: result.durationMs,
      outputs: Object.fromEntries(
        Object.entries(outcome!.outputs).map(([port, { digest, sizeBytes }]) => [
          declared.paths[port] ?? port,
          { digest, sizeBytes },
        ]),
      ),
      error: outcome!.error,
    };
  } finally {
    await record.close();
  }
}

interface ExecWork {
  readonly plan: Plan;
  readonly record: ProjectRecord;
  readonly request: ExecRequest;
  readonly declared: DeclaredOutputs;
}

async function carryOut(config: Config, work: ExecWork): Promise<{ result: RunResult; exitCode: number | null }> {
  const { plan, record, request, declared } = work;
  await recover(config, record);
  const services = await openEngine(config, record, {
    onProgress: (message) => request.onEvent({ type: 'notice', message, atMs: now() }),
  });
  let exitCode: number | null = null;
  const executor = collectingExecutor(services.executor, {
    argv: request.argv,
    declared,
    onExit: (code) => {
      exitCode = code;
    },
  });
  const description = {
    spec: specOf(plan),
    params: plan.steps[0]!.params,
    git: await gitState(config.projectRoot),
    verb: 'exec' as const,
    pid: process.pid,
    startMark: startMark(process.pid),
    host: config.host,
  };
  const options = {
    signal: request.signal,
    onEvent: request.onEvent,
    parallelism: 1,
    force: request.isForced ? ('all' as const) : new Set<string>(),
    failFast: false,
    recordedOnly: new Set<string>(),
    pinned: [],
  };
  try {
    const result = await runPlan(plan, description, { services: { ...services, executor }, options });
    return { result, exitCode };
  } finally {
    await executor.close();
  }
}

function commandStep(request: ExecRequest, declared: DeclaredOutputs): PlanStep {
  const portOf = new Map(Object.entries(declared.paths).map(([port, path]) => [path, port]));
  // A path that the command writes must not count as code that it reads.
  const argv = request.argv.map((argument) => {
    const port = portOf.get(plainPath(argument));
    return port === undefined ? argument : `{outputs.${port}}`;
  });
  const program = request.argv[0]!;
  const isPython = /^python[\d.]*$/.test(basename(program));
  return completeStep({
    name: stepName,
    stage: stepName,
    component: { kind: 'command', argv },
    outputs: Object.fromEntries(
      Object.keys(declared.paths).map((port) => [port, { type: port === declared.metrics ? 'Metrics' : 'Any' }]),
    ),
    params: parseParams(request.params),
    environment: isPython ? { file: null, python: program } : null,
    files: request.inputs.flatMap((path) => [plainPath(path), `${plainPath(path)}/**`]),
  });
}

function planOf(name: string, step: PlanStep): Plan {
  const steps = [step];
  const plan = { name, declaredOnly: [], steps, digest: digestJson(steps as unknown as JsonValue) };
  return { ...plan, specDigest: digestOf(specOf(plan)) };
}

/** What stands in the record where other runs have their declaration. */
function specOf({ name, steps }: Pick<Plan, 'name' | 'steps'>): string {
  const { component, params, files, outputs } = steps[0]!;
  return canonicalJson({ exec: { name, component, params, files, outputs } } as unknown as JsonValue);
}

/** Each declared path gets a port that is named like it. */
function declareOutputs(request: ExecRequest): DeclaredOutputs {
  const metrics = request.metrics === null ? null : plainPath(request.metrics);
  const paths: Record<string, string> = {};
  for (const path of new Set([...request.outputs.map(plainPath), ...(metrics === null ? [] : [metrics])])) {
    const wanted = path.replaceAll(/[^A-Za-z0-9_-]+/g, '_').replace(/^_+/, '') || 'output';
    let port = wanted;
    for (let number = 2; paths[port] !== undefined; number++) port = `${wanted}_${number}`;
    paths[port] = path;
  }
  return { paths, metrics: Object.keys(paths).find((port) => paths[port] === metrics) ?? null };
}

async function requireInputs(config: Config, inputs: readonly string[]): Promise<void> {
  for (const path of inputs) {
    await stat(resolve(config.projectRoot, path)).catch((cause) => {
      throw new PlatformError('EXEC_INPUT_MISSING', {
        message: `expected a file or folder at ${path}, found none that can be read`,
        cause,
      });
    });
  }
}

function parseParams(texts: readonly string[]): JsonObject {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(text.slice(0, Math.max(0, at))))
        throw new PlatformError('CLI_USAGE', {
          message: `expected --param name=value, found ${JSON.stringify(text)}`,
        });
      const value = text.slice(at + 1);
      const isNumber = value.trim() !== '' && String(Number(value)) === value;
      return [text.slice(0, at), isNumber ? Number(value) : value];
    }),
  );
}

/** The script among the words, or the program. */
function nameOf(argv: readonly string[]): string {
  const script = argv.slice(1).find((word) => /\.[A-Za-z]+$/.test(word) && !word.startsWith('-'));
  const stem = basename(script ?? argv[0]!).replace(/\.[^.]*$/, '');
  return stem.replaceAll(/[^A-Za-z0-9._-]+/g, '-') || 'command';
}

function plainPath(path: string): string {
  return relative(process.cwd(), resolve(path)) || '.';
}
