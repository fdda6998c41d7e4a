import { PlatformError } from '../errors/index.ts';

function requireShare(value: number, name: string): void {
  if (value > 0 && value < 1) return;
  throw new PlatformError('STATS_OUT_OF_RANGE', {
    message: `expected ${name} between 0 and 1, both excluded, found ${value}`,
  });
}

/**
 * Examples needed so that Σ c·v, a sum of constants times means of values that span `ranges`, lies within `tolerance` of
 * the truth on one side, with probability at least 1 - delta: every mean gets delta / m, and the tolerance is split
 * among them in the best way.
 *
 * @param spans |c| times the range of each term; at least one, each above 0
 * @param tolerance above 0, in the unit of the sum
 * @param delta 0 < delta < 1
 * @returns (Σ spans)² ln(m / delta) / (2 tolerance²), not rounded
 * @throws PlatformError STATS_OUT_OF_RANGE
 * @see Hoeffding 1963, theorem 2; Renggli et al. 2019, section 3.1, for the split
 * @example Math.ceil(hoeffdingSize([1, 1], 0.1, 0.01 / 32)) // 1753
 */
export function hoeffdingSize(spans: readonly number[], tolerance: number, delta: number): number {
  requireShare(delta, 'delta');
  if (!(tolerance > 0) || spans.length === 0)
    throw new PlatformError('STATS_OUT_OF_RANGE', {
      message: `expected a tolerance above 0 and at least one term, found ${tolerance} and ${spans.length}`,
    });
  const span = spans.reduce((sum, one) => sum + one, 0);
  return (span * span * Math.log(spans.length / delta)) / (2 * tolerance * tolerance);
}

/** The half-width that a number of examples gives: `hoeffdingSize` solved for the tolerance. Infinite for no examples. */
export function hoeffdingTolerance(spans: readonly number[], count: number, delta: number): number {
  requireShare(delta, 'delta');
  if (count <= 0) return Number.POSITIVE_INFINITY;
  const span = spans.reduce((sum, one) => sum + one, 0);
  return span * Math.sqrt(Math.log(spans.length / delta) / (2 * count));
}
