import { seededRandom } from '../encoding/index.ts';
import type { Confusion } from './confusion.ts';

const confusionReplicates = 400;
const maximumCells = 4_000_000;

/**
 * Bootstrap replicates of a confusion matrix: as resampling its rows with replacement would give. Each cell is drawn
 * from a binomial given the cells before it. Weighted rows count as so many as tell as much. Seeded: equal matrices give
 * equal replicates. 400 of them, fewer with more than 100 classes.
 */
export function resampleConfusions(confusion: Confusion): Confusion[] {
  const random = seededRandom('confusion');
  const { size, effectiveCount } = confusion;
  const length = Math.min(confusionReplicates, Math.max(40, Math.floor(maximumCells / (size * size))));
  return Array.from({ length }, () => ({
    size,
    counts: multinomial(confusion.counts, Math.round(effectiveCount), random),
    effectiveCount,
  }));
}

function multinomial(weights: Float64Array, trials: number, random: () => number): Float64Array {
  let restWeight = weights.reduce((sum, weight) => sum + weight, 0);
  let rest = trials;
  return weights.map((weight) => {
    const drawn = restWeight <= 0 ? 0 : binomial(rest, Math.min(1, weight / restWeight), random);
    restWeight -= weight;
    rest -= drawn;
    return drawn;
  });
}

/** A binomial number: exact by counting gaps for few expected successes, else by its normal approximation, rounded. */
function binomial(trials: number, share: number, random: () => number): number {
  if (share <= 0 || trials <= 0) return 0;
  if (share >= 1) return trials;
  if (share > 0.5) return trials - binomial(trials, 1 - share, random);
  const mean = trials * share;
  if (mean > 500) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.min(trials, Math.max(0, Math.round(mean + normal * Math.sqrt(mean * (1 - share)))));
  }
  let successes = 0;
  for (let at = 0; ; successes++) {
    at += Math.floor(Math.log(1 - random()) / Math.log(1 - share)) + 1;
    if (at > trials) return successes;
  }
}
