/* The audit log: a table to which rows are only ever added, which the database itself sees to. */
import type { Session, SqlParameter } from '../database/index.ts';
import { now } from '../encoding/index.ts';
import type { AuditEntry, AuditQuery } from './access-store.ts';
import type { Actor } from './actor.ts';
import { badValue } from './names.ts';

const columns = ['at_ms', 'user_name', 'token', 'address', 'action', 'resource', 'status'];
const largestPage = 10_000;
/** Longer texts come only from whoever tries something. */
const longestText = 300;

/** Adds lines. */
export async function noteEntries(session: Session, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map(({ atMs, user, token, address, action, resource, status }) => [
    ...[atMs, kept(user), kept(token), kept(address)],
    ...[kept(action), kept(resource), status],
  ]);
  await session.insert({ table: 'access_log', columns }, rows);
}

/** Adds the line of something that was done to users, grants or tokens. */
export async function noteChange(session: Session, by: Actor, action: string, resource: string): Promise<void> {
  await noteEntries(session, [{ ...by, atMs: now(), action, resource, status: 200 }]);
}

function kept(text: string | null): string | null {
  if (text === null) return null;
  return text.slice(0, longestText).toWellFormed().replaceAll('\0', '\uFFFD');
}

interface Row {
  readonly id: number;
  readonly at_ms: number;
  readonly user_name: string | null;
  readonly token: string | null;
  readonly address: string | null;
  readonly action: string;
  readonly resource: string | null;
  readonly status: number;
}

/** Lines, the newest first. @throws PlatformError ACCESS_BAD_VALUE */
export async function readEntries(
  session: Session,
  { user, beforeId, limit }: AuditQuery,
): Promise<(AuditEntry & { readonly id: number })[]> {
  if (!Number.isInteger(limit) || limit < 1 || limit > largestPage)
    throw badValue(`expected 1 to ${largestPage} lines of the audit log, found ${limit}`);
  const where: [string, SqlParameter][] = [];
  if (user !== undefined) where.push(['user_name = ?', user]);
  if (beforeId !== undefined) where.push(['id < ?', beforeId]);
  const condition = where.map(([sql]) => sql).join(' and ') || 'true';
  const rows = await session.all<Row>(
    `select id, ${columns.join(', ')} from access_log where ${condition} order by id desc limit ?`,
    [...where.map(([, value]) => value), limit],
  );
  return rows.map(({ at_ms: atMs, user_name, ...row }) => ({ ...row, atMs, user: user_name }));
}
