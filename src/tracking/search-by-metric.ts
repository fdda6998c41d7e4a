/**
 * Runs in the order of a metric. Sorting all runs that match, to give a hundred, costs a second for every few hundred
 * thousand of them; the index over a metric's values has them in order already. It has the runs of all experiments,
 * though, so that a few matching runs are faster sorted than found among those. So the next two thousand values of the
 * index are looked at first, which is enough where one run in twenty matches; then matches are read, as far as decides
 * whether they are sorted or the index is read on. In the index stand the numbers only: what is left of a page is filled
 * with the runs that have none.
 */
import type { Session } from '../database/index.ts';
import type { Page } from './entities.ts';
import { type KeyValue, readToken } from './page-token.ts';
import { allOf, type PageQuery, pageOf, readRows, type SqlPart, searchPage } from './search-page.ts';

/** A session of a database of a kind. */
type Place = Session & { readonly kind: 'sqlite' | 'postgres' };

/** By which metric a search is ordered, and what decides how it is carried out. */
export interface MetricOrder {
  readonly metric: string;
  /** The conditions of the search in a form that looks at single runs. */
  readonly whereByRow: readonly SqlPart[];
  /** How many values of the index are looked at first. Default 2,000. */
  readonly nearLimit?: number;
  /** Up to how many matches are sorted. Default 5,000. */
  readonly sortedLimit?: number;
}

/**
 * Carries a search over `tracked_runs r` out whose first two keys are those of a metric, as `compileOrder` gives them.
 * The answer is that of `searchPage`.
 * @throws PlatformError TRACKING_BAD_PAGE
 */
export async function searchByMetric<Row>(place: Place, query: PageQuery, order: MetricOrder): Promise<Page<Row>> {
  const after = readToken(query.pageToken, query.question, query.order.length);
  if (after !== null && after[0] !== 0) return searchPage(place, query);
  const near = await nearPage<Row>(place, query, { ...order, after });
  if (near !== null) return near;
  const few = await fewMatches(place, query, order.sortedLimit ?? 5000);
  if (few !== null) return searchPage(place, { ...query, where: [few] });
  const { metric } = order;
  const numbers = await readRows<Row>(place, byIndex(place, query, { metric, after }), after);
  const missing = query.limit - numbers.length;
  if (missing < 0) return pageOf(numbers, query);
  const rest = await readRows<Row>(place, { ...withoutNumber(query, metric), limit: missing }, null);
  return pageOf([...numbers, ...rest], query);
}

/** The page, where it is filled from the next values of the index; null where it is not. */
async function nearPage<Row>(
  place: Place,
  query: PageQuery,
  { metric, whereByRow, nearLimit = 2000, after }: MetricOrder & IndexPlace,
): Promise<Page<Row> | null> {
  const near = byIndex(place, { ...query, where: whereByRow }, { metric, after });
  const { direction } = query.order[1]!;
  const start = atOrBehind(query, after);
  const sql = `select o.last_value from metric_series o where ${allOf([numbersOf(metric), ...start])}
    order by o.last_value ${direction} limit 1 offset ?`;
  const values = [numbersOf(metric), ...start].flatMap(({ parameters }) => parameters);
  const beyond = await place.first<{ last_value: number }>(sql, [...values, nearLimit]);
  // No runs with the value at which the look ends: there may be more of them.
  const end = beyond && { sql: `o.last_value ${direction === 'asc' ? '<' : '>'} ?`, parameters: [beyond.last_value] };
  const rows = await readRows<Row>(place, end ? { ...near, where: [end, ...near.where] } : near, after);
  return rows.length > query.limit ? pageOf(rows, query) : null;
}

/** The condition that a row is one of the matches, which need not be found twice; null where they are many. */
async function fewMatches(place: Place, { from, where }: PageQuery, limit: number): Promise<SqlPart | null> {
  const sql = `select r.id from ${from} where ${allOf(where)} limit ?`;
  const parameters = [...where.flatMap((part) => part.parameters), limit + 1];
  const rows = await place.all<{ id: number }>(sql, parameters);
  if (rows.length > limit) return null;
  const list =
    place.kind === 'sqlite'
      ? 'select value from json_each(?)'
      : 'select cast(value as bigint) from jsonb_array_elements_text(cast(? as jsonb))';
  return { sql: `r.id in (${list})`, parameters: [JSON.stringify(rows.map(({ id }) => id))] };
}

interface IndexPlace {
  readonly metric: string;
  readonly after: readonly KeyValue[] | null;
}

/** The search from the index inward. */
function byIndex(place: Place, query: PageQuery, { metric, after }: IndexPlace): PageQuery {
  const [, value, ...others] = query.order;
  const direction = value!.direction;
  // SQLite would begin with the matches where a part of the filter finds those by an index.
  const from =
    place.kind === 'sqlite'
      ? 'metric_series o indexed by metric_series_by_value cross join tracked_runs r on r.id = o.run'
      : 'metric_series o join tracked_runs r on r.id = o.run';
  return {
    ...query,
    from,
    where: [numbersOf(metric), ...atOrBehind(query, after), ...query.where],
    order: [
      { sql: 'o.last_is_nan', parameters: [], direction: 'asc', isNeverNull: true },
      { sql: 'o.last_value', parameters: [], direction, isNeverNull: true },
      ...others,
    ],
  };
}

function numbersOf(metric: string): SqlPart {
  return { sql: 'o.key = ? and o.last_is_nan = 0', parameters: [metric] };
}

/** Where in the index a page begins. */
function atOrBehind({ order }: PageQuery, after: readonly KeyValue[] | null): SqlPart[] {
  const start = after?.[1] ?? null;
  const sign = order[1]!.direction === 'asc' ? '>=' : '<=';
  return start === null ? [] : [{ sql: `o.last_value ${sign} ?`, parameters: [start] }];
}

function withoutNumber(query: PageQuery, metric: string): PageQuery {
  const sql = 'r.id not in (select s.run from metric_series s where s.key = ? and s.last_is_nan = 0)';
  return { ...query, where: [...query.where, { sql, parameters: [metric] }] };
}
