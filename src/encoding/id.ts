import { now } from './clock.ts';
import { secureRandomBytes } from './random.ts';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
let lastMs = 0;
let lastRandom = new Uint8Array(10);

/**
 * A new id: a prefix, `_`, 10 characters of time in milliseconds and 16 random ones (Crockford base 32, lower case).
 * Ids of one process sort by the order in which they were made.
 * @see ULID specification, monotonic variant
 * @example newId('run') // 'run_01jb8n2x6t4rq0v7c3m9e5k1hz'
 */
export function newId(prefix: string): string {
  const atMs = Math.max(now(), lastMs);
  if (atMs === lastMs) increment(lastRandom);
  else lastRandom = new Uint8Array(secureRandomBytes(10));
  lastMs = atMs;
  return `${prefix}_${encodeTime(atMs)}${encodeRandom(lastRandom)}`;
}

function increment(bytes: Uint8Array): void {
  for (let index = bytes.length - 1; index >= 0; index--) {
    const value = (bytes[index]! + 1) & 0xff;
    bytes[index] = value;
    if (value !== 0) return;
  }
}

function encodeTime(atMs: number): string {
  let rest = atMs;
  let text = '';
  for (let index = 0; index < 10; index++) {
    text = alphabet[rest % 32]! + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

function encodeRandom(bytes: Uint8Array): string {
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(buffer >>> bits) & 31]!;
    }
    buffer &= (1 << bits) - 1;
  }
  return text;
}
