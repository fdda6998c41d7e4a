/*
 * How far two filters go together: normalised pointwise mutual information of the table of counts, from -1 (never together)
 * over 0 (independent) to 1 (always together). The smoothed one adds a half to each cell, Jeffreys' prior, and so is steadier
 * where counts are small. Source: Bouma, "Normalized (Pointwise) Mutual Information in Collocation Extraction", 2009.
 */
import type { TraceCounts } from '../../../tracking/index.ts';

const prior = 0.5;

/** The answer of the endpoint. What is not defined, because a filter holds of no trace, is left out. */
export function correlationOf({ total, first, second, both }: TraceCounts): object {
  const cells = [both, first - both, second - both, total - first - second + both] as const;
  const isDefined = first > 0 && second > 0 && Math.min(...cells) >= 0;
  const exact = both === 0 ? -1 : normalised(cells, 0);
  return {
    ...(isDefined ? { npmi: exact, npmi_smoothed: normalised(cells, prior) } : {}),
    filter1_count: first,
    filter2_count: second,
    joint_count: both,
    total_count: total,
  };
}

function normalised([both, first, second, neither]: readonly [number, number, number, number], added: number): number {
  if (first === 0 && second === 0 && neither === 0) return 1;
  const together = both + added;
  const [one, other] = [both + first + 2 * added, both + second + 2 * added];
  const all = both + first + second + neither + 4 * added;
  const information = Math.log(together) + Math.log(all) - (Math.log(one) + Math.log(other));
  return Math.max(-1, Math.min(1, information / (Math.log(all) - Math.log(together))));
}
