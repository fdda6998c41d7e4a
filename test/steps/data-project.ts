import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Digest, digestFile, digestJson, type JsonObject, type JsonValue } from '../../src/encoding/index.ts';
import type { PlanStep, StageDefinition, StepContext } from '../../src/pipeline/index.ts';
import { callCode } from '../../src/pipeline/local/index.ts';
import { planPipeline } from '../../src/pipeline/planning.ts';
import { createSealingKey } from '../../src/provenance/index.ts';
import { parseSpec, resolveSpec } from '../../src/spec/index.ts';
import { analysis } from '../../src/steps/analysis/index.ts';
import { ingestion } from '../../src/steps/ingestion/index.ts';
import { splitting } from '../../src/steps/splitting/index.ts';
import { validation } from '../../src/steps/validation/index.ts';
import { createDuckDb } from '../../src/tables/index.ts';
import { repositoryRoot } from '../../tools/problem.ts';

const stages = [ingestion, splitting, analysis, validation];

/** What a step left behind. */
export interface StageOutcome {
  readonly outputs: Readonly<Record<string, { readonly path: string; readonly properties: JsonObject }>>;
  readonly values: Readonly<Record<string, JsonValue>>;
  readonly logs: readonly string[];
  /** Files in the working folder when the step ended. */
  readonly left: readonly string[];
}

/** A run of the stages that deal with data, in this process, on real files. */
export interface DataRun {
  readonly steps: Readonly<Record<string, StageOutcome>>;
  readonly plan: readonly PlanStep[];
  /** The JSON of an output. */
  json(step: string, port: string): Promise<Record<string, JsonValue>>;
  path(step: string, port: string): string;
}

/** How a run differs from the usual. */
export interface DataRunOptions {
  /** Ends behind this step. */
  readonly until?: string;
  readonly threads?: number;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly python?: string;
  /** Stages beside those of data, behind them. */
  readonly more?: readonly StageDefinition[];
}

/** A project in a temporary folder. */
export interface DataProject {
  readonly root: string;
  write(path: string, content: string | Buffer): Promise<string>;
  copy(from: string, path: string): Promise<void>;
  /** Plans and runs the sections given, over a plain head. */
  run(sections: string, options?: DataRunOptions): Promise<DataRun>;
  dispose(): Promise<void>;
}

/** The sealing key of every test project. */
export const testKey = createSealingKey(Buffer.alloc(32, 7));

/** Makes a project. */
export async function dataProject(): Promise<DataProject> {
  const root = await mkdtemp(join(tmpdir(), 'data-project-'));
  let runs = 0;
  return {
    root,
    async write(path, content) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
      return join(root, path);
    },
    copy: (from, path) => cp(from, join(root, path)),
    run: (sections, options = {}) =>
      runStages(root, sections, { ...options, folder: join(root, '.runs', `${++runs}`) }),
    dispose: () => rm(root, { recursive: true, force: true }),
  };
}

async function runStages(
  root: string,
  sections: string,
  options: DataRunOptions & { readonly folder: string },
): Promise<DataRun> {
  const steps = planOf(sections, options.more);
  const outcomes: Record<string, StageOutcome> = {};
  for (const step of steps) {
    outcomes[step.name] = await runStep(step, { root, outcomes, options });
    if (step.name === options.until) break;
  }
  const path = (step: string, port: string): string => outcomes[step]!.outputs[port]!.path;
  return {
    steps: outcomes,
    plan: steps,
    path,
    json: async (step, port) => JSON.parse(await readFile(path(step, port), 'utf8')),
  };
}

/** The steps of a declaration with a plain head: a task, unless one is given. */
export function planOf(sections: string, more: readonly StageDefinition[] = []): readonly PlanStep[] {
  const task = /^task:/m.test(sections) ? '' : 'task: {kind: binary, label: late}\n';
  const parsed = parseSpec(`mlspec: 1\nname: test\n${task}${sections}`, { file: 'mlspec.yaml' });
  const resolved = resolveSpec(parsed, {});
  const errors = [...parsed.findings, ...resolved.findings].filter((finding) => finding.severity === 'error');
  if (resolved.spec === null || errors.length > 0) throw new Error(errors.map((one) => one.message).join('\n'));
  const { plan, findings } = planPipeline(resolved.spec, [...stages, ...more]);
  if (plan === null) throw new Error(findings.map((one) => `${one.rule}: ${one.message}`).join('\n'));
  return plan.steps;
}

