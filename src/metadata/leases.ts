/**
 * Leases: the sole right to a name until a time. One statement decides, so that of any number of processes exactly one
 * obtains it. The time is the database's own where several machines share it. A lease on work is safe against a killed
 * process, not against power loss: whoever held it is then gone too, or finds it lost when it is renewed.
 */
import type { Database, Session, SqlValue } from '../database/index.ts';
import { now } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { LeaseAnswer } from './metadata-store.ts';

interface LeaseRow {
  readonly owner: string;
  readonly expires_at_ms: number;
}

/** Who asks for which name, and for how long. */
export interface LeaseRequest {
  readonly name: string;
  readonly owner: string;
  readonly ttlMs: number;
}

/** Asks for a lease on work. */
export async function askForLease(database: Database, request: LeaseRequest): Promise<LeaseAnswer> {
  return await database.transaction((session) => takeLease(session, database.kind, request), { durability: 'normal' });
}

/** Takes a lease, or tells who has it, as a part of a transaction. */
export async function takeLease(session: Session, kind: Database['kind'], request: LeaseRequest): Promise<LeaseAnswer> {
  const { name, owner, ttlMs } = request;
  const nowMs = await timeOf(session, kind);
  const sql = `insert into leases (name, owner, expires_at_ms) values (?, ?, ?)
    on conflict (name) do update set owner = excluded.owner, expires_at_ms = excluded.expires_at_ms
    where leases.owner = excluded.owner or leases.expires_at_ms <= ?`;
  const isHeld = (await session.run(sql, [name, owner, nowMs + ttlMs, nowMs])) === 1;
  if (isHeld) return { isHeld, owner, expiresAtMs: nowMs + ttlMs };
  const row = await session.first<LeaseRow>('select owner, expires_at_ms from leases where name = ?', [name]);
  return { isHeld, owner: row?.owner ?? '', expiresAtMs: row?.expires_at_ms ?? nowMs };
}

/** Extends a lease. @throws PlatformError METADATA_LEASE_LOST */
export async function renewLease(database: Database, request: LeaseRequest): Promise<void> {
  const nowMs = await timeOf(database, database.kind);
  const sql = 'update leases set expires_at_ms = ? where name = ? and owner = ? and expires_at_ms > ?';
  if ((await write(database, sql, [nowMs + request.ttlMs, request.name, request.owner, nowMs])) === 1) return;
  throw new PlatformError('METADATA_LEASE_LOST', {
    message: `expected ${request.owner} to hold the lease ${request.name}; it ran out or was taken over`,
    details: { name: request.name, owner: request.owner },
  });
}

/** Gives a lease back. */
export async function releaseLease(database: Database, name: string, owner: string): Promise<void> {
  await write(database, 'delete from leases where name = ? and owner = ?', [name, owner]);
}

function write(database: Database, sql: string, parameters: readonly SqlValue[]): Promise<number> {
  return database.transaction((session) => session.run(sql, parameters), { durability: 'normal' });
}

/** Gives back all leases of an owner. */
export async function releaseLeases(session: Session, owner: string): Promise<void> {
  await session.run('delete from leases where owner = ?', [owner]);
}

/** The time by which leases run out. */
export async function timeOf(session: Session, kind: Database['kind']): Promise<number> {
  if (kind === 'sqlite') return now();
  const row = await session.first<{ ms: number }>(
    'select (extract(epoch from clock_timestamp()) * 1000)::bigint as ms',
  );
  return row?.ms ?? now();
}
