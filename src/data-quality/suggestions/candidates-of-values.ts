/** Checks that columns of any type may be held to: whether there are values, and which. */
import type { Field } from '../../tables/index.ts';
import {
  type Answers,
  type Candidate,
  type CandidatePlan,
  columnText,
  type Known,
  literalText,
  neverFails,
} from './candidate.ts';
import type { Domain } from './find-domains.ts';
import { countCandidate, rareCandidate, shareCandidate, strictCandidate } from './make-candidate.ts';

const namedValues = 3;
const leastShare = 0.02;

/** Whether values are there: of every row where none was ever missing, else of a share of them. */
export const presenceCandidates = {
  values: (x: string): string[] => [`missing_share(${x})`],
  checks: (x: string): string[] => [`${x} is not null`],
  of(field: Field, answers: Answers, { usualRows }: Known): Candidate[] {
    const x = columnText(field);
    const that = `${x} is not null`;
    const of = { kind: 'presence', column: field.name } as const;
    if (neverFails(answers.failing(that)))
      return [strictCandidate({ ...of, about: that }, { answers, seen: 'no value was missing' })];
    const about = `missing_share(${x})`;
    return [shareCandidate({ ...of, about }, { values: answers.value(about), usualRows, sides: 'upper' })];
  },
};

/** Checks of a column that has few values: which they are, how many, and the shares of the most frequent ones. */
export function* domainCandidates(field: Field, domain: Domain, known: Known): CandidatePlan {
  const x = columnText(field);
  const frequent = domain.values
    .filter(({ rowCount }) => rowCount >= leastShare * domain.present)
    .slice(0, namedValues);
  const shares = frequent.map(({ value }) => `share(${x} == ${literalText(value)})`);
  const distinct = `distinct_count(${x})`;
  const answers = yield { values: [distinct, ...shares] };
  const column = field.name;
  const list = [...domain.values].sort((a, b) => (a.value < b.value ? -1 : 1)).map(({ value }) => literalText(value));
  const ofValues = rareCandidate(
    { kind: 'domain', column, about: `which values ${x} has` },
    { series: domain.series, known, that: `${x} in [${list.join(', ')}]`, seen: `it had ${list.length} values` },
  );
  return [
    ofValues,
    countCandidate({ kind: 'distinct', column, about: distinct }, answers),
    ...shares.map((about) =>
      shareCandidate(
        { kind: 'distribution', column, about },
        { values: answers.value(about), ...known, sides: 'both' },
      ),
    ),
  ];
}
