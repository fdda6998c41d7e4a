/* Requests to move aliases, in pages. */
import type { Database } from '../../database/index.ts';
import { now } from '../../encoding/index.ts';
import { among, type Page, type PageQuery, searchPage } from '../../tracking/index.ts';
import { badValue } from '../names.ts';
import type { AliasRequest, RequestQuery, RequestSources } from './alias-requests.ts';
import { isUnended, readRequest } from './request-rows.ts';
import { shown } from './request-standing.ts';

const largestPage = 1000;

/** One page of requests, the newest first. What is missing of one says nothing of checks: they are asked of one at a time. */
export async function searchRequests(
  database: Database,
  sources: RequestSources,
  query: RequestQuery,
): Promise<Page<AliasRequest>> {
  const { limit, which = 'all' } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > largestPage)
    throw badValue(`expected 1 to ${largestPage} requests on a page, found ${limit}`);
  const items: AliasRequest[] = [];
  let token = query.pageToken;
  for (;;) {
    const page = await searchPage<Parameters<typeof readRequest>[1]>(database, {
      ...searchOf(query, database.kind),
      ...{ limit: limit - items.length, pageToken: token },
    });
    for (const row of page.items) {
      const request = await shown(database, await readRequest(database, row), { sources, checks: null });
      // Whether one has lapsed the database alone cannot tell.
      if (which === 'all' || request.state === 'open') items.push(request);
    }
    if (items.length === limit || page.nextPageToken === null) return { items, nextPageToken: page.nextPageToken };
    token = page.nextPageToken;
  }
}

function searchOf(
  { model, alias, which = 'all', among: models }: RequestQuery,
  kind: Database['kind'],
): Omit<PageQuery, 'limit' | 'pageToken'> {
  const is = (column: string, value: string | undefined): PageQuery['where'] =>
    value === undefined ? [] : [{ sql: `r.${column} = ?`, parameters: [value] }];
  const open = [{ sql: `r.expires_at_ms > ? and ${isUnended}`, parameters: [now()] }];
  const byName = kind === 'postgres' ? '(r.model collate "C")' : 'r.model';
  return {
    ...{ columns: 'r.*', from: 'alias_requests r' },
    where: [
      ...is('model', model),
      ...is('alias', alias),
      ...(which === 'open' ? open : []),
      ...among('r.model', models, kind),
    ],
    order: [
      { sql: 'r.at_ms', parameters: [], direction: 'desc' },
      { sql: byName, parameters: [], direction: 'asc' },
      { sql: 'r.number', parameters: [], direction: 'desc' },
    ],
    question: ['alias-requests', model ?? '', alias ?? '', which],
  };
}
