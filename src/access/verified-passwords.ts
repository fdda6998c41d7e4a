/**
 * Verifying a password is slow on purpose, and basic authentication brings one with every request. So what was verified is
 * remembered for a while: under a code (HMAC) by a key of this process, and together with the hash that it was verified
 * against, so that a changed password or a removed user counts at once.
 */
import { createHmac } from 'node:crypto';
import { monotonicMs, secureRandomBytes } from '../encoding/index.ts';

const rememberedMs = 5 * 60_000;
const mostRemembered = 5000;

/** Passwords that were verified not long ago. */
export interface VerifiedPasswords {
  has(password: string, kept: string): boolean;
  add(password: string, kept: string): void;
}

/** None are remembered yet. */
export function createVerifiedPasswords(): VerifiedPasswords {
  const key = secureRandomBytes(32);
  const until = new Map<string, number>();
  const codeOf = (password: string, kept: string): string =>
    createHmac('sha256', key).update(`${kept}\n${password}`).digest('base64');
  return {
    has: (password, kept) => (until.get(codeOf(password, kept)) ?? 0) > monotonicMs(),
    add: (password, kept) => {
      // The first of a Map is its oldest.
      if (until.size >= mostRemembered) until.delete(until.keys().next().value!);
      until.set(codeOf(password, kept), monotonicMs() + rememberedMs);
    },
  };
}
