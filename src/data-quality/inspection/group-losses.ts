/**
 * Groups of rows that a step takes away more of than of the others. A group's share is that of the rows that have a value, before the step and after it; what is
 * judged is the change of the share relative to what it was, as mlinspect's `NoBiasIntroducedFor` does. Deviations from it: only a loss is told, since where
 * one group loses all others gain; and chance is held against it. Where rows leave whatever group they are of, the rows of a group that stay are
 * hypergeometric, given how many stay of all. A step whose rows need not be those of before is judged as two samples, by Fisher's exact test, which
 * finds less where they are.
 */
import { z } from 'zod';
import { hypergeometricLowerTail, type Urn } from '../../stats/index.ts';
import type { GroupCounts } from './group-counts.ts';

const side = z.strictObject({
  rowCount: z.number().int().nonnegative(),
  share: z.number().min(0).max(1).describe('Of the rows that have a value.'),
});

/** A group that lost more of its share at a step than may be. */
export const groupLoss = z
  .strictObject({
    group: z.string(),
    before: side,
    after: side,
    change: z.number().describe('Of the share, relative to what it was: -0.3 is a loss of 30 %.'),
    pValue: z.number().min(0).max(1).describe('The chance of so few rows where rows leave whatever their group is.'),
  })
  .describe('A group that lost more of its share at a step than may be.');

/** A group that lost more of its share at a step than may be. */
export type GroupLoss = z.infer<typeof groupLoss>;

/** The rows before and after a step, by the same groups. */
export interface GroupChange {
  readonly before: GroupCounts;
  readonly after: GroupCounts;
  /** Whether every row of after is one of before, and each at most once. */
  readonly isNested: boolean;
}

/** From where on a loss is told. */
export interface LossLimits {
  /** A smaller loss of a share, relative to what it was, is none. */
  readonly mostLoss: number;
  /** The chance that a group is told where rows leave whatever their group is: of one group. */
  readonly falseAlarmRate: number;
}

/**
 * The groups that lost more of their share than may be, the largest loss first. Rows without a value count in no share. Empty where one side has no
 * row with a value.
 */
export function findLosses({ before, after, isNested }: GroupChange, limits: LossLimits): GroupLoss[] {
  const [total, left] = [valuedRows(before), valuedRows(after)];
  if (total === 0 || left === 0) return [];
  const rowsAfter = new Map(after.groups.map(({ group, count }) => [group, count]));
  return before.groups
    .flatMap(({ group, count }): GroupLoss[] => {
      if (count === 0) return [];
      const kept = rowsAfter.get(group) ?? 0;
      const [shareBefore, shareAfter] = [count / total, kept / left];
      const change = shareAfter / shareBefore - 1;
      if (change > -limits.mostLoss) return [];
      const pValue = chanceOfLoss({ total, count, left, kept }, isNested);
      if (pValue > limits.falseAlarmRate) return [];
      return [
        {
          group,
          before: { rowCount: count, share: shareBefore },
          after: { rowCount: kept, share: shareAfter },
          change: Number(change.toPrecision(6)),
          pValue: Number(pValue.toPrecision(3)),
        },
      ];
    })
    .sort((one, other) => one.change - other.change || (one.group < other.group ? -1 : 1));
}

interface Counted {
  readonly total: number;
  readonly count: number;
  readonly left: number;
  readonly kept: number;
}

function chanceOfLoss({ total, count, left, kept }: Counted, isNested: boolean): number {
  // Rows that were given other values can make more of a group than there were: then rows are not only left out.
  const isSubset = isNested && left <= total && kept <= count && left - kept <= total - count;
  const urn: Urn = isSubset
    ? { total, marked: count, drawn: left }
    : { total: total + left, marked: count + kept, drawn: left };
  return hypergeometricLowerTail(kept, urn);
}

/** Rows that have a value. */
export function valuedRows({ rowCount, missingCount }: GroupCounts): number {
  return rowCount - missingCount;
}
