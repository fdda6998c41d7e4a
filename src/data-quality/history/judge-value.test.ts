import { describe, expect, test } from 'vitest';
import { formatInstant, seededRandom } from '../../encoding/index.ts';
import { type HistoryDemand, writtenHistory } from '../../spec/index.ts';
import { normalQuantile } from '../../stats/index.ts';
import { readChecksFile } from '../checks/checks-file.ts';
import { type HistoryJudgement, judgementMessage, judgeValue } from './judge-value.ts';
import type { SeriesPoint } from './series.ts';

const day = 86_400_000;
const isFull = process.env['MLSPEC_TEST_FULL'] === '1';

function demand(written: unknown): HistoryDemand {
  return writtenHistory.parse(written);
}

function points(values: readonly (number | null)[]): SeriesPoint[] {
  return values.map((value, at) => ({ at: formatInstant(at * day), value }));
}

function judge(values: readonly (number | null)[], value: number | null, written: unknown): HistoryJudgement {
  return judgeValue({ value, atMs: values.length * day, accepted: null }, points(values), demand(written));
}

const steady = [100, 102, 98, 101, 99, 103, 97, 100, 101, 99];

describe('what is expected', () => {
  test('normal: Student, by hand; one side alone; a robust one is not moved by one wild value', () => {
    const both = judge(steady, 100, 'normal');
    // Mean 100, deviation 1.8257, t of 9 degrees at 0.995 is 3.2498.
    expect(both).toMatchObject({ verdict: 'usual', count: 10, falseAlarms: 0.01, why: null });
    expect([both.low, both.high].map((one) => one!.toFixed(2))).toEqual(['93.78', '106.22']);
    const up = judge(steady, 50, { strategy: 'normal', direction: 'up' });
    expect(up).toMatchObject({ verdict: 'usual', low: null });
    expect(up.high).toBeLessThan(both.high!);
    expect(judge(steady, 50, { strategy: 'normal', direction: 'down' })).toMatchObject({
      verdict: 'unusual',
      high: null,
    });
    const wild = [...steady, 500];
    expect(judge(wild, 150, 'normal').verdict).toBe('usual');
    expect(judge(wild, 150, { strategy: 'normal', robust: true }).verdict).toBe('unusual');
  });

  test('threshold: order statistics where there are enough values, given bounds without any', () => {
    const values = Array.from({ length: 199 }, (_, at) => at);
    expect(judge(values, 199, 'threshold')).toMatchObject({ verdict: 'unusual', low: 0, high: 198 });
    expect(judge(values, 198, 'threshold').verdict).toBe('usual');
    expect(judge(values.slice(1), 500, 'threshold')).toMatchObject({
      verdict: 'unjudged',
      why: expect.stringContaining('at least 199'),
    });
    expect(judge([], 5, { strategy: 'threshold', low: 1, high: 4 })).toMatchObject({
      verdict: 'unusual',
      falseAlarms: null,
    });
    expect(judge([], 0.5, { strategy: 'threshold', high: 4 })).toMatchObject({ verdict: 'usual', low: null });
  });

  test('change: from the last value, of an order, in proportion; over a missing value there is no step', () => {
    const rising = [0, 1, 2.1, 2.9, 4, 5.1, 5.9, 7];
    expect(judge(rising, 8.1, 'change').verdict).toBe('usual');
    expect(judge(rising, 3, 'change').verdict).toBe('unusual');
    expect(judge(rising, 7.4, { strategy: 'change', at_most: 0.5 })).toMatchObject({
      verdict: 'usual',
      low: 6.5,
      high: 7.5,
    });
    const found = judge([50, 100], 111, { strategy: 'change', relative: true, at_most: '10%' });
    expect(found).toMatchObject({ verdict: 'unusual', low: 90, high: 110, falseAlarms: null });
    const squares = [0, 1, 4, 9.1, 16, 24.9, 36, 49.1];
    expect(judge(squares, 64, { strategy: 'change', order: 2 }).verdict).toBe('usual');
    expect(judge(squares, 49, { strategy: 'change', order: 2 }).verdict).toBe('unusual');
    expect(judge([100, 110, 121.5, 133, 147], 161, { strategy: 'change', relative: true }).verdict).toBe('usual');
    expect(judge([1, 2, 4, 7, null], 8, 'change').why).toBe('the value right before it is missing');
    expect(judge([1, null, 4, null, 5, 6], 8, 'change').why).toContain('at least 3 steps');
    expect(judge([0, 1, 2, 4], 8, { strategy: 'change', relative: true }).why).toContain('above 0');
    expect(judge([0], 1, { strategy: 'change', relative: true, at_most: 0.1 }).why).toContain('right before it is 0');
  });

  test('holt_winters: a weekly season; a Sunday on a Monday is unusual; two seasons are needed', () => {
    const random = seededRandom('week');
    const week = [100, 110, 120, 115, 105, 40, 30];
    const values = Array.from({ length: 28 }, (_, at) => week[at % 7]! + at / 2 + random());
    const weekly = { strategy: 'holt_winters', season: 7 };
    expect(judge(values, 114.5, weekly).verdict).toBe('usual');
    expect(judge(values, 44.5, weekly).verdict).toBe('unusual');
    expect(judge(values.slice(0, 13), 44, weekly)).toMatchObject({
      verdict: 'unjudged',
      why: 'holt_winters takes two seasons of 7 values, at least 14, and there are 13',
    });
  });

  test('every: a day that was left out keeps its place; of two values of one day the later counts', () => {
    const random = seededRandom('places');
    const week = [100, 110, 120, 115, 105, 40, 30];
    const all = points(Array.from({ length: 29 }, (_, at) => week[at % 7]! + random()));
    const holes = all.filter((_, at) => at !== 9 && at !== 27 && at !== 28);
    const judged = (written: unknown, given: readonly SeriesPoint[]): HistoryJudgement =>
      judgeValue({ value: 110, atMs: 29 * day, accepted: null }, given, demand(written));
    const weekly = { strategy: 'holt_winters', season: 7, every: '1d' };
    expect(judged(weekly, holes).verdict).toBe('usual');
    expect(judged({ strategy: 'holt_winters', season: 7 }, all.slice(0, 27)).verdict).toBe('unusual');
    expect(judged(weekly, all.slice(0, 27)).verdict).toBe('usual');
    const twice = [...all, { at: formatInstant(28 * day + 3_600_000), value: 100.5 }];
    expect(judged(weekly, twice).verdict).toBe('usual');
    const unsaid = judgeValue({ value: 110, atMs: null, accepted: null }, all, demand(weekly));
    expect(unsaid.why).toContain('declare as_of');
    const later = judgeValue({ value: 110, atMs: 1e6 * day, accepted: null }, all, demand(weekly));
    expect(later.why).toContain('places');
  });

  test('except: a day or a moment does not count, and passes', () => {
    const holiday = steady.with(4, 10);
    const except = ['1970-01-05', '1970-01-11T00:00:00Z'];
    expect(judge(holiday, 80, 'normal').verdict).toBe('usual');
    expect(judge(holiday, 80, { strategy: 'normal', except })).toMatchObject({
      verdict: 'accepted',
      count: 9,
      missingCount: 1,
    });
    expect(judge(holiday, 80, { strategy: 'normal', except: ['1970-01-05'] }).verdict).toBe('unusual');
    expect(judge(holiday, 80, { strategy: 'normal', except: ['1970-01-04T00:00:01Z'] }).count).toBe(10);
  });

  test('since and window choose what counts, and least how many', () => {
    const values = [1, 2, 1, 2, 1, 2, ...steady];
    expect(judge(values, 1.5, { strategy: 'normal', window: 10 }).verdict).toBe('unusual');
    expect(judge(values, 1.5, { strategy: 'normal', since: '1970-01-07' })).toMatchObject({
      verdict: 'unusual',
      count: 10,
    });
    expect(judge(steady, 100, { strategy: 'normal', least: 11 }).why).toBe(
      'at least 11 are asked for, and there are 10',
    );
  });
});

