import { z } from 'zod';
import { type Exposure, exposures } from './exposures.ts';

const ways = Object.keys(exposures) as Exposure[];

/** What a gate lets out: one bit, and what was public before. */
export const gateVerdict = z
  .strictObject({
    gate: z.string(),
    part: z.string(),
    verdict: z
      .enum(['pass', 'fail', 'withheld', 'unknown-before', 'skipped'])
      .describe(
        'withheld: with feedback none the owner alone learns it. unknown-before: it was known beforehand that nothing could be decided; skipped: there was nothing to test; no use was spent in either.',
      ),
    reliability: z.number(),
    uses: z.number().int(),
    usesLeft: z.number().int(),
    rowCount: z.number().int(),
    rowsNeeded: z.number().int(),
    says: z.string(),
    isolation: z.string().describe('From whom the part was sealed, and what a program of the same user still reaches.'),
    exposed: z.array(z.enum(ways)).describe('The ways that were found open to a program of the same user.'),
  })
  .describe('The public verdict of a gate.');

/** What a gate lets out. */
export type GateVerdict = z.infer<typeof gateVerdict>;
