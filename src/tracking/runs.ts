import type { Database, Session } from '../database/index.ts';
import { now } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { locationBelow } from './artifact-location.ts';
import type { Lifecycle, Run, RunInfo, Tag } from './entities.ts';
import { activeExperiment } from './experiments.ts';
import { idsToTake } from './id-key.ts';
import { badValue, keptTagOfNewRun, storable, unknown } from './names.ts';
import { fillRuns } from './run-content.ts';
import { randomRunName } from './run-names.ts';
import { infoOf, type RunRow, runColumns } from './run-rows.ts';
import type { NewRun, RunChange } from './tracking-store.ts';
import { emitEvent } from './webhooks/emit-event.ts';

/** The tag that says a run's name a second time. */
const nameTag = 'mlflow.runName';
/** Makes a run in an active experiment. */
export async function createRun(database: Database, run: NewRun): Promise<Run> {
  const given = (run.tags ?? []).map(keptTagOfNewRun);
  const name = chooseName(run.name, given);
  const tags = new Map([...given, { key: nameTag, value: name }].map(({ key, value }) => [key, value]));
  const ids = idsToTake('run', run.idKey);
  return await database.transaction(async (session) => {
    const experiment = await activeExperiment(session, run.experimentId);
    const sql = `insert into tracked_runs (run_id, experiment_id, name, user_id, status, started_at_ms, artifact_uri,
      lifecycle) values (?, ?, ?, ?, 'RUNNING', ?, ?, 'active') on conflict (run_id) do nothing returning id, run_id`;
    let made: { readonly id: number; readonly run_id: string } | null = null;
    for (const runId of ids) {
      const artifactUri = locationBelow(experiment.artifact_location, `${runId}/artifacts`);
      const values = [runId, experiment.id, name, storable(run.userId ?? ''), run.startedAtMs ?? now(), artifactUri];
      made ??= await session.first(sql, values);
    }
    await writeTags(
      session,
      made!.id,
      [...tags].map(([key, value]) => ({ key, value })),
    );
    return await getRun(session, made!.run_id);
  });
}

function chooseName(name: string | undefined, tags: readonly Tag[]): string {
  const tagged = tags.findLast(({ key }) => key === nameTag)?.value;
  const given = name === undefined || name === '' ? undefined : storable(name);
  if (given !== undefined && tagged !== undefined && tagged !== '' && given !== tagged) {
    throw badValue(
      `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${given}', mlflow.runName='${tagged}').`,
    );
  }
  return given ?? (tagged || randomRunName());
}

/** A run with everything logged to it, also a deleted one. */
export async function getRun(session: Session, runId: string): Promise<Run> {
  return (await fillRuns(session, [await runRow(session, runId)]))[0]!;
}

/** The row of a run, also of a deleted one. */
export async function runRow(session: Session, runId: string): Promise<RunRow> {
  const row = await session.first<RunRow>(
    `select ${runColumns} from tracked_runs r where r.run_id = ? and r.lifecycle <> 'removed'`,
    [storable(runId)],
  );
  if (row === null) throw unknown(`Run with id=${runId} not found`);
  return row;
}

/** The same, where changing it is allowed. @throws PlatformError TRACKING_NOT_ACTIVE */
export async function activeRun(session: Session, runId: string): Promise<RunRow> {
  const row = await runRow(session, runId);
  requireState(row, 'active');
  return row;
}

function requireState(row: RunRow, state: Lifecycle): void {
  if (row.lifecycle === state) return;
  throw new PlatformError('TRACKING_NOT_ACTIVE', {
    message: `The run ${row.run_id} must be in the '${state}' state. Current state is ${row.lifecycle}.`,
  });
}

/** Changes status, end or name of an active run. */
export async function updateRun(database: Database, runId: string, change: RunChange): Promise<RunInfo> {
  return await database.transaction(async (session) => {
    const row = await activeRun(session, runId);
    const name = change.name === undefined || change.name === '' ? row.name : storable(change.name);
    const status = change.status ?? row.status;
    const endedAtMs = change.endedAtMs ?? row.ended_at_ms;
    const sql = 'update tracked_runs set name = ?, status = ?, ended_at_ms = ? where id = ?';
    await session.run(sql, [name, status, endedAtMs, row.id]);
    if (name !== row.name) await writeTags(session, row.id, [{ key: nameTag, value: name }]);
    const changed = { ...row, name, status, ended_at_ms: endedAtMs };
    if (isEnd(status) && !isEnd(row.status)) await emitFinished(session, changed);
    return infoOf(changed);
  });
}

/** Whether a run of this status has ended. */
export function isEnd(status: RunInfo['status']): boolean {
  return status === 'FINISHED' || status === 'FAILED' || status === 'KILLED';
}

/** Tells webhooks that a run has ended. */
export async function emitFinished(session: Session, row: RunRow): Promise<void> {
  await emitEvent(session, 'mlspec.run.finished', {
    ...{ run_id: row.run_id, experiment_id: String(row.experiment_id), run_name: row.name, status: row.status },
    ...{ start_time: row.started_at_ms, end_time: row.ended_at_ms },
  });
}

/** Moves a run to the bin, or out of it. */
export async function moveRun(database: Database, runId: string, to: Lifecycle): Promise<void> {
  await database.transaction(async (session) => {
    const row = await runRow(session, runId);
    // Deleting twice, or restoring what was never deleted, changes nothing and is no mistake.
    if (row.lifecycle === to) return;
    const sql = "update tracked_runs set lifecycle = ?, deleted_at_ms = ? where id = ? and lifecycle <> 'removed'";
    const changed = await session.run(sql, [to, to === 'deleted' ? now() : null, row.id]);
    // It was removed for good meanwhile.
    if (changed === 0) throw unknown(`Run with id=${runId} not found`);
  });
}

/** Writes tags of a run; the tag of its name renames it. */
export async function writeTags(session: Session, run: number, tags: readonly Tag[]): Promise<void> {
  const target = { table: 'run_tags', columns: ['run', 'key', 'value'] };
  const sql = '(run, key) do update set value = excluded.value';
  const last = new Map(tags.map(({ key, value }) => [key, value]));
  const rows = [...last].map(([key, value]) => [run, key, value]);
  await session.insert(target, rows, { onConflict: { sql } });
  const name = last.get(nameTag);
  if (name !== undefined) await session.run('update tracked_runs set name = ? where id = ?', [name, run]);
}

/** Takes a tag of an active run away. */
export async function deleteTag(database: Database, runId: string, key: string): Promise<void> {
  await database.transaction(async (session) => {
    const row = await activeRun(session, runId);
    const sql = 'delete from run_tags where run = ? and key = ?';
    if ((await session.run(sql, [row.id, storable(key)])) === 0)
      throw unknown(`No tag with name: ${key} in run with id ${runId}`);
  });
}
