import { z } from 'zod';
import { implementationFields, runFields, toImplementation, toRunSettings } from './implementation.ts';
import { json, share } from './quantities.ts';

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

const sampling = z
  .strictObject({
    up: z.string().min(1).optional().describe('Rows of the rarer values of this column are repeated.'),
    down: z.string().min(1).optional().describe('Rows of the more frequent values of this column are left out.'),
    to: z
      .union([z.literal('balanced'), share])
      .default('balanced')
      .describe('The rows of the rarest value for each of the most frequent one, at least; balanced: 1.'),
    seed: z.number().int().min(0).max(4_294_967_295).default(0).describe('Which rows are repeated or left out.'),
  })
  .transform((written, context) => {
    const column = written.up ?? written.down;
    if (column === undefined || (written.up !== undefined && written.down !== undefined)) {
      context.addIssue({ code: 'custom', message: 'expected exactly one of up and down', input: written });
      return z.NEVER;
    }
    if (written.to === 0) {
      context.addIssue({ code: 'custom', message: 'expected a share above 0', path: ['to'], input: written });
      return z.NEVER;
    }
    return {
      direction: written.up === undefined ? ('down' as const) : ('up' as const),
      column,
      ratio: written.to === 'balanced' ? 1 : written.to,
      seed: written.seed,
    };
  })
  .describe('How often rows of the training part are trained on: {up: column} or {down: column}.');

const classWeights = z
  .union([
    z.literal('balanced'),
    z.record(z.string().min(1), z.number().positive().max(1e9)).refine((given) => Object.keys(given).length > 0, {
      error: 'expected the weight of each class',
    }),
  ])
  .describe('What a row of each class weighs: balanced, or a number for each class.');

/** How the model is made. */
export const trainingSection = z
  .strictObject({
    ...implementationFields,
    ...runFields,
    parts: z
      .array(z.string())
      .refine((parts) => parts.includes('train'), 'expected train among them: models are fitted on it')
      .optional()
      .describe(
        'The open parts that training is given; default all. [train]: mlspec verify proves that it had no other.',
      ),
    sampling: sampling
      .nullish()
      .describe('How often rows of the training part are trained on: {up: column} or {down: column}.'),
    class_weights: classWeights
      .nullish()
      .describe('What a row of each class weighs in training: balanced, or a number for each class.'),
    tuning: tuning.nullish().describe('A search over parameters.'),
  })
  .transform((written) => ({
    implementation: toImplementation(written),
    ...toRunSettings(written),
    ...(written.parts === undefined ? {} : { parts: written.parts }),
    sampling: written.sampling ?? null,
    class_weights: written.class_weights ?? null,
    tuning: written.tuning ?? null,
  }))
  .describe('How the model is made: a function with typed artifacts, its environment and parameters.');
