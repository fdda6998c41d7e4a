import type { ColumnPair } from '../pairs/pairs.ts';
import { column, type TableFunction } from './table-function.ts';

const finite = 'rows in which both are finite';
const cells =
  'missing, NaN and each infinity are a value of their own; of more than twenty values, intervals or the most frequent ones';

function ofPair(
  entry: Pick<TableFunction, 'name' | 'says' | 'missing'>,
  give: (pair: ColumnPair) => number | null,
): TableFunction {
  return {
    group: 'pairs',
    form: `${entry.name}(a, b)`,
    example: `${entry.name}(x, y) < 1`,
    takes: [column, column],
    value: ({ args }) => ({ type: 'number', how: { by: 'pair', a: args[0]!.field!, b: args[1]!.field!, give } }),
    ...entry,
  };
}

/** What two columns have to do with each other, as statistics of pairs tell it. */
export const pairValues: readonly TableFunction[] = [
  ofPair(
    { name: 'correlation', says: "Pearson's; missing where one has no order or one value alone.", missing: finite },
    ({ pearson }) => pearson,
  ),
  ofPair(
    { name: 'rank_correlation', says: "Spearman's: that of the ranks, equal values at their mean.", missing: finite },
    ({ spearman }) => spearman,
  ),
  ofPair(
    { name: 'cramers_v', says: "Cramér's V, 0 to 1, without correction for bias.", missing: cells },
    ({ cramersV }) => cramersV,
  ),
  ofPair(
    { name: 'mutual_information', says: 'In bits.', missing: cells },
    ({ mutualInformationBits }) => mutualInformationBits,
  ),
];
