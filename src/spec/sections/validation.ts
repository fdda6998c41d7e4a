import { z } from 'zod';
import { projectPath, share } from './quantities.ts';

const check = z
  .union([
    z.string().transform((that) => ({ that })),
    z.strictObject({
      that: z.string().describe('What must be true, for example distance between 10 and 6000.'),
      severity: z.enum(['fail', 'warn']).optional().describe('Whether a broken check fails or warns; default fail.'),
      where: z.string().optional().describe('The rows that the check is about.'),
      tolerance: share.optional().describe('The share of the rows that may break it; default 0.'),
      why: z.string().optional().describe('Why this must be true.'),
    }),
  ])
  .transform((written) => {
    const full = written as {
      that: string;
      severity?: 'fail' | 'warn';
      where?: string;
      tolerance?: number;
      why?: string;
    };
    return {
      that: full.that,
      severity: full.severity ?? ('fail' as const),
      where: full.where ?? null,
      tolerance: full.tolerance ?? 0,
      why: full.why ?? '',
    };
  });

/** What the data must be like. */
export const validationSection = z
  .strictObject({
    schema: projectPath.nullish().describe('A schema file.'),
    checks: z.array(check).default([]).describe('Checks, one line each.'),
    on_failure: z.enum(['stop', 'warn', 'quarantine']).default('stop').describe('What failing checks do.'),
  })
  .prefault({})
  .transform((written) => ({ schema: written.schema ?? null, checks: written.checks, on_failure: written.on_failure }))
  .describe('What the data must be like.');
