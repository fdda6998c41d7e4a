import { expect, test } from 'vitest';
import { seededRandom } from '../../encoding/index.ts';
import { clopperPearsonInterval, normalQuantile, quantileOfSorted } from '../../stats/index.ts';
import { backTest, blockEnds, boundsOf, chooseWidth, reachOf, scoreOf, type Tested } from './back-test.ts';

const rate = 0.05;

/** Values with each shape that statistics of a partition have, for so many partitions; what all partitions share makes checks depend on each other. */
function drawChecks(random: () => number, count: number): { tested: Tested; values: number[] }[] {
  const normal = (): number => normalQuantile(Math.min(1 - 1e-12, Math.max(1e-12, random())));
  const common = Array.from({ length: count }, normal);
  const shapes: ((at: number) => number)[] = [
    () => normal(),
    (at) => common[at]!,
    (at) => (common[at]! + normal()) / 2,
    () => -Math.log(random()),
    // Student's t with three degrees of freedom.
    () => normal() / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3),
    () => Math.exp(normal()),
    () => Math.floor(3 * random()),
  ];
  const series = (make: (at: number) => number): number[] => Array.from({ length: count }, (_, at) => make(at));
  const share = (probability: number): number[] =>
    series(
      () => Array.from({ length: 200 }, () => Number(random() < probability)).reduce((sum, one) => sum + one, 0) / 200,
    );
  const of = (values: number[], more: Partial<Tested>): { tested: Tested; values: number[] } => ({
    tested: { scale: 'value', sides: 'both', floor: 0, series: () => ({ values, from: 0 }), ...more },
    values,
  });
  return [
    ...Array.from({ length: 3 }, () => shapes.map((shape) => of(series(shape), {}))).flat(),
    ...[0, 0.004, 0.1, 0.5].map((probability) =>
      of(share(probability), { scale: 'share', sides: 'upper', floor: 0.07 }),
    ),
    of(
      series(() => 1000 + Math.round(30 * normal())),
      { scale: 'count' },
    ),
    of(
      series(() => 0),
      { sides: 'never' },
    ),
  ];
}

test.each([
  [30, 40],
  [60, 20],
  [150, 8],
])(
  'made of %i partitions, %i times: checks of partitions that are alike raise an alarm in at most one in twenty of the next ones',
  (count, times) => {
    const random = seededRandom(`back-test ${count}`);
    const next = 50;
    let [alarms, promised, heldOut] = [0, 0, 0];
    for (let turn = 0; turn < times; turn++) {
      const drawn = drawChecks(random, count + next);
      const past = drawn.map(({ tested, values }) => ({
        ...tested,
        series: () => ({ values: values.slice(0, count), from: 0 }),
      }));
      const found = backTest(past, count, rate);
      promised += found.alarmCount;
      heldOut += found.heldOutCount;
      expect(found.dropped.size).toBeLessThan(past.length / 2);
      const reaches = past.map((check, at) => reachOf(check, drawn[at]!.values.slice(0, count))!);
      for (let at = count; at < count + next; at++)
        if (
          past.some(
            (check, of) => !found.dropped.has(of) && scoreOf(check, reaches[of]!, drawn[of]!.values[at]!) > found.width,
          )
        )
          alarms++;
    }
    // Partitions of one draw share their bounds: the draws are what is independent, so the interval is one of a few more.
    const least = (of: number, trials: number): number => clopperPearsonInterval(of, trials, 0.998)!.low;
    expect(least(Math.round(alarms / 5), (times * next) / 5), `${alarms} of ${times * next}`).toBeLessThanOrEqual(rate);
    expect(promised / heldOut).toBeLessThanOrEqual(rate);
  },
);

test('a value is within the bounds exactly where its score is within the width, on every scale', () => {
  const random = seededRandom('bounds');
  for (const scale of ['share', 'count', 'value'] as const)
    for (const sides of ['both', 'upper'] as const)
      for (let turn = 0; turn < 200; turn++) {
        const past = Array.from({ length: 20 }, () => random() * (scale === 'share' ? 1 : 100));
        const check: Tested = { scale, sides, floor: 0, series: () => ({ values: past, from: 0 }) };
        const width = 0.5 + random();
        const reach = reachOf(check, past)!;
        const { low, high } = boundsOf(check, reach, width);
        const value = random() * (scale === 'share' ? 1 : 150);
        const [isWithin, score] = [(low === null || value >= low) && value <= high, scoreOf(check, reach, value)];
        // At the ends of the scale of shares there is nothing beyond.
        if (Math.abs(score - width) > 1e-9) expect(isWithin, `${scale} ${value} ${score} ${width}`).toBe(score < width);
      }
});

test('the reach is as far as the past went, at least three deviations, and at least what chance gives', () => {
  const values = Array.from({ length: 101 }, (_, at) => at);
  const check: Tested = { scale: 'value', sides: 'both', floor: 0, series: () => ({ values, from: 0 }) };
  const sorted = values;
  const above = 3 * (quantileOfSorted(sorted, 0.841345) - 50);
  expect(reachOf(check, values)).toEqual({ middle: 50, up: expect.closeTo(above, 6), down: expect.closeTo(above, 6) });
  expect(reachOf(check, [...values, 1000])!.up).toBe(1000 - 50.5);
  expect(reachOf({ ...check, floor: 500 }, values)).toEqual({ middle: 50, up: 500, down: 500 });
  expect(reachOf(check, [1, 2, null, 3, 4])).toBeNull();
});

test('what does not hold on held-out partitions is left out, and takes nothing else with it', () => {
  const random = seededRandom('drift');
  const count = 100;
  const series = (make: (at: number) => number) => {
    const values = Array.from({ length: count }, (_, at) => make(at));
    return () => ({ values, from: 0 });
  };
  const both = { scale: 'value', sides: 'both', floor: 0 } as const;
  const found = backTest(
    [
      { ...both, series: series(() => random()) },
      // Steady growth has bounds, wide ones.
      { ...both, series: series((at) => at + random()) },
      { ...both, series: series((at) => 2 ** (at / 10)) },
      { ...both, sides: 'never', series: series((at) => (at % 20 === 19 ? 1 : 0)) },
      { ...both, sides: 'never', series: series(() => 0) },
    ],
    count,
    rate,
  );
  expect([...found.dropped].sort()).toEqual([2, 3]);
  expect(found.alarmCount).toBeLessThanOrEqual(rate * found.heldOutCount);
  expect(found.alarmsOfCheck[3]).toBeGreaterThan(1);
});

test('one strange partition in the past neither widens the bounds nor takes checks away', () => {
  const random = seededRandom('strange');
  const values = Array.from({ length: 100 }, (_, at) => (at === 60 ? 1e6 : random()));
  const check: Tested = { scale: 'value', sides: 'both', floor: 0, series: () => ({ values, from: 0 }) };
  const scores = [values.slice(40).map((value) => scoreOf(check, reachOf(check, values.slice(0, 40))!, value))];
  expect(chooseWidth(scores, 0.025)).toEqual({ width: expect.any(Number), dropped: new Set() });
  expect(chooseWidth(scores, 0.025).width).toBeLessThanOrEqual(2);
});

test('the past ends where each block begins, and every block has partitions', () => {
  for (const count of [12, 13, 20, 57, 1000]) {
    const ends = blockEnds(count);
    expect(ends).toHaveLength(4);
    for (const [at, end] of ends.entries()) expect((ends[at + 1] ?? count) - end).toBeGreaterThan(0);
    expect(ends[0]).toBeGreaterThanOrEqual(Math.min(8, count));
  }
});
