import { z } from 'zod';
import { duration, share } from './quantities.ts';

/** What is kept of requests. Parsed and resolved; carried out later. */
export const loggingSection = z
  .strictObject({
    format: z.enum(['ncsa', 'json']).default('ncsa').describe('The form of the access log.'),
    payloads: z
      .union([z.strictObject({ sample: share.describe('The share of requests that are kept.') }), z.literal(false)])
      .default({ sample: 1 })
      .describe('Whether inputs and answers are kept: {sample: 10%}, or false.'),
    retention: duration.optional().describe('How long they are kept.'),
  })
  .prefault({})
  .describe('What is kept of every request.');
