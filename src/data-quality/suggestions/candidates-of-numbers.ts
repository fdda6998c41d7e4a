/** Checks that columns of numbers may be held to. */
import { quantileOfSorted } from '../../stats/index.ts';
import type { Field } from '../../tables/index.ts';
import type { Series } from './back-test.ts';
import {
  type Answers,
  type Candidate,
  type CandidatePlan,
  columnText,
  type Extent,
  extentOf,
  failingShares,
  fixed,
  type Known,
  middleOf,
  neverFails,
  rareShare,
  sortedValues,
} from './candidate.ts';
import { domainCandidates, presenceCandidates } from './candidates-of-values.ts';
import { rareCandidate, shareCandidate, strictCandidate } from './make-candidate.ts';
import { between, inward, outward, shareText, toldExtent } from './written-bounds.ts';

const everyQuantile = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];
/** Numbers that programs write where there is no value. */
const sentinels = [-1, 0, 999, -999, 9999, -9999];
/** Rows beyond a quantile, at least, so that it is more than the largest value. */
const rowsBeyond = 5;
const [outerShare, least] = [0.1, 0.005];

/** Checks of a column of numbers. */
export function* numberCandidates(field: Field, known: Known): CandidatePlan {
  const x = columnText(field);
  const isWhole = field.type === 'int64';
  const domain = known.domains.get(field.name);
  const finite = `is_finite(${x})`;
  const quantiles = everyQuantile.filter((share) => Math.min(share, 1 - share) * known.usualRows >= rowsBeyond);
  const shares = sentinels.map((value) => ({ value, text: `share(${x} == ${value})` }));
  const first = yield {
    values: [
      ...presenceCandidates.values(x),
      ...[`min(${x})`, `max(${x})`],
      ...(domain === undefined
        ? [...quantiles.map((share) => quantileText(x, share)), ...shares.map(({ text }) => text)]
        : []),
      ...(isWhole && domain === undefined ? [`most_frequent_share(${x})`] : []),
    ],
    checks: [...presenceCandidates.checks(x), ...(isWhole ? [] : [finite])],
  };
  const presence = presenceCandidates.of(field, first, known);
  const strict =
    !isWhole && neverFails(first.failing(finite))
      ? [
          strictCandidate(
            { kind: 'range', column: field.name, about: finite },
            { answers: first, seen: 'every value was finite' },
          ),
        ]
      : [];
  if (domain !== undefined) return [...presence, ...(yield* domainCandidates(field, domain, known))];
  const ranges = rangesOf(field, first, known);
  if (ranges === null) return [...presence, ...strict];
  const second = yield {
    checks: [...ranges.values()].flatMap((range) => sides.map((side) => rangeText(x, range, side))),
  };
  return [
    ...presence,
    ...strict,
    ...rangeCandidates(field, ranges, { answers: second, known }),
    ...quantileCandidates(field, { quantiles, range: ranges.get(known.partitionCount)! }, first),
    ...shares.flatMap(({ value, text }) =>
      sentinelCandidate(field, { value, text, ranges }, { answers: first, known }),
    ),
    ...(isWhole ? [mostFrequentCandidate(field, first, known)] : []),
  ];
}

function quantileText(x: string, share: number): string {
  return share === 0.5 ? `median(${x})` : `quantile(${x}, ${shareText(share)})`;
}

/** The range by what was known at each end of the past: that of nine partitions in ten, and as far again as they lie from the middle one. */
function rangesOf(field: Field, { value }: Answers, { ends }: Known): Map<number, Extent> | null {
  const x = columnText(field);
  const [minima, maxima] = [value(`min(${x})`), value(`max(${x})`)];
  const ranges = new Map<number, Extent>();
  for (const end of ends) {
    const lows = sortedValues(minima.slice(0, end));
    const highs = sortedValues(maxima.slice(0, end));
    if (lows.length === 0 || highs.length === 0) return null;
    const low = 2 * quantileOfSorted(lows, outerShare) - quantileOfSorted(lows, 0.5);
    const high = 2 * quantileOfSorted(highs, 1 - outerShare) - quantileOfSorted(highs, 0.5);
    const wide = outward({ low: Math.min(low, high), high: Math.max(low, high) });
    const isNonNegative = lows[0]! >= 0;
    const bounds = { low: isNonNegative ? Math.max(0, wide.low) : wide.low, high: wide.high };
    ranges.set(end, bounds);
  }
  return ranges;
}

