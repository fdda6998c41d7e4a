import { z } from 'zod';
import { json } from './quantities.ts';

const paramTypes = ['integer', 'number', 'share', 'string', 'boolean', 'duration', 'bytes', 'list'] as const;

/** A declared parameter. */
export const paramDeclaration = z
  .union([
    z.strictObject({
      type: z.enum(paramTypes).describe('integer, number, share, string, boolean, duration, bytes or list.'),
      default: json.optional().describe('The value where none is given; without a default one must be given.'),
      description: z.string().default('').describe('What the parameter is for.'),
      choices: z.array(json).optional().describe('The values that are allowed.'),
    }),
    z.union([z.string(), z.number(), z.boolean()]).transform((value) => ({
      type:
        typeof value === 'boolean'
          ? ('boolean' as const)
          : typeof value === 'string'
            ? ('string' as const)
            : Number.isInteger(value)
              ? ('integer' as const)
              : ('number' as const),
      default: value,
      description: '',
    })),
  ])
  .describe('A parameter: {type, default}, or its default.');

const licenceText = z
  .string()
  .regex(
    /^\S(?:[^\n]{0,198}\S)?$/,
    'expected an SPDX expression such as Apache-2.0, or at most 200 characters on one line',
  )
  .describe('An SPDX expression, LicenseRef-NAME for a licence of your own, or words.');

/** Under which licence model and data may be used. */
export const licence = z.union([
  licenceText.transform((text) => ({ model: text as string | null, data: text as string | null })),
  z
    .strictObject({
      model: licenceText.nullish().describe('Of the model and its package.'),
      data: licenceText.nullish().describe('Of the data of the run.'),
    })
    .transform(({ model, data }) => ({ model: model ?? null, data: data ?? null })),
]);

const limitation = z.string().min(1).max(2000).describe('Where the model must not be relied on, in a sentence or two.');

/** One or several, as a list. */
export const limitationList = z.union([limitation.transform((one) => [one]), z.array(limitation)]);

/** A person or team that answers for the model. */
export const owner = z.union([
  z.string().transform((name) => ({ name, email: null as string | null })),
  z
    .strictObject({
      name: z.string().describe('A person or team.'),
      email: z.string().nullish().describe('Where questions and alerts go.'),
    })
    .transform((written) => ({ name: written.name, email: written.email ?? null })),
]);
