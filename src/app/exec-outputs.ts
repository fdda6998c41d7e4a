import { constants } from 'node:fs';
import { cp, lstat, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, normalize, resolve } from 'node:path';
import type { ArtifactStore } from '../artifacts/index.ts';
import { newId, now } from '../encoding/index.ts';
import type {
  Executor,
  Invocation,
  InvocationError,
  InvocationResult,
  StepEvent,
  StepOutcome,
} from '../pipeline/index.ts';
import { isPythonName } from '../pipeline/local/index.ts';

/** The paths at which a command leaves its outputs, by port, relative to the folder that it runs in. */
export interface DeclaredOutputs {
  readonly paths: Readonly<Record<string, string>>;
  /** The port whose file holds metrics. */
  readonly metrics: string | null;
}

/** What a collecting executor needs to know. */
export interface CollectOptions {
  /** The command as it was given. */
  readonly argv: readonly string[];
  readonly declared: DeclaredOutputs;
  /** Files that were given as its code. */
  readonly code: ReadonlySet<string>;
  /** The file that it gets as its standard input. */
  readonly stdinPath: string | null;
  readonly onExit: (code: number | null) => void;
}

/**
 * An executor for commands that know nothing of ports: once the command ended well, what it left at its declared paths
 * is copied to the output ports, and the numbers of its metrics file are logged.
 */
export function collectingExecutor(inner: Executor, options: CollectOptions): Executor {
  const stdin = options.stdinPath === null ? {} : { stdinPath: options.stdinPath };
  return {
    name: inner.name,
    close: () => inner.close(),
    identifyImage: (image, question) => inner.identifyImage(image, question),
    execute: async (invocation, execution) => {
      const component = { ...invocation.component, argv: options.argv } as Invocation['component'];
      const outcome = await inner.execute({ ...invocation, component }, { ...execution, ...stdin });
      options.onExit(outcome.exitCode);
      if (outcome.result.status === 'failed') return outcome;
      const error =
        (await copyOutputs(invocation, options.declared)) ??
        (await logMetrics(invocation, { declared: options.declared, onEvent: execution.onEvent }));
      const result = { ...outcome.result, code: withNamedCode(outcome.result.code, invocation, options) };
      return { ...outcome, result: error === null ? result : { ...result, status: 'failed', error } };
    },
  };
}

/** Code as far as it was watched, and the files that the command names; of Python it is known which of these are code. */
function withNamedCode(
  watched: InvocationResult['code'],
  invocation: Invocation,
  { argv, code }: CollectOptions,
): InvocationResult['code'] {
  const words = new Set(isPythonName(argv[0]!) ? [] : argv.map((word) => normalize(word)));
  const isNamed = (path: string): boolean => code.has(path) || words.has(path);
  const named = Object.entries(invocation.files).filter(([path]) => isNamed(path));
  return { ...watched, files: [...named.map(([path, digest]) => ({ path, digest })), ...watched.files] };
}

async function copyOutputs(invocation: Invocation, declared: DeclaredOutputs): Promise<InvocationError | null> {
  for (const [port, path] of Object.entries(declared.paths)) {
    const from = resolve(invocation.projectRoot, path);
    if (!(await exists(from)))
      return { code: 'EXEC_OUTPUT_MISSING', message: `the command ended well and left nothing at ${path}` };
    await cp(from, invocation.outputs[port]!.path, { recursive: true, mode: constants.COPYFILE_FICLONE });
  }
  return null;
}

async function logMetrics(
  invocation: Invocation,
  work: { readonly declared: DeclaredOutputs; readonly onEvent: (event: StepEvent) => void },
): Promise<InvocationError | null> {
  const { metrics, paths } = work.declared;
  if (metrics === null) return null;
  let document: unknown;
  try {
    document = JSON.parse(await readFile(invocation.outputs[metrics]!.path, 'utf8'));
  } catch {
    return { code: 'EXEC_BAD_METRICS', message: `expected ${paths[metrics]} to be a JSON document, found none` };
  }
  const numbers = [...numbersIn(document, '')];
  for (const [name, value] of numbers) work.onEvent({ type: 'metric', name, value, step: 0, atMs: now() });
  return numbers.length > 0
    ? null
    : { code: 'EXEC_BAD_METRICS', message: `expected numbers in ${paths[metrics]}, found none` };
}

/** All numbers of a document; those inside others are named with dots. */
function* numbersIn(value: unknown, name: string): Generator<[string, number]> {
  if (typeof value === 'number' && name !== '') yield [name, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) yield* numbersIn(child, name === '' ? key : `${name}.${key}`);
}

/** Lays the recorded outputs of an earlier, equal command down where that one left them. */
export async function restoreOutputs(
  artifacts: ArtifactStore,
  work: { readonly declared: DeclaredOutputs; readonly outcome: StepOutcome; readonly root: string },
): Promise<void> {
  for (const [port, path] of Object.entries(work.declared.paths)) {
    const output = work.outcome.outputs[port];
    if (output === undefined) continue;
    const to = resolve(work.root, path);
    const beside = `${to}.${newId('part')}`;
    await mkdir(dirname(to), { recursive: true });
    try {
      await artifacts.materialize(output.digest, beside);
      if (output.kind === 'tree') await rm(to, { recursive: true, force: true });
      await rename(beside, to);
    } finally {
      await rm(beside, { recursive: true, force: true });
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}
