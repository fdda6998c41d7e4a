import type { CellState } from './fill-template.ts';

/** What each state of a cell claims, for readers of a report. */
export const stateWords: Readonly<Record<CellState, string>> = {
  verified: 'a signed statement, which the log holds, names the digest; mlspec verify accepts the run',
  declared: 'it stands in the declaration; nothing shows that it was done',
  human: 'a person has to say it, or did; nothing else stands behind it',
  missing: 'nothing is there',
};
