/** The entries of the log that a run has to do with. */
import type { FoundEntry } from '../log-entry.ts';
import type { RunCase } from './case.ts';
import { isInTime } from './frame.ts';
import { type LoggedPart, openTypes } from './logged.ts';

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
