import { mkdir } from 'node:fs/promises';
import { hostname, machine, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { StatCache } from '../artifacts/index.ts';
import type { Digest, JsonObject } from '../encoding/index.ts';
import { createCodeReader, type EngineServices, type Executor, type Phase } from '../pipeline/index.ts';
import { fingerprints } from '../steps/fingerprints.ts';
import type { Config } from './config.ts';
import { gateFilesOf } from './gate-files.ts';
import { projectId } from './project.ts';
import { createProjectFiles } from './project-files.ts';
import type { ProjectRecord } from './project-record.ts';
import { recover } from './recover.ts';
import type { Signing } from './signing.ts';
import { launcherOf } from './step-environment.ts';
import { programVersion } from './version.ts';

/** Whom an engine tells what takes long, and who signs for it. */
export interface EngineChoice {
  readonly signing: Signing;
  readonly onProgress: (message: string) => void;
}

/** The engine over a project's record, with the adapters of this installation. */
export async function openEngine(
  config: Config,
  record: ProjectRecord,
  options: EngineChoice,
): Promise<EngineServices> {
  const { onProgress } = options;
  const scratchRoot = join(config.stateDir, 'scratch');
  await mkdir(scratchRoot, { recursive: true, mode: 0o700 });
  const digestFile = (path: string): Promise<Digest | null> => digestOrNull(record.statCache, path);
  return {
    metadata: record.metadata,
    artifacts: record.artifacts,
    executor: localExecutor(config),
    fingerprints,
    environment: async (reference, signal) => {
      const { prepareEnvironment } = await import('./environment.ts');
      return await prepareEnvironment(reference, { config, signal, onProgress });
    },
    files: createProjectFiles(config.projectRoot, digestFile),
    identifyPython: async (path, signal) => {
      const { identifyPython } = await import('./command-pythons.ts');
      return await identifyPython(path, { config, signal });
    },
    code: createCodeReader({
      projectRoot: config.projectRoot,
      programRoot: config.programRoot,
      digestFile,
      digestPython: async (name) => {
        const { digestPython } = await import('./command-pythons.ts');
        return await digestPython(name, { config, signal: new AbortController().signal });
      },
    }),
    projectRoot: config.projectRoot,
    scratchRoot,
    secrets: config.env as Record<string, string>,
    sealingKey: async () => {
      const { loadOrCreateSealingKey } = await import('../provenance/index.ts');
      return (await loadOrCreateSealingKey(config.keysDir, await projectId(config))).bytes;
    },
    gateFiles: await gateFilesOf(config),
    machine: describeMachine(),
    version: programVersion,
    signStatement: options.signing.statement,
    functionaries: options.signing.functionaries,
    endDeadEngines: async () => await recover(config, record, options.signing),
    onPhase: failPointOf(config),
  };
}

/** The executor on this machine, loaded where there is something to execute. */
function localExecutor(config: Config): Executor {
  let opened: Promise<Executor> | null = null;
  const open = (): Promise<Executor> => {
    opened ??= import('../pipeline/local/index.ts').then(({ createLocalExecutor }) =>
      createLocalExecutor(launcherOf(config)),
    );
    return opened;
  };
  return {
    name: 'local',
    execute: async (invocation, options) => await (await open()).execute(invocation, options),
    identifyImage: async (image, question) => await (await open()).identifyImage(image, question),
    close: async () => await (await opened)?.close(),
  };
}

async function digestOrNull(cache: StatCache, path: string): Promise<Digest | null> {
  try {
    return (await cache.digestOf(path)).digest;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR' || code === 'ENAMETOOLONG') return null;
    throw error;
  }
}

function describeMachine(): JsonObject {
  return {
    platform: process.platform,
    architecture: machine(),
    release: release(),
    host: hostname(),
    memoryBytes: totalmem(),
    node: process.version,
  };
}

function failPointOf(config: Config): EngineServices['onPhase'] {
  const { failPoint } = config;
  if (failPoint === null) return () => undefined;
  return (edge: 'before' | 'after', phase: Phase, step: string) => {
    if (failPoint === `${edge}:${phase}@${step}` || failPoint === `${edge}:${phase}`)
      process.kill(process.pid, 'SIGKILL');
  };
}
