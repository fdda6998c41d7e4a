import { z } from 'zod';

/** When the pipeline runs by itself. Parsed and resolved; carried out later. */
export const triggersSection = z
  .strictObject({
    schedule: z
      .union([
        z.string().transform((cron) => ({ cron, zone: 'UTC' })),
        z.strictObject({
          cron: z.string().describe('Minute, hour, day of month, month, day of week: "0 4 * * 1".'),
          zone: z.string().default('UTC').describe('A time zone such as Europe/Berlin.'),
        }),
      ])
      .nullish()
      .describe('A text of cron, or {cron, zone}.'),
    on_data: z.boolean().default(false).describe('Where sources change.'),
    on_drift: z.enum(['retrain', 'notify']).nullish().describe('What drift does.'),
    on_code: z.boolean().default(false).describe('Where the code of the project changes.'),
  })
  .prefault({})
  .describe('When the pipeline runs by itself.');
