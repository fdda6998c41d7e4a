/**
 * A sign-in under way, of which the server keeps nothing: whoever only begins one costs no room, and any process of the
 * server can end what another one began.
 *
 * The browser keeps a random secret for ten minutes. What goes to the provider is made of it by HMAC-SHA256: `state` holds
 * 128 random bits, where the browser shall go afterwards and a code over both; `nonce` (in the ID token) and the PKCE verifier
 * (RFC 7636) are codes over the state. So a state is good only in the browser that began, an ID token only for one state,
 * and a code only with the verifier that nobody but that browser and this server can make. Several windows share a secret.
 * That a state is good for one session only is held by the database.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { now, secureRandomBytes } from '../../../encoding/index.ts';

/** What belongs to one sign-in. */
export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** A path of this server. */
  readonly returnTo: string;
}

/** How long somebody may take at the provider. */
export const attemptMs = 10 * 60_000;
/** A secret of this age is not used for another sign-in, so that each has half of the time at least. */
const sharedMs = attemptMs / 2;
const form = /^([0-9a-z]{1,11})\.([\w-]{43})$/;
const longestReturn = 1500;

interface Secret {
  readonly text: string;
  readonly ageMs: number;
}

function readSecret(cookie: string | null): Secret | null {
  const [, startedAt = ''] = form.exec(cookie ?? '') ?? [];
  const ageMs = now() - Number.parseInt(startedAt, 36);
  return cookie !== null && ageMs >= 0 && ageMs <= attemptMs ? { text: cookie, ageMs } : null;
}

/** Begins a sign-in. @param cookie that of one which the browser began before @returns it, and the cookie from now on */
export function beginAttempt(
  cookie: string | null,
  returnTo: string,
): { attempt: Attempt; cookie: string; isNew: boolean } {
  const before = readSecret(cookie);
  const isNew = before === null || before.ageMs > sharedMs;
  const secret = isNew ? `${now().toString(36)}.${secureRandomBytes(32).toString('base64url')}` : before.text;
  const random = secureRandomBytes(16).toString('base64url');
  const rest = `${random}.${Buffer.from(returnTo).toString('base64url')}`;
  const state = `${rest}.${codeOf(secret, 'state', rest)}`;
  return { attempt: attemptOf(secret, state, returnTo), cookie: secret, isNew };
}

/** The sign-in that a state belongs to; null where this browser began none such, or too long ago. */
export function readAttempt(cookie: string | null, state: string | null): Attempt | null {
  const secret = readSecret(cookie);
  const [, rest = '', returnTo = '', code = ''] = /^([\w-]{22}\.([\w-]*))\.([\w-]{43})$/.exec(state ?? '') ?? [];
  if (secret === null || state === null || !isEqual(code, codeOf(secret.text, 'state', rest))) return null;
  return attemptOf(secret.text, state, Buffer.from(returnTo, 'base64url').toString('utf8'));
}

function attemptOf(secret: string, state: string, returnTo: string): Attempt {
  return { state, nonce: codeOf(secret, 'nonce', state), verifier: codeOf(secret, 'verifier', state), returnTo };
}

function codeOf(secret: string, what: 'state' | 'nonce' | 'verifier', text: string): string {
  return createHmac('sha256', secret).update(`${what}\n${text}`).digest('base64url');
}

function isEqual(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * The path of this server that a text means, with query and fragment; `/` for everything that is none, leads elsewhere or
 * into another sign-in.
 */
export function pathHere(text: unknown, address: string): string {
  if (typeof text !== 'string' || text.length > longestReturn || !/^\/(?![/\\])[\x21-\x7e]*$/.test(text)) return '/';
  const url = URL.parse(text, address);
  if (url === null || url.origin !== address || text.includes('\\')) return '/';
  // `/.//example.org` becomes a path that a browser takes for a host.
  const path = `${url.pathname}${url.search}${url.hash}`;
  return path.startsWith('//') || url.pathname.startsWith('/mlspec/sign') ? '/' : path;
}
