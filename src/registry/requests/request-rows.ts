/* Requests to move aliases as their tables hold them. */
import type { Session } from '../../database/index.ts';
import { type Digest, now } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { CheckOutcome, NewAliasRequest, Person, RequestDecision, RequestKey } from './alias-requests.ts';

/** What a request is, in its row as everywhere. */
interface Asked extends RequestKey {
  readonly alias: string;
  readonly ordinal: number;
  readonly version: string;
  /** Id of the protection that it was asked under. */
  readonly protection: number;
  readonly content: Digest;
  readonly replaces: number | null;
  readonly why: string;
}

/** What stands in the row of a request, and what was decided about it. */
export interface RequestRow extends Asked {
  readonly askedBy: Person;
  readonly askedAtMs: number;
  readonly expiresAtMs: number;
  readonly decisions: readonly RequestDecision[];
}

interface Row extends Asked {
  readonly user_id: number;
  readonly user_name: string;
  readonly token: string | null;
  readonly at_ms: number;
  readonly expires_at_ms: number;
}

/** A request from its row. */
export async function readRequest(session: Session, row: Row): Promise<RequestRow> {
  const { model, number, alias, ordinal, version, protection, content, replaces, why } = row;
  return {
    ...{ model, number, alias, ordinal, version, protection, content, replaces, why },
    ...{ askedBy: personOf(row), askedAtMs: row.at_ms, expiresAtMs: row.expires_at_ms },
    decisions: await readDecisions(session, row),
  };
}

async function readDecisions(session: Session, { model, number }: RequestKey): Promise<RequestDecision[]> {
  type DecisionRow = Pick<Row, 'user_id' | 'user_name' | 'token' | 'at_ms'> &
    Pick<RequestDecision, 'kind' | 'comment'> & { readonly checks: string | null };
  const sql = `select kind, user_id, user_name, token, comment, checks, at_ms from alias_request_decisions
    where model = ? and number = ? order by id`;
  return (await session.all<DecisionRow>(sql, [model, number])).map(({ kind, comment, checks, ...row }) => ({
    ...{ kind, comment, by: personOf(row), atMs: row.at_ms },
    checks: checks === null ? null : (JSON.parse(checks) as CheckOutcome[]),
  }));
}

function personOf({ user_id, user_name, token }: Pick<Row, 'user_id' | 'user_name' | 'token'>): Person {
  return { id: user_id, name: user_name, token };
}

/** A request by its number. @throws PlatformError REGISTRY_REQUEST_UNKNOWN */
export async function requireRequest(session: Session, { model, number }: RequestKey): Promise<RequestRow> {
  const sql = 'select * from alias_requests where model = ? and number = ?';
  const row = Number.isSafeInteger(number) ? await session.first<Row>(sql, [model, number]) : null;
  if (row !== null) return await readRequest(session, row);
  throw new PlatformError('REGISTRY_REQUEST_UNKNOWN', {
    message: `expected a request to move an alias of model '${model}', found none with the number ${number}`,
    details: { model, number },
  });
}

/** The requests for one version and alias that nobody ended, the first first. */
export async function unendedRequests(
  session: Session,
  { model, alias, ordinal }: Pick<RequestRow, 'model' | 'alias' | 'ordinal'>,
): Promise<RequestRow[]> {
  const sql = `select r.* from alias_requests r where r.model = ? and r.alias = ? and r.ordinal = ? and ${isUnended}
    order by r.number`;
  const found: RequestRow[] = [];
  for (const row of await session.all<Row>(sql, [model, alias, ordinal])) found.push(await readRequest(session, row));
  return found;
}

/** That nobody ended the request `r`. */
export const isUnended = `not exists (select 1 from alias_request_decisions d
  where d.model = r.model and d.number = r.number and d.kind <> 'approve')`;

/** What a request is written with beside what was asked. */
export interface RequestFacts {
  readonly version: string;
  readonly protection: number;
  readonly content: Digest;
  readonly replaces: number | null;
  readonly by: Person;
}

/** Writes a request, under the next number of its model. */
export async function writeRequest(
  session: Session,
  { model, alias, ordinal, why, expiresAtMs }: NewAliasRequest,
  { by, ...facts }: RequestFacts,
): Promise<RequestKey> {
  const sql = 'select max(number) as highest from alias_requests where model = ?';
  const number = ((await session.first<{ highest: number | null }>(sql, [model]))?.highest ?? 0) + 1;
  const row = {
    ...{ model, number, alias, ordinal, ...facts, why, user_id: by.id, user_name: by.name, token: by.token },
    ...{ at_ms: now(), expires_at_ms: expiresAtMs },
  };
  await session.insert({ table: 'alias_requests', columns: Object.keys(row) }, [Object.values(row)]);
  return { model, number };
}

/** Writes what was decided. */
export async function writeDecision(
  session: Session,
  { model, number }: RequestKey,
  { kind, by, comment, checks }: Omit<RequestDecision, 'atMs'>,
): Promise<void> {
  const row = {
    ...{ model, number, kind, user_id: by.id, user_name: by.name, token: by.token, comment },
    ...{ checks: checks === null ? null : JSON.stringify(checks), at_ms: now() },
  };
  await session.insert({ table: 'alias_request_decisions', columns: Object.keys(row) }, [Object.values(row)]);
}
