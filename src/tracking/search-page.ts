/**
 * One page of a search, by keys: a page begins after the last row of the page before, wherever that row stands now, so
 * that rows which come or go meanwhile make no row appear twice, and the hundredth page costs what the first one does.
 * The order ends with a unique key. Absent values come last in either direction.
 */
import type { Session, SqlParameter } from '../database/index.ts';
import { isPlatformError } from '../errors/index.ts';
import type { Page } from './entities.ts';
import { badToken, type KeyValue, makeToken, readToken } from './page-token.ts';
import type { Selection } from './tracking-store.ts';

/** A piece of SQL with its parameters. */
export interface SqlPart {
  readonly sql: string;
  readonly parameters: readonly SqlParameter[];
}

/** What rows are ordered by. */
export interface SortKey extends SqlPart {
  readonly direction: 'asc' | 'desc';
  /** Default false. */
  readonly isNeverNull?: boolean;
}

/** A search: which columns of which rows, in which order. */
export interface PageQuery {
  /** `select COLUMNS`, without the sort keys. */
  readonly columns: string;
  /** `tracked_runs r`, or a query with a name. */
  readonly from: string | SqlPart;
  readonly where: readonly SqlPart[];
  /** The last one is unique and never null. */
  readonly order: readonly SortKey[];
  readonly limit: number;
  readonly pageToken: string | undefined;
  /** What the question was: a token of another one is refused. */
  readonly question: readonly string[];
}

/** Carries a search out. @throws PlatformError TRACKING_BAD_PAGE */
export async function searchPage<Row>(session: Session, query: PageQuery): Promise<Page<Row>> {
  const after = readToken(query.pageToken, query.question, query.order.length);
  return pageOf(await readRows<Row>(session, query, after), query);
}

/** A row of a search and the values of its keys. */
export type SortedRow<Row> = Row & Readonly<Record<string, KeyValue>>;

/** The first rows behind those keys: as many as a page has, and one more where there is one. */
export async function readRows<Row>(
  session: Session,
  query: PageQuery,
  after: readonly KeyValue[] | null,
): Promise<SortedRow<Row>[]> {
  const { order } = query;
  const where = after === null ? query.where : [...query.where, behind(order, after)];
  const columns = [query.columns, ...order.map(({ sql }, index) => `${sql} as ${sortName(index)}`)].join(', ');
  const sorting = order.map((key, index) => `${sortName(index)} ${key.direction}${nullsOf(key)}`).join(', ');
  const from = typeof query.from === 'string' ? { sql: query.from, parameters: [] } : query.from;
  const sql = `select ${columns} from ${from.sql} where ${allOf(where)} order by ${sorting} limit ?`;
  const parameters = [...order, from, ...where].flatMap((part) => part.parameters);
  return await session.all<SortedRow<Row>>(sql, [...parameters, query.limit + 1]).catch((error: unknown) => {
    // Keys that do not fit their columns: nobody got such a token from a page.
    const isForged = after !== null && isPlatformError(error) && error.code === 'DATABASE_QUERY';
    throw isForged ? badToken() : error;
  });
}

/** The page of rows that `readRows` gave. */
export function pageOf<Row>(rows: readonly SortedRow<Row>[], { order, limit, question }: PageQuery): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items, nextPageToken: null };
  const lastKeys = order.map((_, index) => last[sortName(index)] ?? null);
  return { items, nextPageToken: makeToken(lastKeys, [...question]) };
}

/** That a column of texts is among those selected; nothing where all are. However many there are, they are one parameter. */
export function among(column: string, selection: Selection | undefined, kind: 'sqlite' | 'postgres'): SqlPart[] {
  if (selection === undefined) return [];
  const values = kind === 'sqlite' ? 'select value from json_each(?)' : 'select jsonb_array_elements_text(?::jsonb)';
  const sql = `${column} ${selection.which === 'only' ? 'in' : 'not in'} (${values})`;
  return [{ sql, parameters: [JSON.stringify(selection.ids)] }];
}

/** All conditions as one. */
export function allOf(where: readonly SqlPart[]): string {
  return where.map(({ sql }) => `(${sql})`).join(' and ') || 'true';
}

function sortName(index: number): string {
  return `sort_${index}`;
}

/** Said only where it matters: PostgreSQL reads an index backwards only for an order that has nulls first. */
function nullsOf({ isNeverNull }: SortKey): string {
  return isNeverNull === true ? '' : ' nulls last';
}

/** The rows behind a row with these keys: behind it by the first key, or equal there and behind it by the next one. */
function behind(order: readonly SortKey[], after: readonly KeyValue[]): SqlPart {
  if (after.at(-1) === null) throw badToken();
  const cases: SqlPart[] = [];
  const equal: SqlPart[] = [];
  order.forEach((key, index) => {
    const value = after[index]!;
    const further = furtherThan(key, value);
    if (further !== null) cases.push(joined([...equal, further]));
    equal.push(equalTo(key, value));
  });
  return { sql: cases.map(({ sql }) => `(${sql})`).join(' or '), parameters: cases.flatMap((one) => one.parameters) };
}

function joined(parts: readonly SqlPart[]): SqlPart {
  return { sql: parts.map(({ sql }) => sql).join(' and '), parameters: parts.flatMap((part) => part.parameters) };
}

function furtherThan({ sql, parameters, direction }: SortKey, value: KeyValue): SqlPart | null {
  if (value === null) return null;
  const sign = direction === 'asc' ? '>' : '<';
  return { sql: `(${sql} ${sign} ? or ${sql} is null)`, parameters: [...parameters, value, ...parameters] };
}

function equalTo({ sql, parameters }: SortKey, value: KeyValue): SqlPart {
  if (value === null) return { sql: `${sql} is null`, parameters };
  return { sql: `${sql} = ?`, parameters: [...parameters, value] };
}