async function runStep(
  step: PlanStep,
  run: {
    readonly root: string;
    readonly outcomes: Readonly<Record<string, StageOutcome>>;
    readonly options: DataRunOptions & { readonly folder: string };
  },
): Promise<StageOutcome> {
  const workDir = join(run.options.folder, step.name, 'work');
  await mkdir(workDir, { recursive: true });
  const engine = await createDuckDb({ tempDirectory: workDir, threads: run.options.threads ?? 2 });
  const outcome = { outputs: {} as Record<string, { path: string; properties: JsonObject }>, values: {}, logs: [] };
  const known = [...stages, ...(run.options.more ?? [])];
  const stage = known.find((one) => one.stage === step.stage) as StageDefinition;
  try {
    await stage.run(await contextOf(step, { ...run, workDir, engine, outcome }));
  } finally {
    await engine.close();
  }
  return { ...outcome, left: await readdir(workDir) };
}

async function contextOf(
  step: PlanStep,
  given: {
    readonly root: string;
    readonly outcomes: Readonly<Record<string, StageOutcome>>;
    readonly options: DataRunOptions & { readonly folder: string };
    readonly workDir: string;
    readonly engine: Awaited<ReturnType<typeof createDuckDb>>;
    readonly outcome: {
      outputs: Record<string, { path: string; properties: JsonObject }>;
      values: Record<string, JsonValue>;
      logs: string[];
    };
  },
): Promise<StepContext> {
  const { outcome, outcomes, options } = given;
  const inputs: Record<string, StepContext['inputs'][string]> = {};
  for (const [port, input] of Object.entries(step.inputs)) {
    const found = await Promise.all(
      input.sources.map(async (from) => {
        const { path, properties } = outcomes[from.step]!.outputs[from.port]!;
        return { path, type: input.type, digest: await digestAt(path), properties, from };
      }),
    );
    inputs[port] = found;
  }
  const outputs: Record<string, StepContext['outputs'][string]> = {};
  for (const [port, { type }] of Object.entries(step.outputs)) {
    const path = join(options.folder, `${step.name}-${port}`);
    outcome.outputs[port] = { path, properties: {} };
    const setProperties = (properties: JsonObject): void => {
      outcome.outputs[port] = { path, properties };
    };
    outputs[port] = { path, type, setProperties, skip: () => undefined };
  }
  return {
    runId: 'run_test',
    step: step.name,
    params: step.params,
    inputs,
    outputs,
    projectRoot: given.root,
    workDir: given.workDir,
    seed: step.seed,
    signal: new AbortController().signal,
    secrets: options.secrets ?? {},
    sealingKey: step.unseal ? testKey : null,
    gateFiles: null,
    python: options.python ?? null,
    pythons: {},
    tables: async () => given.engine,
    callCode: async (call, signal = new AbortController().signal) => {
      const onText = (text: string): void => void outcome.logs.push(text);
      const { python = null } = options;
      const where = {
        projectRoot: given.root,
        programRoot: repositoryRoot,
        nodePath: process.execPath,
        python,
        onText,
        signal,
      };
      return (await callCode(call, { ...where, env: { PATH: process.env['PATH']! }, executionId: 'execution_test' }))
        .answer;
    },
    random: () => 0.5,
    log: (level, message) => outcome.logs.push(`${level}: ${message}`),
    progress: () => undefined,
    metric: () => undefined,
    keep: () => undefined,
    value: (name, value) => {
      outcome.values[name] = value;
    },
    attest: () => undefined,
  };
}

/** The digest of a file, or of the files of a folder with their names. */
async function digestAt(path: string): Promise<Digest> {
  if (!(await stat(path)).isDirectory()) return (await digestFile(path)).digest;
  const names = (await readdir(path)).sort();
  const files = await Promise.all(names.map(async (name) => [name, (await digestFile(join(path, name))).digest]));
  return digestJson(files);
}
