/**
 * Whether a column has drifted: it has where the difference is more than chance explains, and large enough to matter. The first
 * is a test, Kolmogorov and Smirnov's where the column is judged by one of the distances of its order, Pearson's over the
 * cells for all others (to first order they measure the same deviation as his statistic). The second is a threshold of the
 * distance. A test alone calls every column of a large table drifted; a threshold alone calls small samples drifted that are
 * not.
 */
import {
  type CellCounts,
  hellingerDistance,
  homogeneityTest,
  jensenShannonDivergence,
  kolmogorovSmirnovPValue,
  largestShareDifference,
  populationStability,
  totalOf,
} from '../../stats/index.ts';
import type { ColumnCounts } from './column-counts.ts';
import type { ColumnDrift, Distances, DriftCell, DriftDistance } from './drift.ts';

/** Distances below these are too small to matter, where nothing else is declared: about a third of a standard deviation. */
export const defaultThresholds: Readonly<Record<DriftDistance, number>> = {
  psi: 0.1,
  jensen_shannon: 0.02,
  hellinger: 0.1,
  l_infinity: 0.1,
  chi_squared: 0.1,
  kolmogorov_smirnov: 0.1,
  wasserstein: 0.3,
};

/** Whether a distance needs values with an order. */
export function needsOrder(distance: DriftDistance): boolean {
  return distance === 'kolmogorov_smirnov' || distance === 'wasserstein';
}

/** A column's distances and its test; whether it drifted depends on the other columns too. */
export type MeasuredColumn = Omit<ColumnDrift, 'name' | 'type' | 'threshold' | 'adjustedPValue' | 'drifted'>;

/** All distances of a column, and the test that belongs to the one by which it is judged. */
export function measureColumn(counted: ColumnCounts, judgedBy: DriftDistance): MeasuredColumn {
  const counts = {
    reference: counted.cells.map((cell) => cell.reference),
    current: counted.cells.map((cell) => cell.current),
  };
  const { cells, ordered } = counted;
  const byCells = homogeneityTest(counts);
  const byOrder = needsOrder(judgedBy);
  const pValue = !byOrder
    ? byCells.pValue
    : ordered === null
      ? 1
      : kolmogorovSmirnovPValue(ordered.largestStep, {
          reference: ordered.referenceCount,
          current: ordered.currentCount,
        });
  return {
    reference: sideOf(cells, 'reference'),
    current: sideOf(cells, 'current'),
    distances: distancesOf(counts, counted),
    judgedBy,
    test: byOrder ? 'kolmogorov_smirnov' : 'chi_squared',
    pValue,
    cells: [...cells],
    newValues: counted.onlyCurrent,
    vanishedValues: counted.onlyReference,
  };
}

function distancesOf(counts: CellCounts, { ordered }: ColumnCounts): Distances {
  const known = (distance: number): number | null => (Number.isNaN(distance) ? null : distance);
  return {
    psi: known(populationStability(counts)),
    jensen_shannon: known(jensenShannonDivergence(counts)),
    hellinger: known(hellingerDistance(counts)),
    l_infinity: known(largestShareDifference(counts)),
    chi_squared: known(associationOf(counts)),
    kolmogorov_smirnov: ordered?.largestStep ?? null,
    wasserstein: ordered?.area ?? null,
  };
}

/** Cramér's V of the table dataset × cell: the root of the chi-squared statistic of all cells by the number of rows. */
function associationOf(counts: CellCounts): number {
  const [n, m] = [totalOf(counts.reference), totalOf(counts.current)];
  if (!(n > 0 && m > 0)) return Number.NaN;
  let statistic = 0;
  for (let at = 0; at < counts.reference.length; at++) {
    const [a, b] = [counts.reference[at]!, counts.current[at]!];
    if (a + b > 0) statistic += (a * m - b * n) ** 2 / (n * m * (a + b));
  }
  return Math.sqrt(statistic / (n + m));
}

function sideOf(cells: readonly DriftCell[], side: 'reference' | 'current'): ColumnDrift['reference'] {
  const of = (kind?: DriftCell['kind']): number =>
    cells.reduce((sum, cell) => sum + (kind === undefined || cell.kind === kind ? cell[side] : 0), 0);
  return {
    rowCount: of(),
    missingCount: of('missing'),
    nanCount: of('nan'),
    positiveInfinityCount: of('positive_infinity'),
    negativeInfinityCount: of('negative_infinity'),
  };
}
