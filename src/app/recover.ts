import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isProcessAlive } from '../encoding/index.ts';
import type { OpenRun } from '../metadata/index.ts';
import { attestInterrupted, type ReadArtifact } from '../pipeline/index.ts';
import type { Config } from './config.ts';
import type { ProjectRecord } from './project-record.ts';
import { openSigning, type Signing } from './signing.ts';
import { baseEnvironment } from './step-environment.ts';
import { programVersion } from './version.ts';

/**
 * Brings the record of engines that died in order: their executions and their runs become FAILED, and the folders that
 * their attempts left are removed. What a living engine works on is left alone.
 */
export async function recover(
  config: Config,
  record: ProjectRecord,
  signing: Signing = openSigning(config),
): Promise<void> {
  const isAlive = (run: OpenRun): boolean => isEngineAlive(run, config.host);
  const inputs = await inputsOfDead(record, isAlive);
  await record.metadata.recoverStale({
    isAlive,
    statementOf: async (execution, run) =>
      await signing.statement(
        attestInterrupted(execution, run, { inputs: inputs.get(execution.id) ?? [], version: programVersion }),
        'runner',
      ),
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

/**
 * Whether the engine of a run lives. Where its process can be seen from here, that decides; elsewhere, on another machine
 * or in another container, what it said of itself: an engine that says nothing for two minutes counts as dead.
 */
function isEngineAlive({ host, pid, details, isLeased }: OpenRun, here: string): boolean {
  const mark = details['startMark'];
  const seen = host === here ? isProcessAlive(pid, typeof mark === 'string' ? mark : null) : null;
  return seen ?? isLeased;
}

/** What the executions had read that dead engines left running. */
async function inputsOfDead(
  record: ProjectRecord,
  isAlive: (run: OpenRun) => boolean,
): Promise<Map<string, ReadArtifact[]>> {
  const { metadata } = record;
  const inputs = new Map<string, ReadArtifact[]>();
  for (const run of await metadata.openRuns()) {
    if (isAlive(run)) continue;
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
  const running = await record.metadata.openRuns();
  const executions = await Promise.all(running.map((run) => record.metadata.executions(run.id)));
  return new Set(
    executions
      .flat()
      .filter((execution) => execution.state === 'RUNNING')
      .map((execution) => execution.id),
  );
}
