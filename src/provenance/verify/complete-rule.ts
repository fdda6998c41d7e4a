/** The rule that nothing which the log holds of a run is left out. */
import { entriesOf } from './entries.ts';
import { entriesLook } from './rule-evidence.ts';
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
  restsOn: entriesLook,
};
