/* What users and tokens may be called. */
import { PlatformError } from '../errors/index.ts';

const userName = /^[\p{L}\p{N}_][\p{L}\p{N}._@+-]{0,127}$/u;

/**
 * A name as it is kept. No colon, at which basic authentication ends it.
 * @throws PlatformError ACCESS_BAD_VALUE
 */
export function checkUserName(name: string): string {
  const kept = name.normalize('NFC');
  if (userName.test(kept)) return kept;
  throw badValue(
    `expected the name of a user, of letters, digits and . _ @ + -, 128 at most, found ${JSON.stringify(name.slice(0, 150))}`,
  );
}

/** Two names with the same key look alike: only one of them can be taken. */
export function keyOfName(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

/** @throws PlatformError ACCESS_BAD_VALUE */
export function checkTokenName(name: string): string {
  if (/^[\p{L}\p{N}_][\p{L}\p{N} ._@+-]{0,63}$/u.test(name)) return name;
  throw badValue(
    `expected the name of a token, of letters, digits, spaces and . _ @ + -, 64 at most, found ${JSON.stringify(name.slice(0, 100))}`,
  );
}

/** @throws PlatformError ACCESS_BAD_VALUE */
export function checkTeamName(name: string): string {
  if (name.trim() !== '' && name.length <= 255 && !name.includes('\0') && name.isWellFormed()) return name;
  throw badValue(`expected the name of a role, 1 to 255 characters, found ${JSON.stringify(name.slice(0, 100))}`);
}

/** Something that was given and cannot be. */
export function badValue(message: string): PlatformError {
  return new PlatformError('ACCESS_BAD_VALUE', { message });
}
