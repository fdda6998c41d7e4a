/**
 * Passwords as scrypt keeps them (RFC 7914): the text `scrypt$LOG2N$R$P$SALT$KEY`, so that the cost can rise later and
 * what was kept before still verifies. One verification takes 32 MiB and some 60 ms; few happen at once, or strangers
 * could take the machine's memory by guessing.
 */
import { scrypt, timingSafeEqual } from 'node:crypto';
import { secureRandomBytes } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';

/** What MLflow asks of a password. */
const fewestCharacters = 12;
/** Longer ones only cost time. */
const mostCharacters = 1024;
const cost = { log2n: 15, r: 8, p: 1 };
const [saltBytes, keyBytes] = [16, 32];
/** HMAC pads keys with zeros: two passwords that differ in NULs at their ends would be one. */
const noNul = 'expected a password without NUL';
const atOnce = 2;
const mostWaiting = 256;

interface Kept {
  readonly log2n: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly key: Buffer;
}

/** @throws PlatformError ACCESS_BAD_VALUE for one that is too short or too long */
export async function hashPassword(password: string): Promise<string> {
  const found = [...password].length;
  if (found < fewestCharacters || found > mostCharacters) {
    throw new PlatformError('ACCESS_BAD_VALUE', {
      message: `expected a password of ${fewestCharacters} to ${mostCharacters} characters, found ${found}`,
    });
  }
  if (password.includes('\0')) throw new PlatformError('ACCESS_BAD_VALUE', { message: noNul });
  const salt = secureRandomBytes(saltBytes);
  const key = await derive(password, { ...cost, salt });
  return ['scrypt', cost.log2n, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/**
 * Whether a password is the one that was kept. Where none was kept it takes as long and is false.
 * @throws PlatformError ACCESS_BUSY where too many wait to be verified
 */
export async function isPassword(password: string, kept: string | null): Promise<boolean> {
  const expected = kept === null ? null : parse(kept);
  const { key: wanted, ...how } = expected ?? { ...cost, salt: Buffer.alloc(saltBytes), key: Buffer.alloc(keyBytes) };
  const found = await derive(password.slice(0, mostCharacters + 1), how);
  return timingSafeEqual(found, wanted) && expected !== null && !password.includes('\0');
}

function parse(kept: string): Kept | null {
  const [name, log2n, r, p, salt, key] = kept.split('$');
  if (name !== 'scrypt' || salt === undefined || key === undefined) return null;
  return {
    ...{ log2n: Number(log2n), r: Number(r), p: Number(p) },
    ...{ salt: Buffer.from(salt, 'base64url'), key: Buffer.from(key, 'base64url') },
  };
}

let running = 0;
const waiting: (() => void)[] = [];

async function derive(password: string, { log2n, r, p, salt }: Omit<Kept, 'key'>): Promise<Buffer> {
  await turn();
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      const how = { N: 2 ** log2n, r, p, maxmem: 256 * 2 ** log2n * r };
      // The same password typed on two systems may differ in how its accents are encoded.
      scrypt(password.normalize('NFC'), salt, keyBytes, how, (error, key) =>
        error === null ? resolve(key) : reject(error),
      );
    });
  } finally {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}

/** Resolves when it is the caller's turn; whoever is done hands the turn on. */
async function turn(): Promise<void> {
  if (running < atOnce) {
    running++;
    return;
  }
  if (waiting.length >= mostWaiting) {
    throw new PlatformError('ACCESS_BUSY', {
      message: 'too many passwords wait to be verified; try again in a moment',
    });
  }
  await new Promise<void>((resolve) => waiting.push(resolve));
}
