/**
 * Whom this user trusts, and with what. A key signs in a role; a role may ask for several different keys. A key that was
 * rotated stays good, because its secret half was removed then. One that was revoked is good for nothing, or only for what
 * named logs had taken in by then: a log's order cannot be changed afterwards, a time that the signer writes can.
 *
 * The list is the user's own file. A key that lies beside what it signed is never in it by itself.
 */
import { z } from 'zod';
import { PlatformError } from '../../errors/index.ts';
import { keyIdOf, type SignatureAlgorithm, type Verifier } from '../signer.ts';

/** What a key may sign. */
export const keyRoles = ['owner', 'runner', 'validator', 'approver', 'log', 'witness'] as const;
/** `owner`: layouts and objectives; `runner`: what steps made; `validator`: verdicts; `approver`; `log`: checkpoints; `witness`:
 * that it saw them. */
export type KeyRole = (typeof keyRoles)[number];

/**
 * The roles in which several keys can sign for the same thing, each in its own statement or beside the others. What a run did one engine signs
 * with one key, as it does for its gates, and a log has one writer: no count above one could be reached there.
 */
export const countedRoles: readonly KeyRole[] = ['owner', 'approver', 'witness'];

/** How a key stopped being good for new signatures. */
export interface KeyEnd {
  readonly why: 'rotated' | 'revoked';
  readonly atMs: number;
  /** For a revoked key: by origin of a log, before which place what it took in stays good. */
  readonly loggedBefore: Readonly<Record<string, number>>;
}

/** Where a log holds something. */
export interface LogPlace {
  readonly origin: string;
  readonly index: number;
}

/** A public key that this user trusts. */
export interface TrustedKey extends Verifier {
  readonly name: string;
  readonly keyId: string;
  readonly roles: readonly KeyRole[];
  readonly sinceMs: number;
  readonly end: KeyEnd | null;
}

/** All of it. */
export interface Trust {
  readonly keys: readonly TrustedKey[];
  /** How many different keys must sign in a role; 1 where a role is not named. */
  readonly thresholds: Readonly<Partial<Record<KeyRole, number>>>;
}

/** Trust in nobody. */
export const noTrust: Trust = { keys: [], thresholds: {} };

const algorithms = ['ecdsa-p256-sha256', 'ecdsa-p384-sha384', 'ecdsa-p521-sha512', 'ed25519'] as const;
const role = z.enum(keyRoles);
const count = z.number().int().nonnegative();
const form = z.strictObject({
  keys: z.array(
    z.strictObject({
      name: z.string(),
      keyId: z.string(),
      algorithm: z.enum(algorithms satisfies readonly SignatureAlgorithm[]),
      publicKey: z.string(),
      roles: z.array(role),
      sinceMs: count,
      end: z
        .strictObject({ why: z.enum(['rotated', 'revoked']), atMs: count, loggedBefore: z.record(z.string(), count) })
        .nullable(),
    }),
  ),
  thresholds: z.partialRecord(role, z.number().int().positive()),
});

/** Reads the file. @throws PlatformError PROVENANCE_TRUST_BAD, also where an id is not that of its key */
export function parseTrust(text: string): Trust {
  const read = form.safeParse(parseJson(text));
  if (!read.success) throw bad(read.error.issues[0]?.message ?? 'another form');
  for (const key of read.data.keys) {
    if (idOrNull(key.publicKey) !== key.keyId) throw bad(`a key ${key.name} whose id is not that of its public key`);
  }
  return read.data;
}

/** The text of the file. */
export function formatTrust(trust: Trust): string {
  return `${JSON.stringify(trust, null, 2)}\n`;
}

/**
 * The keys that may have signed in a role.
 * @param at the place in the log of what was signed; null where no log shows it
 */
export function keysFor(trust: Trust, wanted: KeyRole, at: LogPlace | null): TrustedKey[] {
  return trust.keys.filter((key) => key.roles.includes(wanted) && isGoodAt(key, at));
}

/** Whether this user revoked a key, for what stands at a place of a log. A key that is not in the list was not. */
export function isRevoked(trust: Trust, keyId: string, at: LogPlace | null): boolean {
  return trust.keys.some((key) => key.keyId === keyId && !isGoodAt(key, at));
}

