import { z } from 'zod';

/** What leakage is looked for, in the order in which it is told. */
export const leakageKinds = [
  'group_overlap',
  'duplicate_rows',
  'near_duplicate_rows',
  'label_conflicts',
  'time_travel',
  'single_feature',
  'target_encoding',
  'identifier',
  'row_order',
] as const;

/** A kind of leakage. */
export type LeakageKind = (typeof leakageKinds)[number];

/** Something by which a model may look better on the other parts than it is, as it is written down. */
export const leakageFinding = z
  .strictObject({
    kind: z.enum(leakageKinds),
    part: z
      .string()
      .nullable()
      .describe('The part that it was found in, beside the training part; null: all open parts.'),
    columns: z.array(z.string()),
    rowCount: z.number().int().nonnegative().describe('The rows that it is about.'),
    measured: z.number().describe('What was found, in the measure of its kind.'),
    threshold: z.number().describe('From where on it is told.'),
    message: z.string(),
    advice: z.string(),
  })
  .describe('Something by which a model may look better on other parts than it is.');

/** Something by which a model may look better on the other parts than it is. */
export type LeakageFinding = z.infer<typeof leakageFinding>;

/** What the parts are, for those who look for leakage. A source is a table, or a query in parentheses. */
export interface LeakageInput {
  /** The part that models are fitted on. */
  readonly train: string;
  /** The other open parts by name, in their order. */
  readonly others: Readonly<Record<string, string>>;
  /** The column to be learnt; null where there is no single one. */
  readonly label: string | null;
  /** Columns that name a row. */
  readonly key: readonly string[];
  /** The time of a row. */
  readonly time: string | null;
  /** Columns that name whom a row is about, beyond those that can be told by their names. */
  readonly groups: readonly string[];
  /** Columns that a model may see. */
  readonly features: readonly string[];
  /** Columns that say nothing about what a row holds, such as the one that names its part. */
  readonly ignored: readonly string[];
  /** Whether the parts follow each other in time: then rows are in an order, and later parts may be about the same. */
  readonly isByTime: boolean;
}
