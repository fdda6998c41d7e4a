import { keyIdOf } from '../signer.ts';
import type { Layout, RunEnd } from './layout.ts';
import { layoutPredicate, runPredicate } from './predicates.ts';

/** The layout in a predicate; null for anything that has not wholly its form. */
export function readLayout(predicate: unknown): Layout | null {
  const read = layoutPredicate.safeParse(predicate);
  if (!read.success || read.data.functionaries.some((key) => idOrNull(key.publicKey) !== key.keyId)) return null;
  const { createdOn, expires, ...rest } = read.data;
  return { ...rest, createdAtMs: createdOn, expiresAtMs: expires };
}

/** The end of a run in a predicate; null for anything that has not wholly its form. */
export function readRunEnd(predicate: unknown): RunEnd | null {
  const read = runPredicate.safeParse(predicate);
  if (!read.success) return null;
  const { finishedOn, ...rest } = read.data;
  return { ...rest, endedAtMs: finishedOn };
}

function idOrNull(publicKey: string): string | null {
  try {
    return keyIdOf(publicKey);
  } catch {
    return null;
  }
}
