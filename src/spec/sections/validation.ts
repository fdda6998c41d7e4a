import { z } from 'zod';
import { instant, names, projectPath, share } from './quantities.ts';

const part = z
  .union([
    z.number().min(0).lt(1),
    z.string().regex(/^\s*\d+(\.\d+)?\s*%\s*$/, 'expected a share such as 0.5% or a number of rows such as 20 rows'),
  ])
  .pipe(share);
const rows = z
  .union([z.int().min(2), z.string().regex(/^\s*\d+\s*rows?\s*$/)])
  .transform((written) => ({ rows: Number.parseInt(String(written), 10) }));

/** How many rows may break a check: a share below 1, a percentage, or a number of rows. 1 alone could be either. */
const tolerance = z
  .union([part, rows])
  .describe('How many rows may break it: a share such as 0.5%, or a number of rows such as 20 rows; default none.');

/** A check as it is written: its condition alone, or with what belongs to it. */
export const writtenCheck = z
  .union([
    z.string().transform((that) => ({ that })),
    z.strictObject({
      that: z.string().describe('What must be true, for example distance between 10 and 6000.'),
      severity: z.enum(['fail', 'warn']).optional().describe('Whether a broken check fails or warns; default fail.'),
      where: z.string().optional().describe('The rows that the check is about.'),
      of: z
        .enum(['present', 'all'])
        .optional()
        .describe(
          'Whether a row of which it says nothing, because a value is missing, is left out (present, the default) or fails (all).',
        ),
      tolerance: tolerance.optional(),
      why: z.string().optional().describe('Why this must be true.'),
    }),
  ])
  .transform((written) => {
    const full = written as {
      that: string;
      severity?: 'fail' | 'warn';
      where?: string;
      of?: 'present' | 'all';
      tolerance?: number | { rows: number };
      why?: string;
    };
    return {
      that: full.that,
      severity: full.severity ?? ('fail' as const),
      where: full.where ?? null,
      of: full.of ?? ('present' as const),
      tolerance: full.tolerance ?? 0,
      why: full.why ?? '',
    };
  });

const severity = z.enum(['warn', 'fail', 'none']);

const leakage = z
  .union([
    severity,
    z.strictObject({
      severity: severity.default('warn').describe('Whether what is found warns or fails; none: nothing is looked for.'),
      groups: names.default([]).describe('Columns that name whom a row is about, as a customer.'),
      except: names.default([]).describe('Columns of which nothing is told: what they show is known and meant.'),
    }),
  ])
  .default('warn')
  .transform((written) =>
    typeof written === 'string' ? { severity: written, groups: [] as string[], except: [] as string[] } : written,
  )
  .describe('What is done where a model may look better on other parts than it is: warn, fail, none, or keys below.');

/** What the data must be like. */
export const validationSection = z
  .strictObject({
    schema: projectPath.nullish().describe('A schema file.'),
    checks: z.array(writtenCheck).default([]).describe('Checks, one line each.'),
    leakage,
    as_of: instant
      .nullish()
      .describe(
        'The moment that now() stands for in checks; default the beginning of the step, which then no run reuses.',
      ),
    on_failure: z.enum(['stop', 'warn', 'quarantine']).default('stop').describe('What failing checks do.'),
  })
  .prefault({})
  .transform((written) => ({
    schema: written.schema ?? null,
    checks: written.checks,
    as_of: written.as_of ?? null,
    leakage: written.leakage,
    on_failure: written.on_failure,
  }))
  .describe('What the data must be like.');
