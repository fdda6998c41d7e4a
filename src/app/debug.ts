import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { newId } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import {
  type EngineServices,
  fileEnding,
  type Invocation,
  type InvocationInput,
  identifyStep,
  interpretersOf,
  type PlanStep,
  type PublishedOutput,
  resolveInput,
  selectSteps,
} from '../pipeline/index.ts';
import type { Breakpoint } from '../pipeline/local/index.ts';
import type { Config } from './config.ts';
import { requireUsableDatasets } from './dataset-states.ts';
import { openEngine } from './engine.ts';
import { planProject } from './plan-project.ts';
import { type PreviewWork, previewStep } from './preview.ts';
import { openRecord } from './project-record.ts';
import { openSigning } from './signing.ts';
import type { SpecChoice } from './spec-source.ts';
import { launcherOf } from './step-environment.ts';

/** A step to be looked at while it runs. */
export interface DebugRequest extends SpecChoice {
  readonly step: string;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
}

/**
 * Runs one step with its recorded inputs under a debugger in this terminal. Nothing of it is recorded, and what it makes
 * is thrown away. Answers the exit code of its process.
 * @throws PlatformError DEBUG_NOT_POSSIBLE, DEBUG_INPUT_NOT_RECORDED, PIPELINE_UNKNOWN_STEP
 */
export async function debugStep(config: Config, request: DebugRequest): Promise<number> {
  const planned = await planProject(config, request);
  const { plan, recordedOnly } = selectSteps(planned.plan, { only: [request.step], release: true });
  const chosen = plan.steps.filter((step) => !recordedOnly.has(step.name));
  const step = requireDebuggable(chosen, request.step);
  const record = await openRecord(config);
  const folder = join(config.stateDir, 'debug', newId('dbg'));
  try {
    await requireUsableDatasets(record.metadata, { plan, recordedOnly, ingestion: planned.spec.ingestion });
    const services = await openEngine(config, record, { signing: openSigning(config), onProgress: request.onProgress });
    const known = new Map<string, Readonly<Record<string, PublishedOutput>>>();
    const work: PreviewWork = {
      known,
      services,
      record,
      name: plan.name,
      pinned: planned.baselines.artifacts,
      request: { force: new Set<string>(), signal: request.signal },
    };
    for (const before of plan.steps) if (recordedOnly.has(before.name)) await previewStep(before, work);
    const invocation = await prepare(step, { known, services, folder, request, pinned: planned.baselines.artifacts });
    const { runUnderDebugger } = await import('../pipeline/local/index.ts');
    return await runUnderDebugger({
      invocation,
      execution: {
        signal: request.signal,
        onEvent: () => undefined,
        secrets: Object.fromEntries(step.secrets.map((name) => [name, config.env[name] ?? ''])),
        sealingKey: null,
        gateFiles: null,
      },
      launcher: launcherOf(config),
      breakpoint: await firstLineOf(step, invocation.environment.python ?? config.python, config.projectRoot),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
    await record.close();
  }
}

function requireDebuggable(chosen: readonly PlanStep[], name: string): PlanStep {
  const [step, ...more] = chosen;
  const refuse = (why: string): PlatformError => new PlatformError('DEBUG_NOT_POSSIBLE', { message: why });
  if (step === undefined) throw refuse(`${name} has no step`);
  if (more.length > 0) throw refuse(`${name} has several steps: ${chosen.map((one) => one.name).join(', ')}`);
  if (step.unseal) throw refuse(`step ${step.name} reads sealed data, which no debugger may see`);
  if (step.component.kind === 'python' || step.component.kind === 'typescript' || step.component.kind === 'builtin')
    return step;
  throw refuse(`step ${step.name} is carried out by ${step.component.kind}, which has no debugger here`);
}

interface Preparation {
  readonly known: ReadonlyMap<string, Readonly<Record<string, PublishedOutput>>>;
  readonly services: EngineServices;
  readonly folder: string;
  readonly request: DebugRequest;
  readonly pinned: PreviewWork['pinned'];
}

/** Lays the inputs down and writes the invocation document, as the engine does for an attempt. */
async function prepare(step: PlanStep, work: Preparation): Promise<Invocation> {
  const { folder, services, request } = work;
  const place = (name: string): string => join(folder, name);
  for (const name of ['inputs', 'outputs', 'work', 'logs']) await mkdir(place(name), { recursive: true, mode: 0o700 });
  const { environment, environments } = await identifyStep(step, services, {
    signal: request.signal,
    missing: 'refuse',
    onNotice: request.onProgress,
  });
  const invocation: Invocation = {
    version: 1,
    runId: newId('run'),
    executionId: newId('exe'),
    step: step.name,
    attempt: 1,
    component: step.component,
    params: step.params,
    inputs: await placeInputs(step, work),
    outputs: Object.fromEntries(
      Object.entries(step.outputs).map(([port, { type, optional }]) => [
        port,
        { path: place(`outputs/${port}${fileEnding(type)}`), type, optional: optional ?? false },
      ]),
    ),
    environment: {
      python: environment?.python ?? null,
      digest: environment?.digest ?? null,
      ...interpretersOf(environments),
    },
    projectRoot: services.projectRoot,
    workDir: place('work'),
    seed: step.seed,
    limits: {},
    timeoutMs: null,
    secretNames: step.secrets,
    files: {},
    eventsPath: place('events.ndjson'),
    resultPath: place('result.json'),
  };
  await writeFile(place('invocation.json'), JSON.stringify(invocation), { mode: 0o600 });
  return invocation;
}

async function placeInputs(step: PlanStep, work: Preparation): Promise<Record<string, InvocationInput[]>> {
  const placed: Record<string, InvocationInput[]> = {};
  for (const [port, input] of Object.entries(step.inputs)) {
    placed[port] = [];
    await mkdir(join(work.folder, 'inputs', port), { recursive: true, mode: 0o700 });
    const outputOf = (from: InvocationInput['from']): PublishedOutput | undefined => {
      const output = work.known.get(from.step)?.[from.port];
      if (output !== undefined || input.optional) return output;
      throw new PlatformError('DEBUG_INPUT_NOT_RECORDED', {
        message: `step ${step.name} reads ${from.port} of ${from.step}, which is not recorded for the project as it is now`,
        hint: `Run mlspec run --until ${from.step}.`,
      });
    };
    for (const [index, found] of resolveInput(input, outputOf, work.pinned).entries()) {
      const { type, digest, properties, from } = found;
      const path = join(work.folder, 'inputs', port, `${index}${fileEnding(type)}`);
      await work.services.artifacts.materialize(digest, path, { signal: work.request.signal });
      placed[port].push({ path, type: type as InvocationInput['type'], digest, properties, from });
    }
  }
  return placed;
}

/** Finds the first statement of a function, its documentation left out. */
const findLine = `import ast, sys
for node in ast.walk(ast.parse(open(sys.argv[1], encoding="utf-8").read())):
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == sys.argv[2]:
        body = node.body[1:] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body
        print(body[0].lineno)
        break
`;

async function firstLineOf(step: PlanStep, python: string, projectRoot: string): Promise<Breakpoint | null> {
  const { component } = step;
  if (component.kind !== 'python') return null;
  const path = component.module.endsWith('.py') ? component.module : `${component.module.replaceAll('.', '/')}.py`;
  const file = resolve(projectRoot, path);
  const found = await promisify(execFile)(python, ['-I', '-c', findLine, file, component.function], {
    timeout: 10_000,
  }).then(
    ({ stdout }) => Number(stdout),
    () => Number.NaN,
  );
  return Number.isInteger(found) && found > 0 ? { file, line: found } : null;
}
