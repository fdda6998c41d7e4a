/**
 * Sessions of browsers: 256 random bits in a cookie, of which the SHA-256 alone is kept, as of a token. Each comes from one
 * sign-in, whose digest is unique among them, so that none is good for a second. One that was ended stays until it is over
 * for that reason.
 */
import { hash } from 'node:crypto';
import type { Database, Session } from '../database/index.ts';
import { now, secureRandomBytes } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { NewSession, SignedIn } from './access-store.ts';
import type { Actor } from './actor.ts';
import { noteChange } from './audit-log.ts';
import { requireUser, rowBy, toUser } from './users.ts';

const form = /^[\w-]{43}$/;

interface SessionRow {
  readonly id: number;
  readonly user_id: number;
  readonly created_at_ms: number;
  readonly expires_at_ms: number;
}

function digestOf(secret: string): string {
  return hash('sha256', secret, 'hex');
}

/** Makes a session, and forgets those that are over. The text that signs in is returned, once, and kept nowhere. */
export async function openSession(
  database: Database,
  { user, signIn, expiresAtMs }: NewSession,
  by: Actor,
): Promise<string> {
  const secret = secureRandomBytes(32).toString('base64url');
  await database.transaction(async (session) => {
    const { id, name } = await requireUser(session, user);
    await session.run('delete from access_sessions where expires_at_ms <= ?', [now()]);
    const row = {
      ...{ user_id: id, digest: digestOf(secret), sign_in: digestOf(signIn) },
      ...{ created_at_ms: now(), expires_at_ms: expiresAtMs },
    };
    const target = { table: 'access_sessions', columns: Object.keys(row) };
    if ((await session.insert(target, [Object.values(row)], { onConflict: 'nothing' })) === 0)
      throw new PlatformError('ACCESS_SIGN_IN_BROKEN', { message: 'somebody signed in with this once already' });
    await noteChange(session, by, 'sign in', `user ${name}`);
  });
  return secret;
}

/** Who signs in by a session; null for one that is unknown, over or was ended. */
export async function bySession(session: Session, secret: string): Promise<SignedIn | null> {
  const row = await rowOf(session, secret);
  const user = row === null ? null : await rowBy(session, 'id', row.user_id);
  if (row === null || user === null) return null;
  const { id, created_at_ms: createdAtMs, expires_at_ms: expiresAtMs } = row;
  return { user: toUser(user), token: null, session: { id, createdAtMs, expiresAtMs } };
}

async function rowOf(session: Session, secret: string): Promise<SessionRow | null> {
  if (!form.test(secret)) return null;
  return await session.first<SessionRow>(
    `select id, user_id, created_at_ms, expires_at_ms from access_sessions
      where digest = ? and ended_at_ms is null and expires_at_ms > ?`,
    [digestOf(secret), now()],
  );
}

/** Ends a session for good. @returns whether there was one */
export async function endSession(database: Database, secret: string, by: Actor): Promise<boolean> {
  return await database.transaction(async (session) => {
    const row = await rowOf(session, secret);
    const user = row === null ? null : await rowBy(session, 'id', row.user_id);
    if (row === null || user === null) return false;
    await session.run('update access_sessions set ended_at_ms = ? where id = ?', [now(), row.id]);
    await noteChange(session, by, 'sign out', `user ${user.name}`);
    return true;
  });
}

/** Ends all sessions of somebody. @returns how many there were */
export async function endSessions(database: Database, user: string, by: Actor): Promise<number> {
  return await database.transaction(async (session) => {
    const { id, name } = await requireUser(session, user);
    const ended = await session.run(
      'update access_sessions set ended_at_ms = ? where user_id = ? and ended_at_ms is null and expires_at_ms > ?',
      [now(), id, now()],
    );
    if (ended > 0) await noteChange(session, by, 'users sign-out', `user ${name}`);
    return ended;
  });
}
