/** Candidates by what they hold to bounds: rows that never or hardly ever fail, shares, whole numbers. */
import type { Tested } from './back-test.ts';
import { type Answers, type Candidate, extentOf, failingShares, fixed, type Known, rareShare } from './candidate.ts';
import type { PartitionValue } from './measure-partitions.ts';
import { shareAbove, shareWithin, told, toldExtent, wholeWithin } from './written-bounds.ts';

type Named = Pick<Candidate, 'kind' | 'column' | 'about'>;

const countFloor = Math.log(1.05);

/** A check of rows that no row ever failed. */
export function strictCandidate(
  { kind, column, about }: Named,
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

/** A check of rows that hardly any row fails: so many may as its bounds come to, where those are not most of them. */
export function rareCandidate(
  named: Named,
  {
    series,
    known,
    that,
    seen,
  }: Pick<Tested, 'series'> & { readonly known: Known; readonly that: string; readonly seen: string },
): Candidate {
  return {
    ...named,
    ...rareShare(series, known),
    write: ({ high }) => (high > 0.5 ? null : { that, tolerance: shareAbove(high), seen }),
  };
}

/** A share of rows that is held to bounds. `about` is the value that it is: `share(x == 0)`. */
export function shareCandidate(
  { kind, column, about }: Named,
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
      const that = shareWithin(about, { low: low ?? 0, high });
      return that === null || seen === null
        ? null
        : { that, tolerance: 0, seen: `it was ${told(100 * seen.low)} to ${told(100 * seen.high)} %` };
    },
  };
}

/** The reach that chance alone gives a share of so many rows: three standard deviations, on the scale of shares. */
function chanceOfShare(rows: number): number {
  return 1.5 / Math.sqrt(Math.max(1, rows));
}

/** A whole number that is not below 0, held to bounds. */
export function wholeCandidate(
  { kind, column, about }: Named,
  { values, scale, floor }: Pick<Tested, 'scale' | 'floor'> & { readonly values: readonly PartitionValue[] },
): Candidate {
  const seen = extentOf(values);
  return {
    ...{ kind, column, about, scale, floor },
    sides: 'both',
    series: fixed(values),
    write: ({ low, high }) =>
      seen === null ? null : { that: wholeWithin(about, { low: low!, high }), tolerance: 0, seen: toldExtent(seen) },
  };
}

/** A count of something, held to bounds. */
export function countCandidate(named: Named, { value }: Answers): Candidate {
  return wholeCandidate(named, { values: value(named.about), scale: 'count', floor: countFloor });
}
