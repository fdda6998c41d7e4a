import { z } from 'zod';

const part = z.strictObject({
  share: z.number().nullable().describe('As declared; null where a column names the parts.'),
  sealed: z.boolean(),
  rowCount: z.number().int().nonnegative(),
  /** Independent of order: the number of keys and two sums over a hash of each. */
  keyDigest: z.string(),
  /** The same over whole rows; null for a sealed part. */
  rowDigest: z.string().nullable(),
});

/** How the rows were divided. Of a sealed part nothing else is public. */
export const splitManifest = z
  .strictObject({
    rule: z.string(),
    salt: z.string(),
    gapMs: z.number(),
    key: z.array(z.string()),
    parts: z.record(z.string(), part),
    droppedRows: z.number().int().nonnegative().describe('Rows in the gaps between parts.'),
    overlap: z
      .strictObject({ keysInSeveralParts: z.number().int().nonnegative(), verdict: z.enum(['none', 'found']) })
      .describe('Counted over the keys that were read back from the written parts.'),
  })
  .describe('How the rows were divided into parts.');

/** How the rows were divided. */
export type SplitManifest = z.infer<typeof splitManifest>;
