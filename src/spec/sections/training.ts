import { z } from 'zod';
import { implementationFields, runFields, toImplementation, toRunSettings } from './implementation.ts';
import { json } from './quantities.ts';

const tuning = z
  .strictObject({
    maximize: z.string().optional().describe('part.metric to maximize.'),
    minimize: z.string().optional().describe('part.metric to minimize.'),
    search: z
      .record(
        z.string().min(1),
        z.union([
          z.array(json).min(1).describe('Values, each of which is tried.'),
          z.string().min(1).describe('A distribution, for example log_uniform(0.01, 0.3).'),
        ]),
      )
      .describe('Parameters to search: lists, or distributions such as log_uniform(0.01, 0.3).'),
    method: z.enum(['grid', 'random']).default('random').describe('grid: every combination; random: draws.'),
    trials: z.number().int().min(1).max(10_000).optional().describe('How many; default 20 at random, all of a grid.'),
    parallel: z
      .number()
      .int()
      .min(1)
      .optional()
      .describe('Trials at the same time, at most; default as many steps as run at once.'),
    patience: z.number().int().min(1).optional().describe('Stop after so many trials without a better value.'),
  })
  .transform((written, context) => {
    const objective = written.maximize ?? written.minimize;
    if (objective === undefined || (written.maximize !== undefined && written.minimize !== undefined)) {
      context.addIssue({ code: 'custom', message: 'expected exactly one of maximize and minimize', input: written });
      return z.NEVER;
    }
    return {
      direction: written.maximize === undefined ? ('minimize' as const) : ('maximize' as const),
      objective,
      search: written.search,
      method: written.method,
      trials: written.trials ?? (written.method === 'random' ? 20 : null),
      patience: written.patience ?? null,
      parallel: written.parallel ?? null,
    };
  })
  .describe('A search over parameters.');

/** How the model is made. */
export const trainingSection = z
  .strictObject({
    ...implementationFields,
    ...runFields,
    tuning: tuning.nullish().describe('A search over parameters.'),
  })
  .transform((written) => ({
    implementation: toImplementation(written),
    ...toRunSettings(written),
    tuning: written.tuning ?? null,
  }))
  .describe('How the model is made: a function with typed artifacts, its environment and parameters.');
