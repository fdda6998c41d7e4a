/**
 * Uniqueness as programs have it to which a missing value is equal to another one. A check says nothing of rows with a missing value; so there
 * is one for each way in which values may be missing: of the rows in which those are, the others are unique.
 */
import type { Expression } from '../spec/index.ts';
import { allOf, binary, call, constant, isMissing } from './expressions.ts';
import type { Asked } from './statements.ts';

const mostMissing = 2;

/** A part of what no two rows have in common. */
export interface UniqueKey {
  readonly x: Expression;
  readonly mayBeMissing: boolean;
}

/** The checks that say so; null where more than two of the keys may be missing, of which there would be too many. */
export function uniqueWithMissing(keys: readonly UniqueKey[]): readonly Asked[] | null {
  const optional = keys.filter(({ mayBeMissing }) => mayBeMissing);
  if (optional.length > mostMissing) return null;
  return subsetsOf(optional).map((missing): Asked => {
    const present = keys.filter((key) => !missing.includes(key));
    const where = missing.length === 0 ? null : allOf(missing.map(({ x }) => isMissing(x)));
    if (present.length > 0) return { that: call('unique', ...present.map(({ x }) => x)), where };
    return { that: binary(call('count', where!), '<=', constant(1)) };
  });
}

function subsetsOf<Item>(items: readonly Item[]): Item[][] {
  const found: Item[][] = [[]];
  for (const item of items) found.push(...found.map((one) => [...one, item]));
  return found;
}
