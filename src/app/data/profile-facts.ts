import type { ColumnStatistics } from '../../data-quality/index.ts';
import { number } from '../report/html.ts';

/** A line about a column: what is told, and how it reads of each table. */
export interface Fact {
  readonly name: string;
  readonly values: readonly string[];
}

type Read = (column: ColumnStatistics) => string | null;

const share = (count: number, of: number): string =>
  count === 0 || of === 0 ? number(count) : `${number(count)} (${Number(((count / of) * 100).toPrecision(3))} %)`;
const ofRows =
  (count: (column: ColumnStatistics) => number | undefined): Read =>
  (column) => {
    const found = count(column);
    return found === undefined || found === 0 ? null : share(found, column.rowCount);
  };
const shown = (value: number | null | undefined): string | null => (value == null ? null : number(value, 6));
const between = (ends: readonly (string | number | null | undefined)[]): string | null =>
  ends.some((end) => end == null)
    ? null
    : ends.map((end) => (typeof end === 'number' ? number(end) : shortTime(String(end)))).join(' … ');

/** A time without what it does not tell. */
function shortTime(text: string): string {
  return text.replace(/\.0+Z$/, 'Z').replace(/T00:00:00Z$/, '');
}

/** What is told of a column, in its order; what does not apply to it is left out. */
const facts: readonly (readonly [string, Read])[] = [
  ['missing', (column) => share(column.missingCount, column.rowCount)],
  ['distinct', (column) => share(column.distinctCount, column.rowCount)],
  ['once', (column) => (column.distinctCount === 0 ? null : number(column.onceCount))],
  ['entropy', ({ entropyBits }) => (entropyBits === null ? null : `${number(entropyBits)} bits`)],
  ['NaN', ofRows(({ numbers }) => numbers?.nanCount)],
  ['infinite', ofRows(({ numbers }) => infinite(numbers))],
  ['zero', ofRows(({ numbers }) => numbers?.zeroCount)],
  ['negative', ofRows(({ numbers }) => numbers?.negativeCount)],
  ['range', ({ numbers, times }) => between([(numbers ?? times)?.min, (numbers ?? times)?.max])],
  ['mean', ({ numbers }) => shown(numbers?.mean)],
  ['deviation', ({ numbers }) => shown(numbers?.standardDeviation)],
  ['skewness', ({ numbers }) => shown(numbers?.skewness)],
  ['kurtosis', ({ numbers }) => shown(numbers?.kurtosis)],
  ['5 … 95 %', ({ numbers, times }) => quantiles(numbers ?? times, [1, 5])],
  ['quartiles', ({ numbers, times }) => quantiles(numbers ?? times, [2, 3, 4])],
  ['outliers', ofRows(({ numbers }) => outside(numbers))],
  ['days without rows', ({ times }) => shown(times?.absentDayCount)],
  ['largest gap', ({ times }) => between([times?.largestGap?.from, times?.largestGap?.to])],
  ['length', ({ texts }) => between([texts?.minLength, texts?.maxLength])],
  ['mean length', ({ texts }) => shown(texts?.meanLength)],
  ['empty', ofRows(({ texts }) => texts?.emptyCount)],
  ['blank', ofRows(({ texts }) => texts?.characters.blank)],
  ['padded', ofRows(({ texts }) => texts?.characters.padded)],
  ['only digits', ofRows(({ texts }) => texts?.characters.onlyDigits)],
  ['beyond ASCII', ofRows(({ texts }) => texts?.characters.nonAscii)],
];

function infinite(numbers: ColumnStatistics['numbers']): number | undefined {
  return numbers === null ? undefined : numbers.positiveInfinityCount + numbers.negativeInfinityCount;
}

function outside(numbers: ColumnStatistics['numbers']): number | undefined {
  return numbers?.outliers == null ? undefined : numbers.outliers.belowCount + numbers.outliers.aboveCount;
}

function quantiles(
  ordered: ColumnStatistics['numbers'] | ColumnStatistics['times'],
  places: readonly number[],
): string | null {
  const found = ordered?.quantiles;
  return found == null ? null : between(places.map((place) => found[place]));
}

/** The lines about a column of one table or of two; a line that says nothing of either is left out. */
export function factsOf(columns: readonly (ColumnStatistics | null)[]): Fact[] {
  return facts.flatMap(([name, read]) => {
    const values = columns.map((column) => (column === null ? null : read(column)));
    return values.every((value) => value === null) ? [] : [{ name, values: values.map((value) => value ?? '–') }];
  });
}
