import { z } from 'zod';

const share = z.number().min(0).max(1);
const correlation = z.number().min(-1).max(1).nullable();

const pair = z.strictObject({
  a: z.string(),
  b: z.string(),
  pearson: correlation.describe('Over rows in which both are finite; null where one has no order or one value alone.'),
  spearman: correlation.describe('That of the ranks, equal values at their mean rank.'),
  cramersV: share.nullable().describe('Over the cells of both; null where one has a single cell.'),
  mutualInformationBits: z.number().nonnegative().nullable().describe('Over the cells of both.'),
});

/** What columns have to do with each other, as it is written down. */
export const tablePairs = z
  .strictObject({
    rowCount: z.number().int().nonnegative(),
    label: z.string().nullable(),
    columns: z.array(z.string()).describe('Those that were looked at.'),
    leftOut: z.array(z.string()).describe('Those beyond the most that are looked at.'),
    pairs: z.array(pair).describe('All pairs, or those with the label where only these were asked for.'),
    power: z
      .array(z.strictObject({ column: z.string(), power: share.nullable() }))
      .describe('How well each column alone tells the label, falling; null where the label has one value.'),
  })
  .describe('What columns have to do with each other.');

/** What columns have to do with each other. */
export type TablePairs = z.infer<typeof tablePairs>;
/** What two columns have to do with each other. */
export type ColumnPair = TablePairs['pairs'][number];

/** The pairs that have most to do with each other by correlation or Cramér's V, falling, at most so many; ties in their order. */
export function strongestPairs(pairs: readonly ColumnPair[], most: number): ColumnPair[] {
  const strength = ({ pearson, spearman, cramersV }: ColumnPair): number =>
    Math.max(Math.abs(pearson ?? 0), Math.abs(spearman ?? 0), cramersV ?? 0);
  return pairs.toSorted((a, b) => strength(b) - strength(a)).slice(0, most);
}
