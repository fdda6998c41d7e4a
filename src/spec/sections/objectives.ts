import { z } from 'zod';
import { pythonFunction, typescriptFunction } from './implementation.ts';
import { identifier, names, share } from './quantities.ts';

const gate = z
  .strictObject({
    on: z.string().describe('The part that it uses.'),
    reliability: share.default(0.99).describe('1 - delta: the probability that no verdict over all uses is wrong.'),
    uses: z.number().int().min(1).max(1000).default(1).describe('How many models may be tested on the part.'),
    feedback: z
      .enum(['none', 'first_change', 'full'])
      .default('full')
      .describe('Who learns the verdicts: nobody but the owner, all until the first change, or all.'),
    unknown: z.enum(['reject', 'accept']).default('reject').describe('What an undecided verdict becomes.'),
  })
  .describe('A test on one sealed part, with a stated reliability over all its uses.');

const baseline = z
  .union([
    z.strictObject({
      model: z.string().describe('An alias or version of the registered model, for example production.'),
      absent: z.enum(['skip', 'fail']).default('skip').describe('What to do while there is none.'),
    }),
    z.strictObject({
      trivial: z.enum(['majority', 'mean', 'median', 'prior']).describe('A model that needs no training.'),
    }),
    z.enum(['majority', 'mean', 'median', 'prior']).transform((trivial) => ({ trivial })),
  ])
  .describe('A model to compare with: a registered one, or a trivial one.');

const requirement = z
  .union([
    z.string().transform((that) => ({ that })),
    z.strictObject({
      that: z.string().describe('expression cmp bound [+/- tolerance]'),
      gate: z
        .union([z.enum(['none', 'measured']), names])
        .optional()
        .describe(
          'The gates that it belongs to; none: measured and shown; measured: measured, and stops a release. Default: every gate.',
        ),
      description: z.string().optional().describe('Why this is required.'),
    }),
  ])
  .transform((written) => ({
    that: written.that,
    gate: normalizeGate('gate' in written ? written.gate : undefined),
    description: ('description' in written ? written.description : undefined) ?? '',
  }));

function normalizeGate(gate: string | readonly string[] | undefined): 'none' | 'measured' | string[] | null {
  if (gate === undefined) return null;
  if (gate === 'none' || gate === 'measured') return gate;
  if (typeof gate === 'string') return [gate];
  const [only] = gate;
  return gate.length === 1 && (only === 'none' || only === 'measured') ? only : [...gate];
}

/** What the model must reach, and where that is tested. */
export const objectivesSection = z
  .strictObject({
    gates: z.record(identifier, gate).default({}).describe('Tests on sealed parts.'),
    baselines: z
      .record(identifier, baseline)
      .default({})
      .describe('Models to compare with, by the name that objectives use.'),
    costs: z
      .record(
        identifier,
        z.strictObject({
          when: z.string().describe('A condition over predicted and actual.'),
          cost: z.number().describe('What one such prediction costs.'),
        }),
      )
      .default({})
      .describe('What a single prediction costs, by what it was and what was true.'),
    metrics: z
      .record(
        identifier,
        z.strictObject({
          python: pythonFunction.optional().describe('module:function or file.py:function.'),
          typescript: typescriptFunction.optional().describe('file.ts#function.'),
          range: z
            .tuple([z.number(), z.number()])
            .optional()
            .describe('Least and greatest value of one example; needed to certify.'),
        }),
      )
      .default({})
      .describe("The project's own metrics."),
    require: z.record(identifier, requirement).default({}).describe('The objectives, one line each.'),
  })
  .prefault({})
  .describe('What the model must reach, at what reliability, tested on which part.');