describe('what cannot be judged', () => {
  test('too few values, none, and a missing one are never usual', () => {
    for (const strategy of ['normal', 'change', 'threshold'])
      expect(judge([], 5, strategy)).toMatchObject({ verdict: 'unjudged', low: null, high: null, count: 0 });
    expect(judge([1, 2], 1, 'normal').why).toBe('normal takes at least 3, and there are 2');
    expect(judge(steady, null, 'normal').why).toContain('missing');
    expect(judge([null, null, null], 1, 'normal')).toMatchObject({ verdict: 'unjudged', count: 0, missingCount: 3 });
  });

  test('equal values: the same one is usual, another one an alarm from 99 of them on at 1%', () => {
    const equal = (count: number): number[] => Array.from({ length: count }, () => 0.1);
    expect(judge(equal(30), 0.1, 'normal')).toMatchObject({ verdict: 'usual', low: 0.1, high: 0.1 });
    expect(judge(equal(98), 0.2, 'normal')).toMatchObject({
      verdict: 'unjudged',
      why: expect.stringContaining('from 99 on'),
    });
    expect(judge(equal(99), 0.2, 'normal').verdict).toBe('unusual');
    expect(judge(equal(99), 0.2, { strategy: 'normal', direction: 'down' }).verdict).toBe('usual');
    expect(judge(equal(19), 0.2, { strategy: 'normal', false_alarms: 0.05 }).verdict).toBe('unusual');
    expect(judge([1, 1, 1, 1, 5], 2, { strategy: 'normal', robust: true }).why).toContain(
      'half of the values before are equal',
    );
    const exact = Array.from({ length: 16 }, (_, at) => at + [0, 5, 0, 2][at % 4]!);
    expect(judge(exact, 16, { strategy: 'holt_winters', season: 4 }).verdict).toBe('usual');
    expect(judge(exact, 17, { strategy: 'holt_winters', season: 4 }).why).toContain('without any error');
  });

  test('huge and tiny values neither overflow nor hang', () => {
    for (const scale of [1e300, 1e-300]) {
      const values = steady.map((value) => value * scale);
      for (const written of [
        'normal',
        'change',
        { strategy: 'normal', robust: true },
        { strategy: 'holt_winters', season: 2 },
      ]) {
        const found = judge(values, 100 * scale, written);
        expect(['usual', 'unjudged'], JSON.stringify(written)).toContain(found.verdict);
      }
    }
  });
});

