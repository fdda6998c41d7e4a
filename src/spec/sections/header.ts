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
