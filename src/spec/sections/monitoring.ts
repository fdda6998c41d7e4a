import { z } from 'zod';
import { duration, names } from './quantities.ts';

/** What is watched in production. Parsed and resolved; carried out later. */
export const monitoringSection = z
  .strictObject({
    drift: z
      .union([z.enum(['all', 'none']), z.array(z.string())])
      .default('none')
      .describe('The columns watched for drift: all, none, or a list.'),
    performance: z
      .strictObject({ label_delay: duration.optional().describe('How long after a request its label is known.') })
      .nullish()
      .describe('Watches the quality of answers once labels are known.'),
    rollback_to: z.string().nullish().describe('The version to go back to on an alarm: previous, or a version.'),
    notify: names.default([]).describe('Who is told of an alarm.'),
    window: duration.optional().describe('How much time is looked at together.'),
  })
  .prefault({})
  .describe('What is watched in production, and what happens then.');
