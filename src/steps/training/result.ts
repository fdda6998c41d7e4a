import { z } from 'zod';

/** What a search tried, what came of it, and what was chosen. */
export const searchReport = z
  .strictObject({
    objective: z.string(),
    direction: z.enum(['maximize', 'minimize']),
    trials: z.array(
      z.strictObject({ step: z.string(), params: z.record(z.string(), z.json()), value: z.number().nullable() }),
    ),
    best: z.string(),
    note: z.string(),
  })
  .describe('A search over parameters and its result.');

/** What a search tried. */
export type SearchReport = z.infer<typeof searchReport>;
