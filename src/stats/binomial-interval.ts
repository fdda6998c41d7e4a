import { betaQuantile, betaQuantilePair } from './beta.ts';
import type { Interval } from './intervals.ts';

/**
 * The exact interval for a proportion of independent trials: it holds the truth at least as often as it says.
 * @param successes whole, 0…trials
 * @param trials 0 gives null
 * @see Clopper and Pearson 1934
 * @example clopperPearsonInterval(0, 10)?.high // 0.3085
 */
export function clopperPearsonInterval(successes: number, trials: number, confidence = 0.95): Interval | null {
  if (!(trials > 0)) return null;
  const tail = (1 - confidence) / 2;
  return {
    low: successes <= 0 ? 0 : betaQuantile(tail, successes, trials - successes + 1),
    high: successes >= trials ? 1 : betaQuantilePair([1 - tail, tail], [successes + 1, trials - successes])[0],
    confidence,
    method: 'Clopper-Pearson',
  };
}
