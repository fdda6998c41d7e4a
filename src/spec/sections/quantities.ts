import { z } from 'zod';
import { parseBytes, parseDuration, parseInstant } from '../../encoding/index.ts';

/** A share from 0 to 1, written as a number or as a percentage (`15%` is 0.15). */
export const share = z
  .union([
    z.number().meta({ minimum: 0, maximum: 1 }),
    z.string().regex(/^\s*\d+(\.\d+)?\s*%\s*$/, 'expected a share such as 0.15 or 15%'),
  ])
  .transform((value) => (typeof value === 'number' ? value : Number(value.replace('%', '')) / 100))
  .refine((value) => value >= 0 && value <= 1, 'expected a share from 0 to 1 (0 % to 100 %)')
  .describe('A share from 0 to 1, or a percentage such as 15%.');

/** A length of time in milliseconds, written with its unit (`1d`, `20 ms`). */
export const duration = z
  .string()
  .transform((text, context) => quantity(text, parseDuration, context))
  .describe('A length of time with its unit, for example 20 ms, 1.5 h or 1d.');

/** A date, or an instant with its zone. */
export const instant = z
  .string()
  .refine(
    (text) => parseInstant(text) !== null,
    'expected a date or an instant such as 2026-11-01 or 2026-11-01T06:00:00Z',
  )
  .describe('A date, or an instant with its zone.');

/** A size in bytes, written with its unit (`512Mi`, `2 GB`), or a plain number of bytes. */
export const bytes = z
  .union([z.number().int().nonnegative(), z.string()])
  .transform((value, context) => (typeof value === 'number' ? value : quantity(value, parseBytes, context)))
  .describe('A size with its unit, for example 512Mi or 2 GB.');

function quantity(text: string, parse: (text: string) => number, context: z.core.$RefinementCtx): number {
  try {
    return parse(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message, input: text });
    return z.NEVER;
  }
}

/** One name, or a list of names. */
export const names = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === 'string' ? [value] : value))
  .describe('A name or a list of names.');

/** A name of the project's own: letters, digits, `_` and `-`, beginning with a letter. */
export const identifier = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,127}$/, 'expected a name of letters, digits, _ and -, beginning with a letter');

/** Any JSON value. */
export const json = z.json();
z.globalRegistry.add(json, { id: 'json' });

/** A path inside the project: relative, without `..`. */
export const projectPath = z
  .string()
  .min(1)
  .max(4096)
  .refine(
    (path) => !path.includes('\0') && !/^([/\\]|[A-Za-z]:)/.test(path) && !path.split(/[/\\]/).includes('..'),
    'expected a path relative to the declaration that stays inside its folder',
  )
  .describe('A path relative to the declaration, inside its folder.');

/** A path or glob of data: relative to the declaration; data may lie outside its folder. */
export const dataPath = z
  .string()
  .min(1)
  .max(4096)
  .refine((path) => !path.includes('\0'), 'expected a path')
  .describe('A path or glob of data files, relative to the declaration.');
