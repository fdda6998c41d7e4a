/** Checks that columns of any type may be held to: whether there are values, and which. */
import type { Field } from '../../tables/index.ts';
import type { Tested } from './back-test.ts';
import {
  type Answers,
  type Candidate,
  type CandidatePlan,
  chanceOfShare,
  columnText,
  extentOf,
  failingShares,
  fixed,
  type Known,
  literalText,
  neverFails,
  outward,
  rareShare,
  shareAbove,
  shareText,
} from './candidate.ts';
import type { Domain } from './find-domains.ts';
import type { PartitionValue } from './measure-partitions.ts';

const namedValues = 3;
const leastShare = 0.02;
const countFloor = Math.log(1.05);
/** Bounds of a share that leave out no more than so much on either side say nothing. */
const nothingSaid = 0.1;

/** A number as sentences show it. */
export function told(value: number): string {
  return String(Number(value.toPrecision(5)));
}

/** A value held to two bounds. */
export function between(text: string, { low, high }: { readonly low: number; readonly high: number }): string {
  return low === high ? `${text} == ${low}` : `${text} between ${low} and ${high}`;
}

/** Rounds toward the bounds: whole numbers are within them exactly if they are within these. */
export function inward({ low, high }: { readonly low: number; readonly high: number }): { low: number; high: number } {
  return { low: Math.ceil(low) + 0, high: Math.floor(high) + 0 };
}

/** A check of rows that no row ever failed. */
export function strictCandidate(
  { kind, column, about }: Pick<Candidate, 'kind' | 'column' | 'about'>,
  { answers, seen }: { readonly answers: Answers; readonly seen: string },
): Candidate {
  return {
    ...{ kind, column, about },
    scale: 'share',
    sides: 'never',
    floor: 0,
    series: fixed(failingShares(answers.failing(about))),
    write: () => ({ that: about, tolerance: 0, seen }),
  };
}

/** A share of rows that is held to bounds. `about` is the value that it is: `share(x == 0)`. */
export function shareCandidate(
  { kind, column, about }: Pick<Candidate, 'kind' | 'column' | 'about'>,
  {
    values,
    usualRows,
    sides,
  }: Pick<Known, 'usualRows'> & Pick<Tested, 'sides'> & { readonly values: readonly PartitionValue[] },
): Candidate {
  const seen = extentOf(values);
  return {
    ...{ kind, column, about, sides },
    scale: 'share',
    floor: chanceOfShare(usualRows),
    series: fixed(values),
    write: ({ low, high }) => {
      const that = shareBounds(about, low ?? 0, high);
      return that === null || seen === null
        ? null
        : { that, tolerance: 0, seen: `it was ${told(100 * seen.low)} to ${told(100 * seen.high)} %` };
    },
  };
}

/** A share that is held to bounds as a check; null where they are no bounds. */
function shareBounds(text: string, low: number, high: number): string | null {
  const wide = low <= 0 ? { low: 0, high: 100 * shareAbove(high) } : outward(100 * low, 100 * high);
  const [least, most] = [wide.low / 100, wide.high / 100];
  if (least <= nothingSaid && most >= 1 - nothingSaid) return null;
  if (least <= 0) return `${text} <= ${shareText(most)}`;
  return most >= 1 ? `${text} >= ${shareText(least)}` : `${text} between ${shareText(least)} and ${shareText(most)}`;
}

/** A whole number of something, held to bounds. */
export function countCandidate(
  { kind, column, about }: Pick<Candidate, 'kind' | 'column' | 'about'>,
  { value }: Answers,
): Candidate {
  const values = value(about);
  const seen = extentOf(values);
  return {
    ...{ kind, column, about },
    scale: 'count',
    sides: 'both',
    floor: countFloor,
    series: fixed(values),
    write: ({ low, high }) =>
      seen === null
        ? null
        : {
            that: low! <= 0 ? `${about} <= ${Math.floor(high)}` : between(about, inward({ low: low!, high })),
            tolerance: 0,
            seen: `it was ${told(seen.low)} to ${told(seen.high)}`,
          },
  };
}

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
  const ofValues: Candidate = {
    kind: 'domain',
    column,
    about: `which values ${x} has`,
    ...rareShare(domain.series, known),
    write: ({ high }) =>
      high > 0.5
        ? null
        : { that: `${x} in [${list.join(', ')}]`, tolerance: shareAbove(high), seen: `it had ${list.length} values` },
  };
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
