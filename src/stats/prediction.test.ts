import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../encoding/index.ts';
import {
  fitHoltWinters,
  leastHoltWinters,
  meanAndDeviation,
  medianAndDeviation,
  normalQuantile,
  robustReach,
  type Smoothing,
  smoothSeries,
  studentQuantile,
  studentReach,
} from './index.ts';

interface Golden {
  readonly student: readonly {
    readonly values: readonly number[];
    readonly tail: number;
    readonly mean: number;
    readonly deviation: number;
    readonly reach: number;
  }[];
  readonly robust: readonly { readonly count: number; readonly tail: number; readonly reach: number }[];
  readonly given: readonly {
    readonly values: readonly number[];
    readonly season: number;
    readonly smoothing: Smoothing;
    readonly squares: number;
    readonly next: number;
    readonly leverage: number;
  }[];
  readonly fitted: readonly {
    readonly values: readonly number[];
    readonly season: number;
    readonly squares: number;
  }[];
}

const golden = JSON.parse(
  readFileSync(new URL('../../test/golden/data-quality/history.json', import.meta.url), 'utf8'),
) as Golden;

const isFull = process.env['MLSPEC_TEST_FULL'] === '1';

const close = (found: number, value: number, relative: number): void => {
  expect(Math.abs(found - value), `${found} against ${value}`).toBeLessThanOrEqual(
    relative * Math.max(1e-9, Math.abs(value)),
  );
};

test('means, deviations and the reach of an interval for the next value are those of SciPy', () => {
  for (const one of golden.student) {
    const { centre, deviation } = meanAndDeviation(one.values);
    close(centre, one.mean, 1e-12);
    close(deviation, one.deviation, 1e-10);
    close(studentReach(one.values.length, one.tail), one.reach, 1e-9);
  }
});

test('medians and median deviations by hand', () => {
  expect(medianAndDeviation([5, 1, 9])).toEqual({ centre: 5, deviation: 4 });
  expect(medianAndDeviation([1, 2, 4, 100])).toEqual({ centre: 3, deviation: 1.5 });
});

test('the reach of robust intervals is what hundreds of thousands of samples say', () => {
  for (const one of golden.robust) {
    const found = robustReach(one.count, one.tail, seededRandom('test'));
    close(found, one.reach, one.count === 5 ? 0.08 : 0.03);
  }
});

describe('smoothing', () => {
  test('for given smoothing: least squares of the errors of statsmodels', () => {
    for (const { values, season, smoothing, ...expected } of golden.given) {
      const found = smoothSeries(values, season, smoothing)!;
      expect(found.count).toBe(values.length);
      close(found.squares, expected.squares, 1e-6);
      close(found.next, expected.next, 1e-6);
      close(found.leverage, expected.leverage, 1e-5);
    }
  });

  test('the search finds no worse smoothing than that of statsmodels', () => {
    for (const { values, season, squares } of golden.fitted)
      expect(fitHoltWinters(values, season)!.squares).toBeLessThanOrEqual(squares * (1 + 1e-6));
  });

  test('a series that follows level, trend and season is foretold exactly, also over a missing value', () => {
    const values = Array.from({ length: 20 }, (_, at) => 3 + 0.5 * at + [1, -2, 0, 1][at % 4]!);
    for (const missing of [[], [9], [18, 19]]) {
      const holes = values.map((value, at) => (missing.includes(at) ? Number.NaN : value));
      const found = fitHoltWinters(holes, 4)!;
      expect(found.count).toBe(20 - missing.length);
      expect(found.next).toBeCloseTo(3 + 0.5 * 20 + 1, 6);
      expect(found.squares).toBeLessThan(1e-12);
    }
  });

  test('nothing is foretold where a place of the season has no value, or too few values are there', () => {
    const values = Array.from({ length: 16 }, (_, at) => (at % 4 === 2 ? Number.NaN : at));
    expect(fitHoltWinters(values, 4)).toBeNull();
    expect(fitHoltWinters([1, 2, 3, 4], 4)).toBeNull();
    expect([leastHoltWinters(2), leastHoltWinters(4), leastHoltWinters(7)]).toEqual([8, 10, 14]);
  });
});

/** Values of the model itself, with a smoothing that is drawn too; the last is the one to be foretold. */
function drawnSeries(season: number, count: number, random: () => number): number[] {
  const normal = (): number => normalQuantile(Math.max(2 ** -53, random()));
  const level = random() * 0.8;
  const [trend, share] = [random() * 0.3, random() * 0.6];
  let [height, slope] = [20 * normal(), 0.5 * normal()];
  const seasons = Array.from({ length: season }, () => 5 * normal());
  return Array.from({ length: count + 1 }, (_, at) => {
    const error = normal();
    const place = at % season;
    const value = height + slope + seasons[place]! + error;
    height += slope + level * error;
    slope += level * trend * error;
    seasons[place]! += share * (1 - level) * error;
    return value;
  });
}

/**
 * Three numbers are searched, which no distribution tells of exactly: at the fewest values the rate may be off by half of it, from six seasons on by a third.
 */
test.each([
  [4, 10, 0.5],
  [4, 24, 1 / 3],
  [7, 42, 1 / 3],
])('season %i, %i values: the rate of false alarms is the declared one', (season, count, slack) => {
  const [rate, trials] = [0.1, isFull ? 5000 : 300];
  const random = seededRandom(`smoothing ${season} ${count}`);
  let alarms = 0;
  for (let trial = 0; trial < trials; trial++) {
    const values = drawnSeries(season, count, random);
    const fit = fitHoltWinters(values.slice(0, count), season)!;
    const degrees = fit.count - season - 4;
    const reach = -studentQuantile(rate / 2, degrees) * Math.sqrt((fit.squares / degrees) * (1 + fit.leverage));
    if (Math.abs(values[count]! - fit.next) > reach) alarms++;
  }
  const error = 3.5 * Math.sqrt((rate * (1 - rate)) / trials);
  expect(Math.abs(alarms / trials - rate), `${alarms} of ${trials}`).toBeLessThan(rate * slack + error);
});
