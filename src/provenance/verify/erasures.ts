import type { Digest } from '../../encoding/index.ts';
import { erasurePredicateType } from '../erasure-statement.ts';
import { member } from '../json-members.ts';
import { digestNamed, type Opened } from './evidence.ts';

/** Digests of content that a statement says is erased; null where it speaks of another run or has another form. */
export function readErasure({ statement, place }: Opened, run: string): Digest[] | null {
  const { predicateType, predicate, subject } = statement;
  // Only what the log holds excuses an absence.
  if (predicateType !== erasurePredicateType || member(predicate, 'mlspec_run') !== run || place === null) return null;
  return subject.flatMap((resource) => digestNamed(resource) ?? []);
}
