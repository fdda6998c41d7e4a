/**
 * Removing runs. A run is marked first, under a name that no client can ask for: that is the moment from which it cannot be
 * restored. Its points then go in portions, and in the last transaction everything else. The row of the run stays until
 * then, so that no key of it or of its series is given again while something of it is there; and its series go before the
 * last points, so that a writer who had begun before the mark ends first, and what it wrote goes too.
 */
import type { Database, Session } from '../../database/index.ts';
import type { DeletedRow } from './find-deleted.ts';
import type { RemovalRequest } from './removal.ts';
import { type Outcome, type Take, takeEach } from './take-each.ts';

/** Points that one transaction removes: some milliseconds, for which a server waits. */
const pointsAtOnce = 10_000;

/** Marks deleted runs for good, if they still are deleted and nobody needs them. */
export async function markRuns(
  database: Database,
  rows: readonly DeletedRow[],
  request: RemovalRequest,
): Promise<Outcome> {
  const sql = `update tracked_runs set lifecycle = 'removed', run_id = 'removed/' || run_id
    where id = ? and lifecycle = 'deleted' and (deleted_at_ms is null or deleted_at_ms < ?)`;
  const mark: Take = async (session, row) => (await session.run(sql, [row.row, request.deletedBeforeMs])) === 1;
  return await takeEach(database, { rows, request, take: mark });
}

/** Removes every run that is marked, also by a removal that was killed. */
export async function removeMarkedRuns(database: Database, signal: AbortSignal | undefined): Promise<void> {
  for (;;) {
    const sql = "select id from tracked_runs where lifecycle = 'removed' limit 100";
    const rows = await database.all<{ id: number }>(sql);
    if (rows.length === 0) return;
    for (const { id } of rows) await removeRun(database, id, signal);
  }
}

async function removeRun(database: Database, run: number, signal: AbortSignal | undefined): Promise<void> {
  for (let isGone = false; !isGone; ) {
    signal?.throwIfAborted();
    isGone = await database.transaction(
      async (session) => {
        if ((await removePoints(session, run)) >= pointsAtOnce) return false;
        await removeRest(session, run, database.kind);
        return true;
      },
      { durability: 'normal' },
    );
  }
}

const point = 'timestamp_ms, step, value, is_nan';

/** @returns how many it removed: fewer than a portion where none are left */
async function removePoints(session: Session, run: number): Promise<number> {
  const series = await session.all<{ id: number }>('select id from metric_series where run = ?', [run]);
  let removed = 0;
  for (const { id } of series) {
    removed += await removePortion(session, id, pointsAtOnce - removed);
    if (removed >= pointsAtOnce) break;
  }
  return removed;
}

async function removePortion(session: Session, series: number, count: number): Promise<number> {
  const upTo = `(select ${point} from metric_points where series = ? order by ${point} limit 1 offset ?)`;
  const portion = `delete from metric_points where series = ? and (${point}) <= ${upTo}`;
  const removed = await session.run(portion, [series, series, count - 1]);
  return removed > 0 ? removed : await session.run('delete from metric_points where series = ?', [series]);
}

async function removeRest(session: Session, run: number, kind: Database['kind']): Promise<void> {
  // In the order in which writers take them.
  const held = `select id from metric_series where run = ? order by key ${kind === 'postgres' ? 'for update' : ''}`;
  const series = await session.all<{ id: number }>(held, [run]);
  for (const { id } of series) {
    await session.run('delete from metric_points where series = ?', [id]);
    await session.run('delete from metric_blocks where series = ?', [id]);
  }
  const tables = ['metric_series', 'run_params', 'run_tags', 'run_dataset_tags', 'run_datasets', 'run_models'];
  for (const table of tables) await session.run(`delete from ${table} where run = ?`, [run]);
  await session.run("delete from tracked_runs where id = ? and lifecycle = 'removed'", [run]);
}

/** Removes data of experiments that no run read. */
export async function removeUnreadDatasets(database: Database, experiments: Iterable<number>): Promise<void> {
  const sql = `delete from datasets where experiment_id = ?
    and not exists (select 1 from run_datasets u where u.dataset = datasets.id)`;
  for (const experiment of new Set(experiments)) await database.run(sql, [experiment]);
}
