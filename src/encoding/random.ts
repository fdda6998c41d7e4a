import { hash, randomBytes, randomUUID } from 'node:crypto';

/** Unpredictable bytes from the operating system. */
export function secureRandomBytes(count: number): Buffer {
  return randomBytes(count);
}

/** A random UUID (version 4): an id that others gave the form of; `newId` makes ours. */
export function randomUuid(): string {
  return randomUUID();
}

/**
 * A repeatable source of numbers in [0, 1) with 53 random bits each: xoshiro128** seeded by the SHA-256 of the seed.
 * Equal seeds give equal sequences on every machine. Not for secrets.
 * @see Blackman and Vigna 2021, "Scrambled linear pseudorandom number generators"
 */
export function seededRandom(seed: string | number): () => number {
  const bytes = hash('sha256', String(seed), 'buffer');
  let a = bytes.readUInt32LE(0) | 1;
  let b = bytes.readUInt32LE(4);
  let c = bytes.readUInt32LE(8);
  let d = bytes.readUInt32LE(12);
  const next = (): number => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  return () => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992;
}