/** What is asked for in roles in which one key signs, and cannot be there, in words; empty where nothing is. */
export function askedInVain({ thresholds }: Pick<Trust, 'thresholds'>, roles: readonly KeyRole[]): string[] {
  return roles
    .filter((role) => !countedRoles.includes(role) && (thresholds[role] ?? 1) > 1)
    .map(
      (role) =>
        `you ask for ${thresholds[role]} keys of the role ${role}, in which one signs (mlspec keys trust --threshold ${role}=1)`,
    );
}

/** How many different keys must sign in a role. */
export function thresholdOf(trust: Trust, wanted: KeyRole): number {
  return trust.thresholds[wanted] ?? 1;
}

/**
 * A list with one more key. A key that is there already gets the roles added.
 * @throws PlatformError PROVENANCE_KEY_EXISTS where another key has the name, PROVENANCE_KEY_ENDED where the key was revoked
 */
export function withKey(trust: Trust, key: TrustedKey): Trust {
  const same = trust.keys.find(({ keyId }) => keyId === key.keyId);
  if (same === undefined) {
    if (trust.keys.some(({ name, end }) => name === key.name && end === null)) throw taken(key.name);
    return { ...trust, keys: [...trust.keys, key] };
  }
  if (same.end !== null) throw endedKey(same);
  const merged = { ...same, roles: keyRoles.filter((name) => same.roles.includes(name) || key.roles.includes(name)) };
  return { ...trust, keys: trust.keys.map((other) => (other === same ? merged : other)) };
}

/** A list in which a key has ended. @throws PlatformError PROVENANCE_KEY_UNKNOWN, PROVENANCE_KEY_ENDED */
export function withEnd(trust: Trust, name: string, end: KeyEnd): Trust {
  const key = findKey(trust, name);
  if (key.end?.why === 'revoked' || (key.end !== null && end.why === 'rotated')) throw endedKey(key);
  return { ...trust, keys: trust.keys.map((other) => (other === key ? { ...key, end } : other)) };
}

/**
 * A key by name, of which the one in use comes first, or by its id or the beginning of it (8 characters at least).
 * @throws PlatformError PROVENANCE_KEY_UNKNOWN
 */
export function findKey(trust: Trust, name: string): TrustedKey {
  const named = trust.keys.filter((key) => key.name === name);
  const found = named.find(({ end }) => end === null) ?? named.at(-1) ?? byId(trust, name);
  if (found !== undefined) return found;
  const names = [...new Set(trust.keys.map((key) => key.name))].join(', ');
  throw new PlatformError('PROVENANCE_KEY_UNKNOWN', {
    message: `expected a key, found none called ${JSON.stringify(name.slice(0, 100))}; known: ${names || 'none'}`,
  });
}

function byId(trust: Trust, start: string): TrustedKey | undefined {
  const found = start.length < 8 ? [] : trust.keys.filter(({ keyId }) => keyId.startsWith(start));
  return found.length === 1 ? found[0] : undefined;
}

function isGoodAt({ end }: TrustedKey, at: LogPlace | null): boolean {
  if (end === null || end.why === 'rotated') return true;
  return at !== null && Object.hasOwn(end.loggedBefore, at.origin) && at.index < end.loggedBefore[at.origin]!;
}

function idOrNull(publicKey: string): string | null {
  try {
    return keyIdOf(publicKey);
  } catch {
    return null;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw bad('no JSON');
  }
}

function bad(found: string): PlatformError {
  return new PlatformError('PROVENANCE_TRUST_BAD', { message: `expected a list of trusted keys, found ${found}` });
}

function taken(name: string): PlatformError {
  return new PlatformError('PROVENANCE_KEY_EXISTS', { message: `a key called ${name} is there already` });
}

/** The error for a key that is not in use any more. */
export function endedKey({ name, end }: TrustedKey): PlatformError {
  return new PlatformError('PROVENANCE_KEY_ENDED', { message: `key ${name} was ${end?.why ?? 'ended'} before` });
}
