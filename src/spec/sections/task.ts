import { z } from 'zod';
import { json, names, share } from './quantities.ts';

/** Every kind of task that can be declared. */
export const taskKinds = [
  'binary',
  'multiclass',
  'multilabel',
  'regression',
  'ranking',
  'forecasting',
  'clustering',
  'anomaly',
  'text',
  'image',
  'generation',
  'custom',
] as const;

/** Kinds that can be trained and evaluated now. */
export const builtTaskKinds: readonly string[] = ['binary', 'multiclass', 'regression', 'ranking'];

/** What is to be learnt. */
export const taskSection = z
  .strictObject({
    kind: z.enum(taskKinds).describe('What sort of task it is.'),
    label: z
      .union([z.string(), z.array(z.string())])
      .nullish()
      .describe('The column to predict; several for multilabel.'),
    positive: json.nullish().describe('Binary tasks: the value of the label that counts as yes; default true or 1.'),
    threshold: share.nullish().describe('Binary tasks: a score from this on is a yes; default 0.5.'),
    classes: z
      .array(z.union([z.string(), z.number(), z.boolean()]))
      .nullish()
      .describe('The values of the label, in order; default: those of the training part, sorted.'),
    key: names.default([]).describe('Columns that name a thing: rows with equal keys stay in one part.'),
    time: z.string().nullish().describe('The column with the time of a row.'),
    group: z.string().nullish().describe('Ranking: the column that names the query of a row.'),
  })
  .transform((written) => ({
    kind: written.kind,
    label: Array.isArray(written.label) ? null : (written.label ?? null),
    labels: Array.isArray(written.label) ? written.label : null,
    positive: written.positive ?? null,
    threshold: written.threshold ?? (written.kind === 'binary' ? 0.5 : null),
    classes: written.classes ?? null,
    key: written.key,
    time: written.time ?? null,
    group: written.group ?? null,
  }))
  .describe('What is to be learnt: the kind of task, its label, and the columns that name rows.');
