import { z } from 'zod';
import { formatInstant } from '../../encoding/index.ts';
import type { HistoryDemand } from '../../spec/index.ts';
import { type ExpectedValue, expectedValue, hasBounds, percent } from './expected-value.ts';
import { consulted, isException, type SeriesPoint, seriesDigest } from './series.ts';

/** Points that a judgement shows. */
const mostShown = 30;

/** A value held against those of earlier runs. */
export const historyJudgement = z
  .strictObject({
    strategy: z.enum(['threshold', 'change', 'normal', 'holt_winters']),
    falseAlarms: z.number().nullable().describe('The declared rate of false alarms; null where bounds are given.'),
    direction: z.enum(['both', 'up', 'down']),
    at: z.string().nullable().describe('The moment of the value; null where none is declared.'),
    value: z.number().nullable().describe('The value; null where it is missing or no finite number.'),
    verdict: z.enum(['usual', 'unusual', 'accepted', 'unjudged']),
    low: z.number().nullable().describe('The lower bound; null where there is none.'),
    high: z.number().nullable().describe('The upper bound; null where there is none.'),
    count: z.number().int().nonnegative().describe('Values before that counted.'),
    missingCount: z.number().int().nonnegative().describe('Places before without a value that counts.'),
    series: z.string().describe('The digest of the series that it was judged against: times and values, in order.'),
    last: z
      .array(z.strictObject({ at: z.string(), value: z.number().nullable() }))
      .describe('The newest points of that series.'),
    why: z.string().nullable().describe('Why it was not judged, or why an unusual one was accepted.'),
  })
  .describe('A value held against those of earlier runs.');

/** A value held against those of earlier runs. */
export type HistoryJudgement = z.output<typeof historyJudgement>;

/** The value to be judged, and its moment. */
export interface JudgedValue {
  readonly value: number | null;
  readonly atMs: number | null;
  /** Why it was accepted, however unusual it is; null: it was not. */
  readonly accepted: string | null;
}

/** Holds a value against those before it. What cannot be judged says why, and is never usual. */
export function judgeValue(
  { value, atMs, accepted }: JudgedValue,
  points: readonly SeriesPoint[],
  demand: HistoryDemand,
): HistoryJudgement {
  const before = consulted(points, demand);
  const count = before.filter((point) => point.value !== null).length;
  const expected: ExpectedValue =
    value === null
      ? { kind: 'nothing', why: 'it is missing or no finite number' }
      : expectedValue(before, demand, { atMs });
  const found = held(value ?? Number.NaN, expected, { count, direction: demand.direction });
  const declared = atMs !== null && isException(atMs, demand) ? 'it is declared as an exception' : null;
  const why = accepted ?? declared;
  const isAccepted = found.verdict === 'unusual' && why !== null;
  return {
    strategy: demand.strategy,
    falseAlarms: hasBounds(demand) ? null : demand.false_alarms,
    direction: demand.direction,
    at: atMs === null ? null : formatInstant(atMs),
    value,
    ...found,
    ...(isAccepted ? { verdict: 'accepted', why } : {}),
    count,
    missingCount: before.length - count,
    series: seriesDigest(before),
    last: [...before.slice(-mostShown)],
  };
}

function held(
  value: number,
  expected: ExpectedValue,
  { count, direction }: { readonly count: number; readonly direction: HistoryDemand['direction'] },
): Pick<HistoryJudgement, 'verdict' | 'low' | 'high' | 'why'> {
  if (expected.kind === 'nothing') return { verdict: 'unjudged', low: null, high: null, why: expected.why };
  const [low, high] =
    expected.kind === 'range'
      ? [expected.low, expected.high]
      : [
          direction === 'up' ? null : expected.to - expected.slack,
          direction === 'down' ? null : expected.to + expected.slack,
        ];
  if ([low, high].some((bound) => bound !== null && !Number.isFinite(bound)))
    return { verdict: 'unjudged', low: null, high: null, why: 'the values before are too large to be reckoned with' };
  const isOutside = (low !== null && value < low) || (high !== null && value > high);
  const { alarmFrom } = expected.kind === 'equal' ? expected : { alarmFrom: 0 };
  if (!isOutside) return { verdict: 'usual', low, high, why: null };
  if (alarmFrom !== null && count >= alarmFrom) return { verdict: 'unusual', low, high, why: null };
  const told =
    alarmFrom === null
      ? 'the values before follow level, trend and season without any error'
      : `the ${count} values before leave no deviation to go by; from ${alarmFrom} on another one is an alarm`;
  return { verdict: 'unjudged', low, high, why: told };
}

/** What is said of a judgement: the value, what was expected, and the last values before it. */
export function judgementMessage(judgement: HistoryJudgement): string {
  const { value, verdict, why, last, count } = judgement;
  const told = value === null ? 'the value' : figure(value);
  const before = last.slice(-5).map((point) => (point.value === null ? 'none' : figure(point.value)));
  const series = before.length === 0 ? '' : `; the last before it: ${before.join(', ')}`;
  if (verdict === 'unjudged') return `${told} is not judged: ${why}${series}`;
  const rate = judgement.falseAlarms === null ? 'given bounds' : `${percent(judgement.falseAlarms)} false alarms`;
  const by = `${judgement.strategy} of ${count} values, ${rate}`;
  if (verdict === 'usual') return `${told} is ${boundsOf(judgement)} (${by})`;
  const unusual = `${told} is unusual: expected ${boundsOf(judgement)} (${by})`;
  return verdict === 'accepted' ? `${unusual}, and accepted${why === '' ? '' : `: ${why}`}` : `${unusual}${series}`;
}

function boundsOf({ low, high }: HistoryJudgement): string {
  if (low !== null && high !== null)
    return low === high ? `${figure(low)}` : `between ${figure(low)} and ${figure(high)}`;
  if (low !== null) return `at least ${figure(low)}`;
  return high === null ? 'anything' : `at most ${figure(high)}`;
}

function figure(value: number): string {
  return String(Number(value.toPrecision(6)));
}
