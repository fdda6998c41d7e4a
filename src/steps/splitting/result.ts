import { z } from 'zod';
import { driftDistances } from '../../data-quality/index.ts';

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

const labelOfFold = z
  .strictObject({
    missingCount: z.number().int().nonnegative(),
    distinctCount: z.number().int().nonnegative(),
    mean: z.number().nullable().describe('Null where it has no numbers.'),
    standardDeviation: z.number().nullable(),
    top: z
      .array(z.strictObject({ value: z.union([z.string(), z.number(), z.boolean()]), count: z.number().int() }))
      .describe('The most frequent values, with their rows.'),
  })
  .describe('The label in the rows that a fold holds out.');

const unlikeColumn = z.strictObject({
  name: z.string(),
  judgedBy: z.enum(driftDistances),
  distance: z.number().nullable().describe('Null where a side has nothing to compare.'),
  drifted: z.boolean(),
});

const fold = z.strictObject({
  sealed: z.literal(false),
  rowCount: z.number().int().nonnegative().describe('Rows that it holds out.'),
  keyDigest: z.string(),
  trainRowCount: z.number().int().nonnegative().describe('Rows that it trains on.'),
  trainKeyDigest: z.string(),
  label: labelOfFold.nullable().describe('Null where there is no single label.'),
  drift: z
    .array(unlikeColumn)
    .nullable()
    .describe('How far what it holds out is from what it trains on, by column; null where nothing is compared.'),
});

/** How the training part was divided into folds. */
export const foldManifest = z
  .strictObject({
    rule: z.string(),
    folds: z.number().int(),
    salt: z.string(),
    gapMs: z.number(),
    key: z.array(z.string()),
    parts: z.record(z.string(), fold).describe('The folds by name.'),
    neverHeldOutRows: z
      .number()
      .int()
      .nonnegative()
      .describe('Rows that no fold holds out: the first of rolling folds.'),
    overlap: z
      .strictObject({ keysInSeveralParts: z.number().int().nonnegative(), verdict: z.enum(['none', 'found']) })
      .describe(
        'Counted over the keys of the rows that each fold was found to hold out, read back from what was written.',
      ),
  })
  .describe('How the rows of the training part were divided into folds.');

/** How the training part was divided into folds. */
export type FoldManifest = z.infer<typeof foldManifest>;
