/**
 * The fold of a row by the hash of its key: the hash of `key-place.ts` under a salt of its own, for under the salt of the split
 * the places of the training part are those below its share, and folds would be of unlike sizes. `foldSql` is what DuckDB computes of the place, `foldOfKey`
 * is the same for one key in a program, and `fold_of_key` of the Python package (python/mlspec/key_parts.py) is its twin.
 *
 * With that salt, the word `folds`, U+001F and the declared one, a key has a place from 0 to 2^53 - 1; its fold is one more than the rest
 * of the place divided by the number of folds. It depends on nothing else, so rows that are added later move no other.
 */
import { PlatformError } from '../errors/index.ts';
import { type KeyValue, placeOfKey, placeSql } from './key-place.ts';

const mostFolds = 100;

/** How keys are divided into folds, as `splitting.folds` declares it. */
export interface FoldRule {
  readonly count: number;
  /** Default none; where a declaration names none for its folds, that of its split. */
  readonly salt?: string;
}

/** The salt under which keys are hashed for folds. */
function saltOfFolds(salt: string): string {
  return `folds\u001f${salt}`;
}

/** SQL for the place of a key whose text is the SQL `key`, by which folds order and divide keys. */
export function foldPlaceSql(key: string, salt: string): string {
  return placeSql(key, saltOfFolds(salt));
}

/** SQL for the fold, 1 to `count`, of a key whose place is the SQL `place`. */
export function foldSql(place: string, count: number): string {
  return `CAST(1 + ${place} % ${count} AS INTEGER)`;
}

/**
 * The fold of a key, 1 to `count`, under `splitting: {folds: {by: hash}}`, bit for bit as a run decides it. Which columns are the key,
 * and which types may be, is said at `partOfKey`.
 *
 * @throws PlatformError KEY_VALUE_INVALID where a value is not of its type, or there are not 2 to 100 folds
 */
export function foldOfKey(key: readonly KeyValue[], { count, salt = '' }: FoldRule): number {
  if (!Number.isInteger(count) || count < 2 || count > mostFolds)
    throw new PlatformError('KEY_VALUE_INVALID', { message: `expected 2 to ${mostFolds} folds, found ${count}` });
  return 1 + (placeOfKey(key, saltOfFolds(salt)) % count);
}