const sides = ['both', 'low', 'high'] as const;
type Side = (typeof sides)[number];

function rangeText(x: string, { low, high }: Extent, side: Side): string {
  return side === 'both' ? `${x} between ${low} and ${high}` : side === 'low' ? `${x} >= ${low}` : `${x} <= ${high}`;
}

/** Both bounds in one check where hardly anything was ever outside; else each alone, so that what is loose at one end is not so at the other. */
function rangeCandidates(
  field: Field,
  ranges: ReadonlyMap<number, Extent>,
  { answers, known }: { readonly answers: Answers; readonly known: Known },
): Candidate[] {
  const x = columnText(field);
  const found = sides.map((side): Candidate => {
    const shares = new Map(
      [...ranges].map(([end, range]) => [end, failingShares(answers.failing(rangeText(x, range, side)))]),
    );
    const that = rangeText(x, ranges.get(known.partitionCount)!, side);
    const most = extentOf(answers.failing(that).failing)?.high ?? 0;
    const seen = most === 0 ? 'every value was so' : `at most ${most} values of a partition were not so`;
    const series = (end: number): Series => ({ values: shares.get(end)!, from: 0 });
    return rareCandidate(
      { kind: 'range', column: field.name, about: `the range of ${x}` },
      { series, known, that, seen },
    );
  });
  return found[0]!.sides === 'never' ? found.slice(0, 1) : found.slice(1);
}

function quantileCandidates(
  field: Field,
  { quantiles, range }: { readonly quantiles: readonly number[]; readonly range: Extent },
  { value }: Answers,
): Candidate[] {
  const x = columnText(field);
  const isWhole = field.type === 'int64';
  const middle = (share: number): number => middleOf(value(quantileText(x, share)));
  const spread = quantiles.length < 2 ? 0 : middle(quantiles.at(-1)!) - middle(quantiles[0]!);
  return quantiles.flatMap((share): Candidate[] => {
    const text = quantileText(x, share);
    const values = value(text);
    const seen = extentOf(values);
    if (seen === null) return [];
    return [
      {
        kind: 'distribution',
        column: field.name,
        about: text,
        scale: 'value',
        sides: 'both',
        floor: Math.max(0.01 * spread, isWhole ? 0.3 : Math.abs(middle(share)) * 1e-9),
        series: fixed(values),
        write: ({ low, high }) => {
          const bounds = { low: low!, high };
          const written = isWhole ? inward(bounds) : outward(bounds);
          const that = withinRange(text, written, range);
          return that === null ? null : { that, tolerance: 0, seen: toldExtent(seen) };
        },
      },
    ];
  });
}

/** A value held to those of its bounds that say more than the range does; null where neither does. */
function withinRange(text: string, { low, high }: Extent, range: Extent): string | null {
  const [saysLow, saysHigh] = [low > range.low, high < range.high];
  if (saysLow && saysHigh) return between(text, { low, high });
  return saysLow ? `${text} >= ${low}` : saysHigh ? `${text} <= ${high}` : null;
}

function sentinelCandidate(
  { name }: Field,
  of: { readonly value: number; readonly text: string; readonly ranges: ReadonlyMap<number, Extent> },
  { answers, known }: { readonly answers: Answers; readonly known: Known },
): Candidate[] {
  const range = of.ranges.get(known.partitionCount)!;
  // What lies outside of the range is found there.
  if (of.value < range.low || of.value > range.high) return [];
  const values = answers.value(of.text);
  const seen = extentOf(values);
  if (seen === null) return [];
  const usual = middleOf(values);
  const about = { kind: 'sentinel', column: name, about: of.text } as const;
  if (seen.high === 0)
    return [{ ...shareCandidate(about, { values, ...known, sides: 'upper' }), ...rareShare(fixed(values), known) }];
  return [shareCandidate(about, { values, ...known, sides: usual > least ? 'both' : 'upper' })];
}

function mostFrequentCandidate(field: Field, { value }: Answers, { usualRows }: Known): Candidate {
  const about = `most_frequent_share(${columnText(field)})`;
  return shareCandidate(
    { kind: 'sentinel', column: field.name, about },
    { values: value(about), usualRows, sides: 'upper' },
  );
}
