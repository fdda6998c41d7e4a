import { z } from 'zod';
import { duration, instant } from './quantities.ts';

const percentage = z
  .string()
  .regex(/^\s*\d+(\.\d+)?\s*%\s*$/, 'expected a number or a percentage such as 10%')
  .transform((text) => Number(text.replace('%', '')) / 100);

const strategy = z.enum(['threshold', 'change', 'normal', 'holt_winters']);

/** What the strategies say of a check whose expectation is what was measured before. */
export type HistoryStrategy = z.output<typeof strategy>;

/** The keys that say something to one strategy alone. */
const ownKeys: Readonly<Record<string, HistoryStrategy>> = {
  low: 'threshold',
  high: 'threshold',
  order: 'change',
  relative: 'change',
  at_most: 'change',
  robust: 'normal',
  season: 'holt_winters',
  every: 'holt_winters',
};

const full = z
  .strictObject({
    strategy: strategy.describe(
      'What is expected: between quantiles of the values before or between given bounds (threshold), a change like those before (change), a value like those before (normal), or what level, trend and season foretell (holt_winters).',
    ),
    false_alarms: z
      .union([z.number(), percentage])
      .refine((rate) => rate >= 0.0001 && rate <= 0.5, 'expected a rate from 0.01% to 50%, such as 1%')
      .optional()
      .describe('How often a value that is as those before it may be called unusual; default 1%.'),
    direction: z
      .enum(['both', 'up', 'down'])
      .optional()
      .describe('Whether both, higher values alone (up) or lower ones alone (down) are unusual; default both.'),
    window: z.int().min(2).max(5000).optional().describe('How many of the newest values count; default 365.'),
    least: z
      .int()
      .min(2)
      .max(5000)
      .optional()
      .describe('How many values there must be, where that is more than the strategy needs.'),
    since: instant.optional().describe('Values from before this moment do not count: after a change that was meant.'),
    except: z
      .array(instant)
      .max(1000)
      .optional()
      .describe('Days and moments whose values were unusual and meant, as a holiday: they do not count, and pass.'),
    unjudged: z
      .enum(['warn', 'fail'])
      .optional()
      .describe(
        'Whether a value that cannot be judged, as for too few values before it, warns or fails; default warn.',
      ),
    low: z.number().optional().describe('threshold: a given lower bound.'),
    high: z.number().optional().describe('threshold: a given upper bound.'),
    order: z.int().min(1).max(3).optional().describe('change: how often differences are taken; default 1.'),
    relative: z.boolean().optional().describe('change: in proportion to the value before; default false.'),
    at_most: z
      .union([z.number().positive(), percentage])
      .optional()
      .describe('change: a given bound of it, to both sides; 10% of the value before where it is relative.'),
    robust: z.boolean().optional().describe('normal: by median and median deviation; default false.'),
    season: z
      .int()
      .min(2)
      .max(96)
      .optional()
      .describe('holt_winters: how many values make a season, as 7 of daily values; required.'),
    every: duration
      .optional()
      .describe('holt_winters: the time from one value to the next, so that one that is left out keeps its place.'),
  })
  .superRefine((written, context) => {
    const wrong = (key: string, message: string): void =>
      context.addIssue({ code: 'custom', message, path: [key], input: written });
    for (const [key, owner] of Object.entries(ownKeys))
      if (key in written && owner !== written.strategy) wrong(key, `expected ${key} with the strategy ${owner} alone`);
    if (written.strategy === 'holt_winters' && written.season === undefined)
      wrong('strategy', 'expected season with holt_winters: how many values make a season, as 7 of daily values');
    if (written.low !== undefined && written.high !== undefined && written.low > written.high)
      wrong('high', `expected high at or above low, ${written.low}`);
    if (written.relative === true && (written.order ?? 1) > 1)
      wrong('order', 'expected order 1 where the change is relative: one value in proportion to the one before');
    const given = (['low', 'high', 'at_most'] as const).find((key) => written[key] !== undefined);
    if (given !== undefined && written.false_alarms !== undefined)
      wrong('false_alarms', `expected no rate of false alarms beside ${given}: a bound that is given has none`);
  });

const short = z.enum(['threshold', 'change', 'normal']).transform((name) => ({ strategy: name }));

/** What a value of the table is expected to be after those of earlier runs: a strategy, or with what belongs to it. */
export const writtenHistory = z.union([short, full]).transform((written) => {
  const given = written as z.output<typeof full>;
  return {
    strategy: given.strategy,
    false_alarms: given.false_alarms ?? 0.01,
    direction: given.direction ?? ('both' as const),
    window: given.window ?? 365,
    least: given.least ?? 0,
    since: given.since ?? null,
    except: given.except ?? [],
    unjudged: given.unjudged ?? ('warn' as const),
    low: given.low ?? null,
    high: given.high ?? null,
    order: given.order ?? 1,
    relative: given.relative ?? false,
    at_most: given.at_most ?? null,
    robust: given.robust ?? false,
    season: given.season ?? null,
    every: given.every ?? null,
  };
});

/** What a value of the table is expected to be after those of earlier runs. */
export type HistoryDemand = z.output<typeof writtenHistory>;
