import { z } from 'zod';

/** What a gate lets out: one bit, and what was public before. */
export const gateVerdict = z
  .strictObject({
    gate: z.string(),
    part: z.string(),
    verdict: z
      .enum(['pass', 'fail', 'unknown-before'])
      .describe('unknown-before: planning knew that there were too few examples; no use was spent.'),
    reliability: z.number(),
    uses: z.number().int(),
    usesLeft: z.number().int(),
    rowCount: z.number().int(),
    rowsNeeded: z.number().int(),
    says: z.string(),
    isolation: z.string().describe('What kept the part sealed from programs of the same user.'),
  })
  .describe('The public verdict of a gate.');

/** What a gate lets out. */
export type GateVerdict = z.infer<typeof gateVerdict>;
