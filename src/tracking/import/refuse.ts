import { isPlatformError } from '../../errors/index.ts';
import type { Refusal } from './imported.ts';

/** Items that can be kept, each as it is kept, and what is wrong with the others. */
export interface Sorted<Kept> {
  readonly kept: readonly Kept[];
  readonly refused: readonly Refusal[];
}

/** Sorts items by whether a check of them throws TRACKING_BAD_VALUE. @param nameOf what an item is called in a refusal */
export function sortOut<Item, Kept>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  check: (item: Item) => Kept,
): Sorted<Kept> {
  const kept: Kept[] = [];
  const refused: Refusal[] = [];
  for (const item of items) {
    try {
      kept.push(check(item));
    } catch (error) {
      if (!isPlatformError(error) || error.code !== 'TRACKING_BAD_VALUE') throw error;
      refused.push({ what: nameOf(item), why: error.message });
    }
  }
  return { kept, refused };
}
