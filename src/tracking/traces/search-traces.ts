import type { Database } from '../../database/index.ts';
import type { Page } from '../entities.ts';
import { compileFilter, compileOrder } from '../filter/index.ts';
import { badValue, experimentNumber } from '../names.ts';
import { type SortKey, type SqlPart, searchPage } from '../search-page.ts';
import type { TraceComparison, TraceCounts, TraceInfo, TraceQuery } from './trace.ts';
import { fillTraces, type TraceRow, traceColumns } from './trace-rows.ts';

const largestPage = 500;

/** Traces of some experiments. */
export async function searchTraces(database: Database, query: TraceQuery): Promise<Page<TraceInfo>> {
  const { limit, filter = '', orderBy = [] } = query;
  if (limit < 1 || limit > largestPage) {
    const wanted = limit < 1 ? 'a positive integer' : `at most ${largestPage}`;
    throw badValue(`Invalid value ${limit} for parameter 'max_results' supplied. It must be ${wanted}`);
  }
  const ids = [...new Set(query.experimentIds.map(experimentNumber))];
  if (ids.length === 0) return { items: [], nextPageToken: null };
  const order = compileOrder('traces', orderBy, database);
  const page = await searchPage<TraceRow>(database, {
    columns: traceColumns,
    from: 'traces t',
    where: [within(ids), compileFilter('traces', filter, database)],
    order: [...order, key('t.started_at_ms', 'desc'), key('t.trace_id', 'asc')],
    limit,
    pageToken: query.pageToken,
    question: ['traces', ...ids.map(String), filter, ...orderBy],
  });
  return { ...page, items: await fillTraces(database, page.items) };
}

/** How many traces two filters have in common. */
export async function compareFilters(database: Database, comparison: TraceComparison): Promise<TraceCounts> {
  const ids = [...new Set(comparison.experimentIds.map(experimentNumber))];
  if (ids.length === 0) return { total: 0, first: 0, second: 0, both: 0 };
  const parts = [comparison.first, comparison.second, comparison.base ?? ''].map((filter) =>
    compileFilter('traces', filter, database),
  ) as [SqlPart, SqlPart, SqlPart];
  const [first, second, base] = parts;
  const experiments = within(ids);
  const sql = `select count(*) as total, coalesce(sum(is_first), 0) as first, coalesce(sum(is_second), 0) as second,
    coalesce(sum(is_first * is_second), 0) as both from (
      select case when ${first.sql} then 1 else 0 end as is_first, case when ${second.sql} then 1 else 0 end as is_second
      from traces t where ${experiments.sql} and (${base.sql})) as counted`;
  const parameters = [first, second, experiments, base].flatMap((part) => part.parameters);
  const found = await database.first<Record<keyof TraceCounts, number | string>>(sql, parameters);
  const { total, first: one, second: other, both } = found!;
  return { total: Number(total), first: Number(one), second: Number(other), both: Number(both) };
}

/** That traces are of some experiments. */
export function within(ids: readonly number[]): SqlPart {
  return { sql: `t.experiment_id in (${ids.map(() => '?').join(', ')})`, parameters: ids };
}

function key(sql: string, direction: 'asc' | 'desc'): SortKey {
  return { sql, parameters: [], direction, isNeverNull: true };
}
