import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { isOwn, type OwnMeans, ownMeans } from '../../data-quality/index.ts';
import { newId } from '../../encoding/index.ts';
import type { CallCode } from '../../tables/index.ts';
import type { Config } from '../config.ts';
import { launcherOf } from '../step-environment.ts';
import type { OpenedChecks } from './open-checks.ts';

/** What the checks of a file's own are carried out with, until it is closed. */
export interface OpenedOwn {
  readonly means: OwnMeans;
  close(): Promise<void>;
}

/**
 * What checks of the project's own are carried out with outside a run: files of SQL and functions are those of the folder of the file of checks, and functions run in a
 * process of their own by the interpreter that the configuration names; without one they are not called. Null where there are no such checks.
 */
export async function openOwn(
  config: Config | null,
  {
    declared,
    checksPath,
    signal = new AbortController().signal,
  }: { readonly declared: OpenedChecks | null; readonly checksPath: string | null; readonly signal?: AbortSignal },
): Promise<OpenedOwn | null> {
  if (declared === null || checksPath === null || !declared.checks.some((check) => isOwn(check))) return null;
  const folder = await mkdtemp(join(tmpdir(), 'mlspec-checks-'));
  const place = { folder, projectRoot: dirname(resolve(checksPath)), signal };
  await mkdir(join(folder, 'table'));
  return {
    means: ownMeans(join(folder, 'table'), {
      projectRoot: place.projectRoot,
      callCode: config === null ? null : await callerIn(config, place),
    }),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

interface CallPlace {
  readonly folder: string;
  readonly projectRoot: string;
  readonly signal: AbortSignal;
}

async function callerIn(config: Config, { folder, projectRoot, signal }: CallPlace): Promise<CallCode> {
  const { nodePath, programRoot, baseEnv, python } = launcherOf(config);
  const env = { ...baseEnv, PYTHONHASHSEED: '0', TMPDIR: join(folder, 'tmp') };
  await mkdir(env.TMPDIR);
  return async (call) => {
    const { callCode } = await import('../../pipeline/local/index.ts');
    const onText = (text: string): void => void process.stderr.write(text);
    const where = { projectRoot, programRoot, nodePath, python, env, executionId: newId('check'), onText, signal };
    return (await callCode(call, where)).answer;
  };
}
