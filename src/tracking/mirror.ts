/**
 * Runs that somebody else keeps, shown among the tracker's own: the runs of the record. A mirrored run has the id that its
 * owner gives; mirroring it again brings it up to date, and leaves what clients logged to it besides. What clients may
 * not change stays the owner's: status, times and name are overwritten by each mirroring.
 */
import type { Database, Session } from '../database/index.ts';
import { locationBelow } from './artifact-location.ts';
import type { MirroredRun } from './entities.ts';
import { experimentNamed } from './experiments.ts';
import { logPoints } from './log-batch.ts';
import { keptParamValue, keptTagValue, keyFor, storable } from './names.ts';
import { emitFinished, isEnd, runRow, writeTags } from './runs.ts';

/** Brings runs up to date, all of them or none. */
export async function mirrorRuns(database: Database, runs: readonly MirroredRun[]): Promise<void> {
  await database.transaction(
    async (session) => {
      // One at a time: of two processes that see the same run end, one tells of it.
      if (database.kind === 'postgres') await session.all("select pg_advisory_xact_lock(hashtext('mlspec mirror'))");
      for (const run of runs) await mirrorRun(session, run);
    },
    { durability: 'normal' },
  );
}

async function mirrorRun(session: Session, run: MirroredRun): Promise<void> {
  const known = 'select status from tracked_runs where run_id = ?';
  const before = await session.first<Pick<MirroredRun, 'status'>>(known, [run.runId]);
  const id = await upsertRun(session, run);
  if (isEnd(run.status) && (before === null || !isEnd(before.status)))
    await emitFinished(session, await runRow(session, run.runId));
  const target = { table: 'run_params', columns: ['run', 'key', 'value'] };
  const params = new Map(run.params.map(({ key, value }) => [keyFor(key), keptParamValue(value)]));
  const sql = '(run, key) do update set value = excluded.value';
  const rows = [...params].map(([key, value]) => [id, key, value]);
  await session.insert(target, rows, { onConflict: { sql } });
  const name = { key: 'mlflow.runName', value: run.name };
  const tags = [...run.tags, name].map(({ key, value }) => ({ key, value: keptTagValue(value) }));
  await writeTags(session, id, tags);
  const metrics = run.metrics.map((metric) => ({ ...metric, key: keyFor(metric.key) }));
  await logPoints(session, { id, run_id: run.runId }, metrics);
}

async function upsertRun(session: Session, run: MirroredRun): Promise<number> {
  const experiment = await experimentNamed(session, run.experiment);
  const uri = locationBelow(experiment.artifact_location, `${run.runId}/artifacts`);
  const sql = `insert into tracked_runs (run_id, experiment_id, name, user_id, status, started_at_ms, ended_at_ms,
      artifact_uri, lifecycle) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
    on conflict (run_id) do update set name = excluded.name, status = excluded.status,
      started_at_ms = excluded.started_at_ms, ended_at_ms = excluded.ended_at_ms returning id`;
  const { runId, userId, status, startedAtMs, endedAtMs } = run;
  const values = [runId, experiment.id, storable(run.name), storable(userId), status, startedAtMs, endedAtMs];
  return (await session.first<{ id: number }>(sql, [...values, uri, experiment.lifecycle]))!.id;
}

/** Notes how far runs were mirrored: by the owner's id, whether nothing more will come. */
export async function noteMirrored(database: Database, sources: ReadonlyMap<string, 'open' | 'ended'>): Promise<void> {
  const target = { table: 'mirrored_runs', columns: ['source', 'state'] };
  const sql = '(source) do update set state = excluded.state';
  await database.insert(target, [...sources], { onConflict: { sql } });
}

/** Which of these runs still have to be mirrored: those that never were, and those that had not ended then. */
export async function notMirrored(database: Database, sources: readonly string[]): Promise<string[]> {
  if (sources.length === 0) return [];
  const places = sources.map(() => '?').join(', ');
  const sql = `select source from mirrored_runs where state = 'ended' and source in (${places})`;
  const done = new Set((await database.all<{ source: string }>(sql, sources)).map(({ source }) => source));
  return sources.filter((source) => !done.has(source));
}

/** The runs that had not ended when they were mirrored. */
export async function openMirrors(database: Database): Promise<string[]> {
  const rows = await database.all<{ source: string }>("select source from mirrored_runs where state = 'open'");
  return rows.map(({ source }) => source);
}
