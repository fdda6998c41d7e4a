import { access, constants, statfs } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { pathExists } from '../encoding/index.ts';
import { inspectPython } from '../environments/index.ts';
import { toPlatformError } from '../errors/index.ts';
import type { Config } from './config.ts';
import { loadSpec } from './load-spec.ts';
import { readRecord } from './project-record.ts';
import { baseEnvironment } from './step-environment.ts';
import { programVersion } from './version.ts';

/** One thing that was looked at. */
export interface Examined {
  readonly what: string;
  readonly state: 'good' | 'warn' | 'bad';
  readonly found: string;
  /** What to do where it is not good. */
  readonly todo?: string;
}

const smallSpaceBytes = 5e9;

/** Looks at the machine and the project: what is there, what is missing, and what to do about it. */
export async function examine(config: Config): Promise<Examined[]> {
  return [
    { what: 'mlspec', state: 'good', found: programVersion },
    examineNode(),
    await examinePython(config),
    await examineTool(config, 'uv', 'with it environments are made faster'),
    await examineContainers(config),
    await examineTool(config, 'git', "with it runs record the project's commit"),
    await examineSpec(config),
    await examineFolder('record', config.stateDir),
    await examineFolder('keys', config.keysDir),
    await examineFolder('cache', config.cacheDir),
    await examineRecord(config),
  ];
}

function examineNode(): Examined {
  const major = Number(process.versions.node.split('.')[0]);
  return major >= 24
    ? { what: 'node', state: 'good', found: process.version }
    : { what: 'node', state: 'bad', found: process.version, todo: 'install Node 24 or newer' };
}

async function examinePython(config: Config): Promise<Examined> {
  try {
    const lock = await inspectPython(config.python, { signal: AbortSignal.timeout(10_000), env: config.env });
    return { what: 'python', state: 'good', found: `${lock.python} (${config.python})` };
  } catch (error) {
    return {
      what: 'python',
      state: 'warn',
      found: toPlatformError(error).message,
      todo: 'install Python 3.9 or newer for Python steps; TypeScript steps do without',
    };
  }
}

async function examineTool(config: Config, name: string, purpose: string): Promise<Examined> {
  for (const folder of (config.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return { what: name, state: 'good', found: path };
  }
  return { what: name, state: 'warn', found: 'not found', todo: purpose };
}

/** A client alone answers nothing: the engine itself is asked. */
async function examineContainers(config: Config): Promise<Examined> {
  const { findEngine } = await import('../pipeline/local/index.ts');
  try {
    return { what: 'containers', state: 'good', found: `${await findEngine(baseEnvironment(config))} runs` };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { what: 'containers', state: 'warn', found, todo: 'container steps need one' };
  }
}

async function examineSpec(config: Config): Promise<Examined> {
  const isThere = await pathExists(config.specFile);
  if (!isThere)
    return { what: 'spec', state: 'warn', found: 'none here or in a folder above', todo: 'run mlspec init' };
  const { findings } = await loadSpec(config, { params: [] });
  const count = findings.filter(({ severity }) => severity === 'error').length;
  return count === 0
    ? { what: 'spec', state: 'good', found: config.specFile }
    : {
        what: 'spec',
        state: 'bad',
        found: `${config.specFile} has ${count} ${count === 1 ? 'error' : 'errors'}`,
        todo: 'mlspec check shows them, with what to write instead',
      };
}

async function examineFolder(what: string, path: string): Promise<Examined> {
  try {
    const place = await nearestFolder(path);
    await access(place, constants.W_OK);
    const { bavail, bsize } = await statfs(place);
    const freeBytes = bavail * bsize;
    const found = `${path}, ${(freeBytes / 1e9).toFixed(1)} GB free`;
    return freeBytes < smallSpaceBytes
      ? { what, state: 'warn', found, todo: 'free some space; mlspec gc removes what no kept run needs' }
      : { what, state: 'good', found };
  } catch (error) {
    return {
      what,
      state: 'bad',
      found: (error as Error).message,
      todo: 'make the folder writable, or name another one',
    };
  }
}

/** The folder itself or, where it is not made yet, the one in which it would be. */
async function nearestFolder(path: string): Promise<string> {
  const isThere = await pathExists(path);
  return isThere || path === dirname(path) ? path : await nearestFolder(dirname(path));
}

async function examineRecord(config: Config): Promise<Examined> {
  try {
    const record = await readRecord(config);
    const runs = await record.metadata.listRuns({ limit: 1 });
    await record.close();
    return {
      what: 'metadata',
      state: 'good',
      found: runs[0] === undefined ? 'no runs yet' : `latest run ${runs[0].id}`,
    };
  } catch (thrown) {
    const error = toPlatformError(thrown);
    return { what: 'metadata', state: 'bad', found: error.message, todo: error.hint };
  }
}
