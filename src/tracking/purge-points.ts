import type { Session } from '../database/index.ts';
import { keepBlocks, type SeriesState } from './series-blocks.ts';

/**
 * Removes the points of a run from a step on, as if they had never been logged: a training that went back to an earlier
 * state writes them again. Latest points and summaries follow; a metric without a point is gone.
 * @param run the number of its row
 * @returns how many points were removed
 */
export async function purgePoints(session: Session, run: number, fromStep: bigint): Promise<number> {
  const sql = `select id from metric_series where run = ? and last_step >= ? order by id`;
  let removed = 0;
  for (const { id } of await session.all<{ id: number }>(sql, [run, fromStep])) {
    removed += await session.run('delete from metric_points where series = ? and step >= ?', [id, fromStep]);
    await session.run('delete from metric_blocks where series = ?', [id]);
    await summarizeAgain(session, id);
  }
  return removed;
}

const raiseAgain = `update metric_series set (last_step, last_timestamp_ms, last_value, last_is_nan) =
    (select step, timestamp_ms, value, is_nan from metric_points where series = metric_series.id
      order by step desc, timestamp_ms desc, value desc limit 1),
    tail_points = (select count(*) from metric_points where series = metric_series.id), blocked_until_ms = -1
  where id = ?`;

async function summarizeAgain(session: Session, id: number): Promise<void> {
  const left = await session.first('select 1 as found from metric_points where series = ? limit 1', [id]);
  if (left === null) {
    await session.run('delete from metric_series where id = ?', [id]);
    return;
  }
  await session.run(raiseAgain, [id]);
  for (let tail = Number.POSITIVE_INFINITY; ; ) {
    const columns = 'id, blocked_until_ms, tail_points';
    const state = (await session.first<SeriesState>(`select ${columns} from metric_series where id = ?`, [id]))!;
    if (state.tail_points >= tail) return;
    tail = state.tail_points;
    await keepBlocks(session, [{ state, points: [] }]);
  }
}
