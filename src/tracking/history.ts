import type { Session, SqlParameter } from '../database/index.ts';
import type { Metric, Page } from './entities.ts';
import { badValue, storable } from './names.ts';
import { badToken, makeToken, readToken } from './page-token.ts';
import { runRow } from './runs.ts';
import { pointKey as columns, metricOf, type StoredPoint } from './series-point.ts';
import type { HistoryQuery } from './tracking-store.ts';

const select = 'select timestamp_ms, cast(step as text) as step, value, is_nan from metric_points where series = ?';

/** The points of a series by time, step and value. A page begins after the last point of the page before, not at a number of points. */
export async function metricHistory(session: Session, query: HistoryQuery): Promise<Page<Metric>> {
  if (query.limit !== null && query.limit < 0)
    throw badValue(`expected max_results of 0 or more, found ${query.limit}`);
  const run = await runRow(session, query.runId);
  const question = ['history', query.runId, query.key];
  const after = readToken(query.pageToken, question, columns.length);
  const sql = 'select id from metric_series where run = ? and key = ?';
  const series = await session.first<{ id: number }>(sql, [run.id, storable(query.key)]);
  if (series === null || query.limit === 0) return { items: [], nextPageToken: null };
  const rows = await readPoints(session, series.id, { after, limit: query.limit });
  const hasMore = query.limit !== null && rows.length > query.limit;
  const page = hasMore ? rows.slice(0, query.limit ?? undefined) : rows;
  const last = page.at(-1);
  return {
    items: page.map((row) => metricOf(row, query.key)),
    nextPageToken: hasMore
      ? makeToken(
          columns.map((column) => last![column]),
          question,
        )
      : null,
  };
}

async function readPoints(
  session: Session,
  series: number,
  { after, limit }: { readonly after: readonly unknown[] | null; readonly limit: number | null },
): Promise<StoredPoint[]> {
  const parameters: SqlParameter[] = [series];
  let sql = select;
  if (after !== null) {
    const [timestampMs, step, value, isNan] = after;
    if (!/^-?\d{1,19}$/.test(String(step)) || [timestampMs, value, isNan].some((key) => typeof key !== 'number'))
      throw badToken();
    sql += ` and (${columns.join(', ')}) > (?, ?, ?, ?)`;
    parameters.push(Number(timestampMs), BigInt(String(step)), Number(value), Number(isNan));
  }
  sql += ` order by ${columns.map((column) => `metric_points.${column}`).join(', ')}`;
  if (limit !== null) {
    sql += ' limit ?';
    parameters.push(limit + 1);
  }
  return await session.all(sql, parameters);
}
