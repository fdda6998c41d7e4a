import { z } from 'zod';
import { writtenCheck } from './checks.ts';
import { environment } from './implementation.ts';
import { instant, names, projectPath } from './quantities.ts';

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
    environment: environment
      .nullish()
      .describe('Of the Python functions of checks: requirements.txt, pyproject.toml or a lock file; or keys below.'),
    leakage,
    as_of: instant
      .nullish()
      .describe(
        'The moment that now() stands for in checks; default the beginning of the step, which then no run reuses.',
      ),
    accepted: projectPath
      .nullish()
      .describe('The file of unusual values that were meant, which mlspec data history accept writes.'),
    on_failure: z.enum(['stop', 'warn', 'quarantine']).default('stop').describe('What failing checks do.'),
  })
  .prefault({})
  .transform((written) => ({
    schema: written.schema ?? null,
    checks: written.checks,
    environment: written.environment ?? null,
    as_of: written.as_of ?? null,
    leakage: written.leakage,
    on_failure: written.on_failure,
    // Left out where it is not declared.
    ...(written.accepted == null ? {} : { accepted: written.accepted }),
  }))
  .describe('What the data must be like.');
