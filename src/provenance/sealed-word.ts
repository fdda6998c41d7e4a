import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '../encoding/index.ts';
import type { SealBinding } from './sealed-format.ts';
import type { SealingKey } from './sealing-key.ts';

/**
 * Closes one of a few words, such as a verdict, so that only who has the key can tell which one it was: 64 hexadecimal
 * digits. The same word in another binding gives others.
 */
export function closeWord(word: string, key: SealingKey, binding: SealBinding): string {
  const text = canonicalJson({ project: binding.project, part: binding.part, context: binding.context ?? {}, word });
  return createHmac('sha256', key.secret).update('mlspec sealed word v1\0').update(text).digest('hex');
}

/** Which of some words was closed; null where it was none of them, or with another key or binding. */
export function openWord<Word extends string>(
  closed: string,
  words: readonly Word[],
  options: { readonly key: SealingKey; readonly binding: SealBinding },
): Word | null {
  const found = Buffer.from(closed, 'hex');
  const isIt = (word: Word): boolean => {
    const expected = Buffer.from(closeWord(word, options.key, options.binding), 'hex');
    return expected.length === found.length && timingSafeEqual(expected, found);
  };
  return words.find(isIt) ?? null;
}
