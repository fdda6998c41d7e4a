import { formatExpression } from '../../spec/index.ts';
import { quantileOfSorted } from '../../stats/index.ts';
import type { Field } from '../../tables/index.ts';
import type { Series, Tested } from './back-test.ts';
import type { Domain } from './find-domains.ts';
import type { FailingRows, PartitionValue } from './measure-partitions.ts';
import type { SuggestedCheck } from './suggestion.ts';

/** The smallest and the largest of something. */
export interface Extent {
  readonly low: number;
  readonly high: number;
}

/** Bounds of what a candidate measures; of one side alone `low` is null. */
export interface Bounds {
  readonly low: number | null;
  readonly high: number;
}

/** A check as its bounds make it, and a sentence on what was seen. */
export interface WrittenCandidate extends Pick<SuggestedCheck, 'that' | 'tolerance'> {
  readonly seen: string;
}

/** A check that may be suggested: what it holds to bounds, and how it is written with them. */
export interface Candidate extends Tested, Pick<SuggestedCheck, 'kind' | 'column'> {
  /** As it is told where it did not hold: what it looks at, without bounds. */
  readonly about: string;
  /** Null where bounds are so wide that the check would say nothing. */
  readonly write: (bounds: Bounds) => WrittenCandidate | null;
}

/** What a plan asks of all partitions: values of the table, and checks of rows of which it wants the failing ones. */
export interface Questions {
  readonly values?: readonly string[];
  readonly checks?: readonly string[];
}

/** The answers, one for each partition. */
export interface Answers {
  readonly value: (text: string) => readonly PartitionValue[];
  readonly failing: (check: string) => FailingRows;
}

/** Asks round by round, until it knows what to suggest. The questions of all plans are asked together. */
export type CandidatePlan = Generator<Questions, readonly Candidate[], Answers>;

/** What plans know before they ask. */
export interface Known {
  readonly partitionCount: number;
  /** Rows of a partition, the middle one. */
  readonly usualRows: number;
  /** Rows that nine partitions in ten have at least. */
  readonly fewRows: number;
  /** Where the past ends in the back-test, and at last. */
  readonly ends: readonly number[];
  /** Columns with few values, by name. */
  readonly domains: ReadonlyMap<string, Domain>;
  /** How many different values a column has, by name; of whole numbers and texts. */
  readonly distinct: ReadonlyMap<string, { readonly values: number; readonly present: number }>;
}

/** The name of a column as checks write it. */
export function columnText({ name }: Pick<Field, 'name'>): string {
  return formatExpression({ kind: 'name', path: [name], span: { start: 0, end: 0 } });
}

/** A text as checks write it. */
export function literalText(value: string | number | boolean): string {
  return typeof value === 'string'
    ? formatExpression({ kind: 'string', value, span: { start: 0, end: 0 } })
    : String(value);
}

/** What is the same whoever looks, as the share of a value in each partition. */
export function fixed(values: readonly PartitionValue[]): Tested['series'] {
  const series: Series = { values, from: 0 };
  return () => series;
}

/** The shares of the rows that fail, of those of which a check says something; null of none. */
export function failingShares({ failing, said }: FailingRows): PartitionValue[] {
  return failing.map((count, at) => (said[at] === 0 ? null : count / said[at]!));
}

/** Whether no row of any partition fails. */
export function neverFails({ failing }: FailingRows): boolean {
  return failing.every((count) => count === 0);
}

/** The reach of a share that is hardly ever above 0: one row of so many, on the scale of shares. */
function oneRow(rows: number): number {
  return Math.asin(Math.sqrt(1 / Math.max(1, rows)));
}

/**
 * How a share is tested that is hardly ever above 0: where no partition that was not known had more than one such row, that is what may be; else it is held to
 * what it was.
 */
export function rareShare(
  series: Tested['series'],
  { fewRows, ends }: Pick<Known, 'fewRows' | 'ends'>,
): Pick<Tested, 'scale' | 'sides' | 'floor' | 'series'> {
  const slack = 1 / Math.max(1, fewRows);
  const isRare = ends.every((end) => {
    const { values, from } = series(end);
    return values.slice(from).every((value) => value === null || value <= slack);
  });
  const scale = 'share' as const;
  return isRare
    ? { scale, series, sides: 'never', floor: slack }
    : { scale, series, sides: 'upper', floor: oneRow(fewRows) };
}

/** What was measured, rising; a partition without a value is left out. */
export function sortedValues(values: readonly PartitionValue[]): number[] {
  return values.filter((value) => value !== null).sort((a, b) => a - b);
}

/** The median of what was measured; NaN of nothing. */
export function middleOf(values: readonly PartitionValue[]): number {
  return quantileOfSorted(sortedValues(values), 0.5);
}

/** The smallest and the largest of what was measured; null of nothing. */
export function extentOf(values: readonly PartitionValue[]): Extent | null {
  const there = values.filter((value) => value !== null);
  return there.length === 0 ? null : { low: Math.min(...there), high: Math.max(...there) };
}
