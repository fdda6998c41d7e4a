import type { Session } from '../database/index.ts';
import type { Metric, Page } from './entities.ts';
import { badValue, storable } from './names.ts';
import { badToken, type KeyValue, makeToken, readToken } from './page-token.ts';
import { readPoints, seriesOfRuns } from './read-series.ts';
import { metricOf, pointKey, type StoredPoint } from './series-point.ts';
import type { HistoryQuery, ReducedHistoryQuery, RunHistory } from './tracking-store.ts';

/** The points of a series by time, step and value. A page begins after the last point of the page before, not at a number of points. */
export async function metricHistory(session: Session, query: HistoryQuery): Promise<Page<Metric>> {
  const { limit, key } = query;
  if (limit !== null && limit < 1)
    throw badValue(`Invalid value ${limit} for parameter 'max_results' supplied. It must be a positive integer.`);
  const question = ['history', query.runId, key];
  const after = readToken(query.pageToken, question, pointKey.length);
  const sql = 'select s.id from metric_series s join tracked_runs r on r.id = s.run where r.run_id = ? and s.key = ?';
  const series = await session.first<{ id: number }>(sql, [storable(query.runId), storable(key)]);
  if (series === null) return { items: [], nextPageToken: null };
  const behind = after === null ? null : pointAt(after);
  const rows = await readPoints(session, series.id, limit === null ? { behind } : { behind, limit: limit + 1 });
  const hasMore = limit !== null && rows.length > limit;
  const page = hasMore ? rows.slice(0, limit) : rows;
  const last = page.at(-1);
  return {
    items: page.map((row) => metricOf(row, key)),
    nextPageToken: hasMore && last ? makeToken(keysOf(last), question) : null,
  };
}

/** The first points of the histories of some runs together, by run. */
export async function metricHistories(
  session: Session,
  { runIds, key, limit }: Omit<ReducedHistoryQuery, 'steps'>,
): Promise<RunHistory<Metric>[]> {
  requireLimit(limit);
  const series = await seriesOfRuns(session, runIds, key);
  const histories: RunHistory<Metric>[] = [];
  let left = limit;
  for (const [runId, id] of [...series].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (left === 0) break;
    const rows = await readPoints(session, id, { limit: left });
    histories.push({ runId, items: rows.map((row) => metricOf(row, key)) });
    left -= rows.length;
  }
  return histories;
}

function requireLimit(limit: number): void {
  if (limit < 0) throw badValue(`expected max_results of 0 or more, found ${limit}`);
}

function keysOf(point: StoredPoint): KeyValue[] {
  return pointKey.map((column) => point[column]);
}

function pointAt([timestamp_ms, step, value, is_nan]: readonly KeyValue[]): StoredPoint {
  if (typeof step !== 'string' || !/^-?\d{1,19}$/.test(step)) throw badToken();
  if (typeof timestamp_ms !== 'number' || typeof value !== 'number' || typeof is_nan !== 'number') throw badToken();
  return { timestamp_ms, step, value, is_nan };
}
