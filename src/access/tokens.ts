/**
 * API tokens: `mlst_PREFIX_SECRET`. The secret is 256 random bits, so that nobody guesses it and a plain SHA-256 keeps it
 * safe; only that is stored. The prefix is random too and says which token is meant without saying the token.
 */
import { hash } from 'node:crypto';
import type { Database, Session } from '../database/index.ts';
import { now, secureRandomBytes } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { NewToken, SignedIn, Token } from './access-store.ts';
import type { Actor } from './actor.ts';
import { noteChange } from './audit-log.ts';
import { checkResource } from './grants.ts';
import { badValue, checkTokenName } from './names.ts';
import type { Resource, Role } from './roles.ts';
import { requireUser, rowBy, toUser } from './users.ts';

const form = /^(mlst_[0-9a-f]{12})_[\w-]{43}$/;
const [prefixBytes, secretBytes] = [6, 32];
const mostInScope = 1000;
/** How exactly the last use is known. */
const usedEveryMs = 60_000;

interface TokenRow {
  readonly id: number;
  readonly user_id: number;
  readonly user_name: string;
  readonly name: string;
  readonly prefix: string;
  readonly role: Role;
  readonly scope: string | null;
  readonly created_at_ms: number;
  readonly expires_at_ms: number | null;
  readonly revoked_at_ms: number | null;
  readonly used_at_ms: number | null;
}

const select = `select t.id, t.user_id, u.name as user_name, t.name, t.prefix, t.role, t.scope, t.created_at_ms,
  t.expires_at_ms, t.revoked_at_ms, t.used_at_ms from access_tokens t join access_users u on u.id = t.user_id`;

function toToken(row: TokenRow): Token {
  return {
    ...{ id: row.id, user: row.user_name, name: row.name, prefix: row.prefix, role: row.role },
    scope: row.scope === null ? null : (JSON.parse(row.scope) as Resource[]),
    ...{ createdAtMs: row.created_at_ms, expiresAtMs: row.expires_at_ms },
    ...{ revokedAtMs: row.revoked_at_ms, usedAtMs: row.used_at_ms },
  };
}

/** Whether a text has the form of a token. */
export function looksLikeToken(text: string): boolean {
  return form.test(text);
}

/** Makes a token. The text that signs in is returned, once, and kept nowhere. */
export async function addToken(
  database: Database,
  { user, name, role, scope = null, expiresAtMs }: NewToken,
  by: Actor,
): Promise<{ readonly token: Token; readonly secret: string }> {
  checkTokenName(name);
  if (expiresAtMs !== null && expiresAtMs <= now()) throw badValue('expected an expiry in the future');
  if (scope !== null && (scope.length === 0 || scope.length > mostInScope))
    throw badValue(
      `expected 1 to ${mostInScope} experiments and models in the scope of a token, found ${scope.length}`,
    );
  scope?.forEach(checkResource);
  const prefix = `mlst_${secureRandomBytes(prefixBytes).toString('hex')}`;
  const secret = `${prefix}_${secureRandomBytes(secretBytes).toString('base64url')}`;
  return await database.transaction(async (session) => {
    const owner = await requireUser(session, user);
    const row = {
      ...{ user_id: owner.id, name, prefix, digest: digestOf(secret), role },
      ...{ scope: scope === null ? null : JSON.stringify(scope), created_at_ms: now(), expires_at_ms: expiresAtMs },
    };
    await session.insert({ table: 'access_tokens', columns: Object.keys(row) }, [Object.values(row)]);
    await noteChange(session, by, `tokens new ${prefix} as ${role}`, `user ${owner.name}`);
    return { token: toToken(await requireToken(session, prefix)), secret };
  });
}

function digestOf(secret: string): string {
  return hash('sha256', secret, 'hex');
}

/** The tokens of a user, or all; the oldest first. */
export async function listTokens(session: Session, user: string | undefined): Promise<Token[]> {
  if (user === undefined) return (await session.all<TokenRow>(`${select} order by t.id`)).map(toToken);
  const { id } = await requireUser(session, user);
  return (await session.all<TokenRow>(`${select} where t.user_id = ? order by t.id`, [id])).map(toToken);
}

async function requireToken(session: Session, prefix: string): Promise<TokenRow> {
  const row = await session.first<TokenRow>(`${select} where t.prefix = ?`, [prefix]);
  if (row !== null) return row;
  throw new PlatformError('ACCESS_TOKEN_UNKNOWN', {
    message: `there is no token that begins with ${JSON.stringify(prefix.slice(0, 40))}`,
  });
}

/** Ends a token for good; one that was revoked stays as it was. */
export async function revokeToken(database: Database, prefix: string, by: Actor): Promise<Token> {
  return await database.transaction(async (session) => {
    const { revoked_at_ms, user_name } = await requireToken(session, prefix);
    if (revoked_at_ms === null) {
      await session.run('update access_tokens set revoked_at_ms = ? where prefix = ?', [now(), prefix]);
      await noteChange(session, by, `tokens revoke ${prefix}`, `user ${user_name}`);
    }
    return toToken(await requireToken(session, prefix));
  });
}

/** Who signs in by a token; null for one that is unknown, expired or revoked. */
export async function byToken(session: Session, secret: string): Promise<SignedIn | null> {
  if (!looksLikeToken(secret)) return null;
  const row = await session.first<TokenRow>(`${select} where t.digest = ?`, [digestOf(secret)]);
  if (row === null || row.revoked_at_ms !== null) return null;
  if (row.expires_at_ms !== null && row.expires_at_ms <= now()) return null;
  const user = await rowBy(session, 'id', row.user_id);
  if (user === null) return null;
  if (row.used_at_ms === null || row.used_at_ms < now() - usedEveryMs)
    await session.run('update access_tokens set used_at_ms = ? where id = ?', [now(), row.id]);
  return { user: toUser(user), token: toToken(row) };
}
