import { stat } from 'node:fs/promises';
import { basename, relative, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { canonicalJson, type Digest, digestOf, type JsonObject, type JsonValue } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { completeStep, digestSteps, type Plan, type PlanStep, type RunEvent } from '../pipeline/index.ts';
import { isPythonName } from '../pipeline/local/index.ts';
import type { Config } from './config.ts';
import type { DeclaredOutputs } from './exec-outputs.ts';
import { createProjectFiles } from './project-files.ts';
import type { TrackerEdge } from './step-tracking.ts';

/** The name of the only step of such a run. */
const stepName = 'exec';
/** Variables of the shell that lead Python to other code. */
const passedVariables = ['PYTHONPATH'];

/** A command to be recorded. Paths are relative to the current folder. */
export interface ExecRequest {
  readonly argv: readonly string[];
  /** `-` among them is standard input. */
  readonly inputs: readonly string[];
  /** Read to its end where it is an input; what is no input does not reach the command. */
  readonly stdin: Readable;
  /** Files, folders or patterns of files that are code of the command. */
  readonly code: readonly string[];
  readonly outputs: readonly string[];
  /** `name=value`. */
  readonly params: readonly string[];
  /** A JSON file of numbers that the command writes. */
  readonly metrics: string | null;
  readonly name: string | null;
  /** Serves the tracker that the command may log to. Left out: there is none. */
  readonly trackerEdge?: TrackerEdge;
  readonly isForced: boolean;
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

/** What a given command comes to. */
export interface ExecPlan {
  readonly plan: Plan;
  readonly declared: DeclaredOutputs;
  /** The files that were given as its code, relative to the folder that it runs in. */
  readonly code: ReadonlySet<string>;
}

/**
 * The plan of one step that carries a command out. `stdin` is what it gets as its standard input.
 * @throws PlatformError EXEC_INPUT_MISSING, CLI_USAGE
 */
export async function planCommand(config: Config, given: ExecRequest, stdin: Digest | null): Promise<ExecPlan> {
  const request = { ...given, inputs: given.inputs.filter((path) => path !== '-') };
  if (stdin === null) requireProgram(request.argv);
  await requireInputs(config, request.inputs);
  const code = await findCode(config, request.code);
  const declared = declareOutputs(request);
  const inputs = await inputPatterns(config, request.inputs, Object.values(declared.paths));
  const step = commandStep(config, request, { declared, files: [...inputs, ...code], stdin });
  return { plan: planOf(request.name ?? nameOf(request.argv), step), declared, code: new Set(code) };
}

/** A Python that is given no program would read one from standard input, which is empty. */
function requireProgram([program, ...words]: readonly string[]): void {
  const hasProgram = words.some((word) => word !== '-' && !/^-[bBdEiIOPqRsSuvx?h]+$/.test(word));
  if (!isPythonName(program!) || hasProgram) return;
  throw new PlatformError('CLI_USAGE', {
    message: `expected a program for ${program}; standard input reaches a command only as an input: add --in -`,
  });
}

/** What the inputs name: each with all that is in it. What the command itself makes inside of one is no input. */
async function inputPatterns(config: Config, inputs: readonly string[], made: readonly string[]): Promise<string[]> {
  const files = createProjectFiles(config.projectRoot, async () => null);
  const within = (path: string, folder: string): boolean =>
    path === folder || folder === '.' || path.startsWith(`${folder}/`);
  const patterns = inputs.map(plainPath).map(async (input) => {
    const all = [input, `${input}/**`];
    if (!made.some((path) => within(path, input))) return all;
    const found = (await Promise.all(all.map((pattern) => files.glob(pattern)))).flat();
    return found.filter((path) => !made.some((one) => within(path, one)));
  });
  return (await Promise.all(patterns)).flat();
}

/** The files that paths and patterns of code name. */
async function findCode(config: Config, patterns: readonly string[]): Promise<string[]> {
  const files = createProjectFiles(config.projectRoot, async () => null);
  const found = await Promise.all(
    patterns.map(async (pattern) => {
      const plain = plainPath(pattern);
      const paths = [...(await files.glob(plain)), ...(await files.glob(`${plain}/**`))];
      if (paths.length === 0)
        throw new PlatformError('EXEC_INPUT_MISSING', { message: `expected files of code at ${pattern}, found none` });
      return paths;
    }),
  );
  return [...new Set(found.flat())].sort();
}

function commandStep(
  config: Config,
  request: ExecRequest,
  {
    declared,
    files,
    stdin,
  }: Pick<ExecPlan, 'declared'> & { readonly files: readonly string[]; readonly stdin: Digest | null },
): PlanStep {
  const portOf = new Map(Object.entries(declared.paths).map(([port, path]) => [path, port]));
  // A path that the command writes must not count as code that it reads.
  const argv = request.argv.map((argument) => {
    const port = portOf.get(plainPath(argument));
    return port === undefined ? argument : `{outputs.${port}}`;
  });
  const program = request.argv[0]!;
  const env = Object.fromEntries(
    passedVariables.flatMap((variable) => (config.env[variable] ? [[variable, config.env[variable]]] : [])),
  );
  return completeStep({
    name: stepName,
    stage: stepName,
    component: { kind: 'command', argv, env, stdin },
    outputs: Object.fromEntries(
      Object.keys(declared.paths).map((port) => [port, { type: port === declared.metrics ? 'Metrics' : 'Any' }]),
    ),
    params: parseParams(request.params),
    environment: isPythonName(program) ? { file: null, python: program } : null,
    files,
  });
}

function planOf(name: string, step: PlanStep): Plan {
  const steps = [step];
  const plan = { name, declaredOnly: [], steps, digest: digestSteps(steps) };
  return { ...plan, specDigest: digestOf(specOf(plan)) };
}

/** What stands in the record where other runs have their declaration. */
export function specOf({ name, steps }: Pick<Plan, 'name' | 'steps'>): string {
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
