/**
 * What the log holds of a run, whether it is shown or not. Statements that are shown cannot tell of others that are not; the
 * entries of the log can: each names the run that it is about, and their tree has a signed root.
 */
import type { Digest } from '../../encoding/index.ts';
import { deploymentPredicateType } from '../deployment-statement.ts';
import { member } from '../json-members.ts';
import { aboutOf, type FoundEntry } from '../log-entry.ts';
import { monitoringWindowPredicateType } from '../monitoring-statement.ts';
import type { Presented } from './evidence.ts';

/** A part of a log, held to be that of its checkpoint: every entry from one place up to the end. */
export interface LoggedPart {
  readonly from: number;
  readonly entries: readonly FoundEntry[];
  /** Digests of statements of which the entry does not say the run, and whose own text names another. */
  readonly ofOthers: ReadonlySet<Digest>;
}

/** Types of which an entry that does not say its run may be of this one: nothing that the run itself names closes their list. */
export const openTypes: readonly string[] = [deploymentPredicateType, monitoringWindowPredicateType];

/** The place from which on entries are needed: that of the first statement that is shown; null where the log holds none. */
export function firstPlace(presented: readonly Presented[]): number | null {
  return presented.reduce<number | null>(
    (first, { place }) => (place === null ? first : Math.min(first ?? place, place)),
    null,
  );
}

/** Whether the text of a statement says it to be of a run, and of another than this one. */
export function isOfOther(body: string, run: string): boolean {
  try {
    const { run: told } = aboutOf(member(JSON.parse(body), 'predicate'));
    return told !== null && told !== run;
  } catch {
    return false;
  }
}