test('an accepted value passes and says why; a judgement names the series that it was judged against', () => {
  const at = { value: 500, atMs: 10 * day };
  const accepted = judgeValue({ ...at, accepted: 'public holiday' }, points(steady), demand('normal'));
  expect(accepted).toMatchObject({ verdict: 'accepted', why: 'public holiday' });
  expect(judgementMessage(accepted)).toMatch(
    /^500 is unusual: expected between 93\.777\d* and 106\.22\d* \(normal of 10 values, 1% false alarms\), and accepted: public holiday$/,
  );
  const one = judgeValue({ ...at, accepted: null }, points(steady), demand('normal'));
  expect(judgementMessage(one)).toMatch(
    /^500 is unusual: expected between .*; the last before it: 103, 97, 100, 101, 99$/,
  );
  expect(one.series).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(judgeValue({ ...at, accepted: null }, points(steady.with(3, 102)), demand('normal')).series).not.toBe(
    one.series,
  );
});

/** Values of the models themselves: what each strategy takes them to be. */
const models: Readonly<Record<string, (normal: () => number, count: number) => number[]>> = {
  normal: (normal, count) => Array.from({ length: count }, () => 5 + 2 * normal()),
  threshold: (normal, count) => Array.from({ length: count }, () => Math.exp(normal())),
  change: (normal, count) => {
    let sum = 100;
    return Array.from({ length: count }, () => (sum += 1 + normal()));
  },
};

/** An interval that is exact has the rate, an order statistic of few values at most the rate. */
test.each([
  ['normal', 3, { strategy: 'normal' }],
  ['normal', 8, { strategy: 'normal', direction: 'up' }],
  ['normal', 60, { strategy: 'normal' }],
  ['normal', 5, { strategy: 'normal', robust: true }],
  ['normal', 30, { strategy: 'normal', robust: true }],
  ['change', 4, { strategy: 'change' }],
  ['change', 25, { strategy: 'change', direction: 'down' }],
  ['change', 25, { strategy: 'change', order: 2 }],
  ['threshold', 19, { strategy: 'threshold', direction: 'up' }],
  ['threshold', 79, { strategy: 'threshold' }],
])('%s, %i values, %j: the rate of false alarms is the declared one', (model, count, written) => {
  const rate = 0.05;
  const trials = isFull ? 20_000 : 1500;
  const asked = demand({ ...written, false_alarms: rate });
  const random = seededRandom(`${model} ${count} ${JSON.stringify(written)}`);
  const normal = (): number => normalQuantile(Math.max(2 ** -53, random()));
  let alarms = 0;
  for (let trial = 0; trial < trials; trial++) {
    const values = models[model]!(normal, count + 1);
    const before = points(values.slice(0, count));
    const { verdict } = judgeValue({ value: values[count]!, atMs: null, accepted: null }, before, asked);
    expect(verdict).not.toBe('unjudged');
    if (verdict === 'unusual') alarms++;
  }
  const slack = 3.5 * Math.sqrt((rate * (1 - rate)) / trials) + 0.04 * rate;
  expect(alarms / trials, `${alarms} of ${trials}`).toBeLessThanOrEqual(rate + slack);
  expect(alarms / trials, `${alarms} of ${trials}`).toBeGreaterThanOrEqual(rate * 0.9 - slack);
});

test.each([
  [{ strategy: 'holt_winters' }, 'expected season with holt_winters'],
  [{ strategy: 'normal', season: 7 }, 'expected season with the strategy holt_winters alone, found 7'],
  [{ strategy: 'threshold', low: 5, high: 1 }, 'expected high at or above low'],
  [{ strategy: 'threshold', low: 5, false_alarms: 0.01 }, 'expected no rate of false alarms beside low'],
  [{ strategy: 'change', relative: true, order: 2 }, 'expected order 1'],
  [{ strategy: 'normal', false_alarms: 0 }, 'expected a rate from 0.01% to 50%'],
  [{ strategy: 'normal', false_alarms: '90%' }, 'expected a rate from 0.01% to 50%'],
  ['holt_winters', 'expected one of threshold, change, normal or a mapping'],
  [{ strategy: 'wavelet' }, 'expected one of threshold, change, normal, holt_winters'],
])('a demand that makes no sense is a finding: %j', (written, message) => {
  const checks = JSON.stringify({ checks: [{ that: 'row_count()', history: written }] });
  const { read, findings } = readChecksFile(checks, 'checks.json');
  expect(read).toBeNull();
  expect(findings.map((one) => one.message).join('\n')).toContain(message);
});
