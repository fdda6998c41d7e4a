/**
 * How much two columns have to do with each other, from counts and sums of whole numbers that are exact: so nothing depends on the
 * order in which rows were counted.
 */
import { CompensatedSum } from './sums.ts';

/** Rows by two classes: a row of counts for each class of the first, a count in it for each class of the second. */
export type Contingency = readonly (readonly number[])[];

interface Margins {
  readonly total: number;
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

function marginsOf(table: Contingency): Margins {
  const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
  const rows = table.map(sum);
  const columns = (table[0] ?? []).map((_, at) => sum(table.map((row) => row[at]!)));
  return { total: sum(rows), rows, columns };
}

/** Cramér's V, 0 to 1, without correction for bias; NaN where one side has a single class. @see Cramér 1946, 21.9 */
export function cramersV(table: Contingency): number {
  const { total, rows, columns } = marginsOf(table);
  const least = Math.min(rows.filter((count) => count > 0).length, columns.filter((count) => count > 0).length) - 1;
  if (!(least > 0)) return Number.NaN;
  const statistic = new CompensatedSum();
  table.forEach((row, i) => {
    row.forEach((count, j) => {
      const expected = (rows[i]! * columns[j]!) / total;
      if (expected > 0) statistic.add((count - expected) ** 2 / expected);
    });
  });
  return Math.min(1, Math.sqrt(statistic.value / total / least));
}

/** Mutual information in bits, 0 and up: how much less is unknown of one class where the other is known. NaN without rows. */
export function mutualInformation(table: Contingency): number {
  const { total, rows, columns } = marginsOf(table);
  if (!(total > 0)) return Number.NaN;
  const bits = new CompensatedSum();
  table.forEach((row, i) => {
    row.forEach((count, j) => {
      if (count > 0) bits.add((count / total) * Math.log2((count * total) / (rows[i]! * columns[j]!)));
    });
  });
  return Math.max(0, bits.value);
}

/**
 * How well the second class is told from the first alone, 0 (no better than always the most frequent) to 1 (always): each row is told
 * by the most frequent second class among the *other* rows of its first class; ties count as wrong. So a class of one row tells nothing.
 * NaN where the most frequent alone is always right, and without rows.
 */
export function classPower(table: Contingency): number {
  const { total, columns } = marginsOf(table);
  const right = table.reduce((sum, row) => sum + rightCount(row), 0);
  const base = rightCount(columns);
  return total === 0 || base === total ? Number.NaN : Math.max(0, (right - base) / (total - base));
}

/** Rows that the most frequent class of the other rows tells right. */
function rightCount(counts: readonly number[]): number {
  const most = Math.max(...counts, 0);
  const others = counts.filter((count) => count < most);
  if (counts.length - others.length > 1) return 0;
  return most - 1 > Math.max(...others, 0) ? most : 0;
}

/** Sums over n rows of two columns of whole numbers. */
export interface PairSums {
  readonly n: bigint;
  readonly x: bigint;
  readonly y: bigint;
  readonly xx: bigint;
  readonly yy: bigint;
  readonly xy: bigint;
}

/** Pearson's correlation, -1 to 1, rounded once at the end; NaN where a side has one value alone. */
export function correlationOf({ n, x, y, xx, yy, xy }: PairSums): number {
  const [spreadX, spreadY] = [n * xx - x * x, n * yy - y * y];
  if (spreadX <= 0n || spreadY <= 0n) return Number.NaN;
  const found = Number(n * xy - x * y) / Math.sqrt(Number(spreadX)) / Math.sqrt(Number(spreadY));
  return Math.max(-1, Math.min(1, found));
}

/** The rows of one class: how many, and sums of a whole number over them. */
export interface ClassSums {
  readonly n: bigint;
  readonly x: bigint;
  readonly xx: bigint;
}

/**
 * How much of the spread of a number a class tells, 0 to 1: each row is told by the mean of the *other* rows of its class, a class of one row by
 * the mean of all others, and the squared errors are held against those of the mean of all others. NaN below two rows and without spread.
 */
export function meanPower(classes: readonly ClassSums[]): number {
  const all = classes.reduce((sum, { n, x, xx }) => ({ n: sum.n + n, x: sum.x + x, xx: sum.xx + xx }), {
    n: 0n,
    x: 0n,
    xx: 0n,
  });
  const total = leftOutError(all);
  if (all.n < 2n || total === 0) return Number.NaN;
  const errors = new CompensatedSum();
  for (const one of classes) errors.add(one.n === 1n ? singleError(one, all) : leftOutError(one));
  return Math.max(0, 1 - errors.value / total);
}

/** The squared errors where each row is told by the mean of the others: those of the mean, times (n / (n - 1))². */
function leftOutError({ n, x, xx }: ClassSums): number {
  return n < 2n ? 0 : (Number(n * xx - x * x) * Number(n)) / Number(n - 1n) ** 2;
}

function singleError({ x }: ClassSums, all: ClassSums): number {
  const rest = Number(all.n - 1n);
  return (Number(x * (all.n - 1n) - (all.x - x)) / rest) ** 2;
}
