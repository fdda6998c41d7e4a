/** The rule that nothing which the log holds of a run is left out, and what others need of its entries. */
import type { FoundEntry } from '../log-entry.ts';
import type { RunCase } from './case.ts';
import { isInTime } from './frame.ts';
import { type LoggedPart, openTypes } from './logged.ts';
import type { Rule } from './rules.ts';

/** That nothing is left out: a wrong statement mends nothing by not being there. */
export const completeRule: Rule = {
  name: 'log/complete',
  says: 'whatever the log holds of this run is shown, or was erased',
  broken: (of) => {
    const { origin, logged, shown, excused, first } = of;
    // Without a log the rule before this one is broken.
    if (origin === null || first === null) return [];
    if (logged === null) return ['nothing shows what else the log holds of this run'];
    if (logged.from > first)
      return [`the log is shown from entry ${logged.from} on, and is needed from entry ${first} on`];
    return entriesOf(of)
      .filter(({ statement }) => !shown.has(statement) && !excused.has(statement))
      .map(({ place, predicateType, run }) =>
        run === undefined
          ? `entry ${place} of the log, ${predicateType}, does not say of which run it is, and no statement is shown for it`
          : `entry ${place} of the log, ${predicateType}, is of this run, and no statement is shown for it`,
      );
  },
};

/** Entries that are of this run, of an execution that it took a result of, or of nobody knows which run. */
export function entriesOf(of: Pick<RunCase, 'run' | 'layout' | 'logged' | 'originals'>): FoundEntry[] {
  const { run, layout, logged, originals } = of;
  const taken = new Set([...originals.values()].map(({ execution }) => execution));
  return (logged?.entries ?? []).filter((entry) => {
    if (entry.execution !== null && taken.has(entry.execution)) return true;
    if (!isInTime(entry, layout)) return false;
    return entry.run === run || (isUntold(entry, logged!) && openTypes.includes(entry.predicateType));
  });
}

/** How many entries do not say of which run they are, are not shown, and cannot be told to be of another. */
export function countUntold({ logged, shown }: Pick<RunCase, 'logged' | 'shown'>): number {
  const untold = (logged?.entries ?? []).filter((entry) => isUntold(entry, logged!));
  return untold.filter(({ statement }) => !shown.has(statement)).length;
}

function isUntold({ run, statement }: FoundEntry, { ofOthers }: LoggedPart): boolean {
  return run === undefined && !ofOthers.has(statement);
}
