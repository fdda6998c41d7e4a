import { z } from 'zod';
import { duration, identifier, share } from './quantities.ts';

const rule = /^(hash|stratified|group|time)\s*(?:\(\s*([^()]*?)\s*\))?$/;
/** Parts in the order of the lifecycle; others follow in the order of their names. */
const usualOrder = ['train', 'validation', 'test', 'holdback', 'debug'];
const defaultParts = { train: 0.7, validation: 0.15, test: 0.15 };

/** How rows are divided into parts. */
export const splittingSection = z
  .strictObject({
    by: z
      .string()
      .regex(rule, 'expected hash, hash(column), stratified(column), group(column) or time(column)')
      .default('hash')
      .describe('hash, hash(column), stratified(column), group(column) or time(column).'),
    gap: duration.optional().describe('With time: rows this near after the end of a part are left out.'),
    salt: z.string().default('').describe('Changes which rows fall where, with hash and group.'),
    parts: z.record(identifier, share).default(defaultParts).describe('Share of each part; together 1.'),
    order: z
      .array(identifier)
      .optional()
      .describe(
        'The parts from the earliest to the latest; default train, validation, test, holdback, debug, others by name.',
      ),
    sealed: z
      .array(z.string())
      .default([])
      .describe('Parts that are encrypted as they are written and opened by gates alone.'),
  })
  .prefault({})
  .superRefine((written, context) => {
    for (const [index, part] of (written.order ?? []).entries()) {
      if (Object.hasOwn(written.parts, part) && written.order!.indexOf(part) === index) continue;
      const message = `expected each of the parts once: ${Object.keys(written.parts).join(', ')}`;
      context.addIssue({ code: 'custom', message, path: ['order', index], input: written });
    }
  })
  .transform((written) => {
    const [, by, column] = rule.exec(written.by)!;
    return {
      by: by as 'hash' | 'stratified' | 'group' | 'time',
      column: column || null,
      gapMs: written.gap ?? 0,
      salt: written.salt,
      parts: written.parts,
      order: orderOf(Object.keys(written.parts), written.order ?? usualOrder),
      sealed: written.sealed,
    };
  })
  .describe('How rows are divided into parts, and which parts are sealed.');

/** All parts, those of `order` first; the order of the keys in the document means nothing. */
function orderOf(parts: readonly string[], order: readonly string[]): string[] {
  const rank = (part: string) => (order.includes(part) ? order.indexOf(part) : order.length);
  return [...parts].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}
