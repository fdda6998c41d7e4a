/**
 * What a step could have done without any rule being broken, where it ran as the user who signs: the one list of it. Tests
 * carry each attack out from within a run; what is in this list succeeds, and what is not is refused, undone or found.
 */

import { member, text } from '../json-members.ts';
import { localBuilderId } from '../statement.ts';
import type { RunCase } from './case.ts';

/** Each way, by its name, in words. */
export const sameUserWays = {
  'signing-key': 'read the signing key and sign anything with it',
  'engine-process': 'read the variables of the engine, and its memory where the system lets it',
  'trust-list': 'change whom you trust',
  program: 'change the files of MLSpec where they are yours',
  'own-inputs': 'work on other inputs than its own',
  'work-folders': 'exchange what a step beside it reads or leaves',
  code: 'change the code of another step, which is stated only if that one had not started',
  'left-behind': 'leave a program running that goes on with this',
  record: 'change the record where no statement says the same, such as how long a step took',
} as const;

/** One of them. */
export type SameUserWay = keyof typeof sameUserWays;

/** The ways that were open to the steps of a run; none where each step ran as somebody else than the engine. */
export function openWays({ executions }: RunCase): SameUserWay[] {
  const builders = executions.map(({ statement }) => member(member(statement.predicate, 'runDetails'), 'builder'));
  const isLocal = builders.some((builder) => text(member(builder, 'id')) === localBuilderId);
  return isLocal ? (Object.keys(sameUserWays) as SameUserWay[]) : [];
}

/** The ways in one line; null where there are none. */
export function describeWays(open: readonly SameUserWay[]): string | null {
  if (open.length === 0) return null;
  const ways = open.map((way) => sameUserWays[way]).join('; ');
  return `steps ran as the user who signed; unseen by any rule, one could ${ways}`;
}
