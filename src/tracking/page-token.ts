import { digestHex, digestJson, type JsonValue } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';

/** What a key of a row may be. */
export type KeyValue = string | number | null;

/**
 * Where the next page begins: the keys of the last row, bound to the question that they answer. Opaque to clients, and
 * no secret: it holds nothing that the page itself did not.
 */
export function makeToken(keys: readonly KeyValue[], question: JsonValue): string {
  return Buffer.from(JSON.stringify([fingerprint(question), ...keys])).toString('base64url');
}

/**
 * The keys of a token; null where there is none, or an empty one.
 * @param keyCount how many keys order the answer
 * @throws PlatformError TRACKING_BAD_PAGE for a token that was made for another question, or by nobody
 */
export function readToken(
  token: string | undefined,
  question: JsonValue,
  keyCount: number,
): readonly KeyValue[] | null {
  if (token === undefined || token === '') return null;
  const [made, ...keys] = decode(token);
  const areKeys = keys.every((key) => key === null || typeof key === 'string' || Number.isFinite(key));
  if (made !== fingerprint(question) || !areKeys || keys.length !== keyCount) throw badToken();
  return keys as KeyValue[];
}

function decode(token: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (Array.isArray(value)) return value;
  } catch {
    // Told below, together with what is JSON and no token.
  }
  throw badToken();
}

/** A token that is none. */
export function badToken(): PlatformError {
  return new PlatformError('TRACKING_BAD_PAGE', {
    message:
      'Invalid page token: expected the next_page_token of an answer to the same search, with the same filter and order',
  });
}

function fingerprint(question: JsonValue): string {
  return digestHex(digestJson(question)).slice(0, 16);
}
