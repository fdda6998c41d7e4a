import { z } from 'zod';
import { foldsDeclaration, toFolds } from './folds.ts';
import { duration, identifier, share } from './quantities.ts';

const rule = /^(hash|stratified|group|time|predefined)\s*(?:\(\s*([^()]*?)\s*\))?$/;
/** Parts in the order of the lifecycle; others follow in the order of their names. */
const usualOrder = ['train', 'validation', 'test', 'holdback', 'debug'];
const defaultParts = { train: 0.7, validation: 0.15, test: 0.15 };
const rules = 'hash, hash(column), stratified(column), group(column), time(column) or predefined(column)';

/** How rows are divided into parts. */
export const splittingSection = z
  .strictObject({
    by: z.string().regex(rule, `expected ${rules}`).default('hash').describe(`${rules}.`),
    gap: duration.optional().describe('With time: rows this near after the end of a part are left out.'),
    salt: z.string().default('').describe('Changes which rows fall where, with hash and group.'),
    parts: z
      .union([z.record(identifier, share), z.array(identifier).min(1)])
      .optional()
      .describe(
        'Share of each part, together 1; default train 70 %, validation 15 %, test 15 %. With predefined: the names of the parts.',
      ),
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
    folds: foldsDeclaration
      .nullish()
      .describe('Folds of the training part, for cross-validation: a number, or {count, by, gap, salt}.'),
  })
  .prefault({})
  .superRefine((written, context) => {
    const { parts = defaultParts } = written;
    const names = namesOf(parts);
    for (const [index, part] of (written.order ?? []).entries()) {
      if (names.includes(part) && written.order!.indexOf(part) === index) continue;
      const message = `expected each of the parts once: ${names.join(', ')}`;
      context.addIssue({ code: 'custom', message, path: ['order', index], input: written });
    }
    if (Array.isArray(parts) && names.length < parts.length)
      context.addIssue({ code: 'custom', message: 'expected each part once', path: ['parts'], input: written });
    const isPredefined = written.by.startsWith('predefined');
    if (written.parts === undefined || isPredefined === Array.isArray(parts)) return;
    const message = isPredefined
      ? `expected the names of the parts without shares, as [${names.join(', ')}]: the column says which rows each has`
      : 'expected the share of each part: only a split by predefined(column) takes a list of names';
    context.addIssue({ code: 'custom', message, path: ['parts'], input: written });
  })
  .transform((written) => {
    const [, by, column] = rule.exec(written.by)!;
    const { parts = defaultParts } = written;
    return {
      by: by as 'hash' | 'stratified' | 'group' | 'time' | 'predefined',
      column: column || null,
      gapMs: written.gap ?? 0,
      salt: written.salt,
      parts: by === 'predefined' ? withoutShares(parts) : (parts as Record<string, number | null>),
      order: orderedParts(namesOf(parts), written.order),
      sealed: written.sealed,
      folds: written.folds == null ? null : toFolds(written.folds, written.salt),
    };
  })
  .describe('How rows are divided into parts, and which parts are sealed.');

type WrittenParts = readonly string[] | Readonly<Record<string, number>>;

function namesOf(parts: WrittenParts): string[] {
  return Array.isArray(parts) ? [...new Set(parts)] : Object.keys(parts);
}

/** A column says which rows each part has. */
function withoutShares(parts: WrittenParts): Record<string, number | null> {
  return Object.fromEntries(namesOf(parts).map((part) => [part, null]));
}

/** All parts, those of `order` first; the order of the keys in the document means nothing. */
export function orderedParts(parts: readonly string[], order: readonly string[] = usualOrder): string[] {
  const rank = (part: string) => (order.includes(part) ? order.indexOf(part) : order.length);
  return [...parts].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}
