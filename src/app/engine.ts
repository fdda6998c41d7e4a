import { readFileSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { hostname, machine, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { type ArtifactStore, createLocalArtifacts, openStatCache, type StatCache } from '../artifacts/index.ts';
import { openDatabase } from '../database/index.ts';
import type { Digest, JsonObject } from '../encoding/index.ts';
import { type MetadataStore, openMetadata, type RunRecord } from '../metadata/index.ts';
import {
  attestInterrupted,
  createCodeReader,
  type EngineServices,
  type Phase,
  type ReadArtifact,
} from '../pipeline/index.ts';
import { fingerprints } from '../steps/fingerprints.ts';
import type { Config } from './config.ts';
import { gateFilesOf } from './gate-files.ts';
import { projectId } from './project.ts';
import { createProjectFiles } from './project-files.ts';
import { baseEnvironment, launcherOf } from './step-environment.ts';
import { programVersion } from './version.ts';

const recoveredRuns = 1000;

/** The record of a project: metadata and artifacts. */
export interface ProjectRecord {
  readonly metadata: MetadataStore;
  readonly artifacts: ArtifactStore;
  readonly statCache: StatCache;
  close(): Promise<void>;
}

/** Opens the record of a project, making it where there is none. */
export async function openRecord(config: Config): Promise<ProjectRecord> {
  await mkdir(config.stateDir, { recursive: true, mode: 0o700 });
  const database = await openDatabase(
    config.metadataUrl === null
      ? { kind: 'sqlite', path: join(config.stateDir, 'metadata.db') }
      : { kind: 'postgres', url: config.metadataUrl },
  );
  const metadata = await openMetadata(database);
  const artifacts = await createLocalArtifacts({ root: join(config.stateDir, 'artifacts') });
  const statCache = await openStatCache(join(config.stateDir, 'stat-cache.json'));
  return {
    metadata,
    artifacts,
    statCache,
    close: async () => {
      await statCache.save();
      await metadata.close();
    },
  };
}

/** Whom an engine tells what takes long. */
export interface EngineChoice {
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
  const { createLocalExecutor } = await import('../pipeline/local/index.ts');
  return {
    metadata: record.metadata,
    artifacts: record.artifacts,
    executor: createLocalExecutor(launcherOf(config)),
    fingerprints,
    environment: async (reference, signal) => {
      const { prepareEnvironment } = await import('./environment.ts');
      return await prepareEnvironment(reference, { config, signal, onProgress });
    },
    files: createProjectFiles(config.projectRoot, digestFile),
    code: createCodeReader({ projectRoot: config.projectRoot, programRoot: config.programRoot, digestFile }),
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
    endDeadEngines: async () => await recover(config, record),
    onPhase: failPointOf(config),
  };
}

/**
 * Brings the record of engines that died in order: their executions become CANCELED, their runs end, and the folders
 * that their attempts left are removed. What a living engine works on is left alone.
 */
export async function recover(config: Config, record: ProjectRecord): Promise<void> {
  const isRunAlive = (run: RunRecord): boolean => run.host !== config.host || isAlive(run);
  const inputs = await inputsOfDead(record, isRunAlive);
  await record.metadata.recoverStale({
    isAlive: isRunAlive,
    statementOf: (execution, run) =>
      attestInterrupted(execution, run, { inputs: inputs.get(execution.id) ?? [], version: programVersion }),
  });
  // Folders are listed before the record is asked: each is made after its execution was recorded.
  const root = join(config.stateDir, 'scratch');
  const folders = await readdir(root).catch(() => []);
  if (folders.length === 0) return;
  const living = await livingExecutions(record);
  const { endLeftBehind } = await import('../pipeline/local/index.ts');
  for (const name of folders.filter((folder) => !living.has(folder))) {
    await endLeftBehind(join(root, name), baseEnvironment(config));
    await rm(join(root, name), { recursive: true, force: true });
  }
}

/** Whether there are folders of attempts: of living engines, or left by dead ones. */
export async function hasAttempts(config: Config): Promise<boolean> {
  return (await readdir(join(config.stateDir, 'scratch')).catch(() => [])).length > 0;
}

/** What the executions had read that dead engines left running. */
async function inputsOfDead(
  record: ProjectRecord,
  isRunAlive: (run: RunRecord) => boolean,
): Promise<Map<string, ReadArtifact[]>> {
  const { metadata } = record;
  const inputs = new Map<string, ReadArtifact[]>();
  for (const run of await metadata.listRuns({ limit: recoveredRuns })) {
    if (run.state !== 'RUNNING' || isRunAlive(run)) continue;
    const open = (await metadata.executions(run.id)).filter((execution) => execution.state === 'RUNNING');
    for (const event of await metadata.events(open.map((execution) => execution.id))) {
      const [artifact] = await metadata.artifacts([event.artifactId]);
      if (artifact === undefined || event.direction !== 'INPUT') continue;
      const known = inputs.get(event.executionId) ?? [];
      inputs.set(event.executionId, [...known, { port: event.port, index: event.index, artifact }]);
    }
  }
  return inputs;
}

/** Executions that living engines work on. */
async function livingExecutions(record: ProjectRecord): Promise<Set<string>> {
  const running = (await record.metadata.listRuns({ limit: recoveredRuns })).filter((run) => run.state === 'RUNNING');
  const executions = await Promise.all(running.map((run) => record.metadata.executions(run.id)));
  return new Set(
    executions
      .flat()
      .filter((execution) => execution.state === 'RUNNING')
      .map((execution) => execution.id),
  );
}

/** Whether the process of a run still lives; a later process with the same number is not it. */
function isAlive({ pid, details }: RunRecord): boolean {
  try {
    process.kill(pid, 0);
    const mark = startMark(pid);
    return mark === null || typeof details['startMark'] !== 'string' || details['startMark'] === mark;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process was started, as the system says it: tells it from a later one with its number. Null where unknown. */
export function startMark(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${boot}:${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return null;
  }
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
