/* What a request brings to sign in with. */
import type { FastifyRequest } from 'fastify';

/** A name with a password, or a token. */
export type Credentials =
  | { readonly kind: 'basic'; readonly name: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string };

const longest = 16 * 1024;

/** What the header `Authorization` says; null where it is absent, is there twice, or is nothing that signs in. */
export function readCredentials({
  rawHeaders,
  headers,
}: Pick<FastifyRequest['raw'], 'rawHeaders' | 'headers'>): Credentials | null {
  const given = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'authorization');
  const header = headers.authorization;
  // Of two headers one program would read the first and another one the last.
  if (given.length !== 1 || header === undefined || header.length > longest) return null;
  const [, scheme = '', rest = ''] = /^(\S+) +(\S+)$/.exec(header.trim()) ?? [];
  if (scheme.toLowerCase() === 'bearer') return { kind: 'bearer', token: rest };
  return scheme.toLowerCase() === 'basic' ? readBasic(rest) : null;
}

/** A name ends at the first colon (RFC 7617); everything behind it is the password. Clients send UTF-8, or Latin-1 where it suffices. */
function readBasic(encoded: string): Credentials | null {
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(encoded)) return null;
  const bytes = Buffer.from(encoded, 'base64');
  const text = utf8(bytes) ?? bytes.toString('latin1');
  const colon = text.indexOf(':');
  if (colon < 1) return null;
  return { kind: 'basic', name: text.slice(0, colon), password: text.slice(colon + 1) };
}

function utf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
