import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { modulePath } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { ExecuteOptions, Handover, Invocation } from '../invocation.ts';
import { commandLine } from './command-line.ts';
import { watchVariables } from './python-watch.ts';
import type { Launch } from './spawn.ts';

/** Where the programs are that steps are started with. */
export interface LauncherOptions {
  /** The module that exports `stages`, for built-in steps. */
  readonly stagesModule: string;
  readonly nodePath: string;
  /** The folder of the product: its Python package is in `python/`. */
  readonly programRoot: string;
  /** Variables of the parent that every step gets: PATH, HOME, LANG and the like. No others reach a step. */
  readonly baseEnv: Readonly<Record<string, string>>;
  /** The interpreter for Python steps without an environment of their own. */
  readonly python: string;
}

/**
 * How the process of an invocation is started. Secrets reach a Node step on standard input, every other as variables.
 * @throws PlatformError PIPELINE_CANNOT_START for a component that this executor cannot start
 */
export async function launchOf(
  invocation: Invocation,
  options: ExecuteOptions,
  launcher: LauncherOptions,
): Promise<Launch> {
  const { component } = invocation;
  const document = join(dirname(invocation.resultPath), 'invocation.json');
  const base = { cwd: invocation.projectRoot, env: { ...launcher.baseEnv, TMPDIR: invocation.workDir } };
  switch (component.kind) {
    case 'builtin':
      return {
        ...withHashSeed(base),
        command: launcher.nodePath,
        args: [...nodeFlags, modulePath(import.meta.url, './builtin-runner'), document, launcher.stagesModule],
        input: handover(options),
      };
    case 'typescript':
      return {
        ...base,
        env: { ...base.env, ...trackingVariables(options) },
        command: launcher.nodePath,
        args: [...nodeFlags, modulePath(import.meta.url, './typescript-runner'), document],
        input: handover({ ...options, sealingKey: null, gateFiles: null }),
      };
    case 'sql':
      return {
        ...base,
        command: launcher.nodePath,
        args: [...nodeFlags, modulePath(import.meta.url, './sql-runner'), document],
        input: handover({ ...options, sealingKey: null, gateFiles: null }),
      };
    case 'python':
      return {
        ...base,
        // Python looks for modules where it is started, before everywhere else: in the project a file named like one of
        // the standard library would take its place. The step itself runs in the project.
        cwd: invocation.workDir,
        env: pythonEnv(base.env, options, launcher),
        command: invocation.environment.python ?? launcher.python,
        args: ['-m', 'mlspec.run', document],
        input: null,
      };
    case 'command': {
      const line = commandLine(component.argv, invocation);
      const env = { ...base.env, ...('env' in component ? component.env : {}) };
      return {
        ...base,
        env: {
          ...inEnvironment(env, invocation),
          ...watchVariables(env, invocation, launcher.programRoot),
          ...line.env,
          ...trackingVariables(options),
          ...options.secrets,
        },
        command: line.command,
        args: line.args,
        input: null,
        ...(options.stdinPath === undefined ? {} : { inputPath: options.stdinPath }),
      };
    }
    case 'container': {
      const { containerLaunch } = await import('./container.ts');
      return await containerLaunch(invocation, options, base);
    }
    default:
      throw new PlatformError('PIPELINE_CANNOT_START', {
        message: `step ${invocation.step} has a component of an unknown kind`,
      });
  }
}

/** What tells MLflow's clients where to log to. */
function trackingVariables({ tracking }: ExecuteOptions): Record<string, string> {
  if (tracking === undefined) return {};
  return { MLFLOW_TRACKING_URI: tracking.uri, MLFLOW_RUN_ID: tracking.runId, ...tracking.credentials };
}

/** For the Python that a built-in step starts itself: sets go through their members in the same order each time. */
function withHashSeed<Base extends { readonly env: Readonly<Record<string, string>> }>(base: Base): Base {
  return { ...base, env: { ...base.env, PYTHONHASHSEED: '0' } };
}

const nodeFlags = ['--disable-warning=ExperimentalWarning'];

function handover(options: Pick<ExecuteOptions, 'secrets' | 'sealingKey' | 'gateFiles'>): string {
  const key = options.sealingKey;
  const document: Handover = {
    secrets: options.secrets,
    sealingKey: key === null ? null : Buffer.from(key).toString('base64'),
    gateFiles: options.gateFiles,
  };
  return JSON.stringify(document);
}

/** Variables with the programs of the step's Python environment before all others, as if it were activated. */
function inEnvironment(env: Readonly<Record<string, string>>, invocation: Invocation): Record<string, string> {
  const { python } = invocation.environment;
  if (python === null || !isAbsolute(python)) return { ...env };
  const programs = dirname(python);
  return {
    ...env,
    PATH: [programs, ...(env['PATH'] === undefined ? [] : [env['PATH']])].join(delimiter),
    VIRTUAL_ENV: dirname(programs),
  };
}

function pythonEnv(
  env: Readonly<Record<string, string>>,
  options: ExecuteOptions,
  launcher: LauncherOptions,
): Record<string, string> {
  // The runner asks for it once it is loaded itself: compiling it takes longer than starting Python.
  const { PYTHONDONTWRITEBYTECODE: _, ...kept } = env;
  return {
    ...kept,
    PYTHONPATH: join(launcher.programRoot, 'python'),
    PYTHONUNBUFFERED: '1',
    PYTHONHASHSEED: '0',
    ...trackingVariables(options),
    ...options.secrets,
  };
}
