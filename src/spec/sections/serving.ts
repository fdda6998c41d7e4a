import { z } from 'zod';
import { duration, share } from './quantities.ts';

const stage = z.union([
  z.enum(['infra_validation', 'promote']),
  z.strictObject({ shadow: share.describe('The share of requests that the new model answers unseen.') }),
  z.strictObject({
    canary: z.array(share).min(1).describe('Shares of requests that the new model answers, one after another.'),
  }),
]);

/** How a new model reaches production. Parsed and resolved; carried out later. */
export const servingSection = z
  .strictObject({
    rollout: z
      .array(stage)
      .default([])
      .describe('Stages in order: infra_validation, {shadow: 10%}, {canary: [5%, 50%]}, promote.'),
    replicas: z.number().int().min(1).optional().describe('How many processes answer.'),
    latency: duration.optional().describe('The longest time that an answer should take.'),
  })
  .prefault({})
  .describe('How a new model reaches production.');
