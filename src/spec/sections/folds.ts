import { z } from 'zod';
import { duration } from './quantities.ts';

const rule = /^(hash|stratified|group|rolling)\s*(?:\(\s*([^()]*?)\s*\))?$/;
const rules = 'hash, hash(column), stratified(column), group(column) or rolling(column)';
const fewest = 2;
const most = 100;

const count = z.number().int().min(fewest).max(most).describe('How many folds.');

/** Into which folds the training part is divided; a number alone is their count. */
export const foldsDeclaration = z
  .union([
    count.transform((given) => ({ count: given, by: 'hash', gap: undefined, salt: undefined })),
    z.strictObject({
      count: count.default(5),
      by: z.string().regex(rule, `expected ${rules}`).default('hash').describe(`${rules}.`),
      gap: duration.optional().describe('With rolling: rows this near before a fold are not trained on.'),
      salt: z.string().optional().describe('Changes which rows fall where; default that of the split.'),
    }),
  ])
  .describe('Into how many folds the training part is divided, or {count, by, gap, salt}.');

/** What was written of folds, with the salt of the split where it names none, in the one long form. */
export function toFolds(written: z.output<typeof foldsDeclaration>, saltOfSplit: string) {
  const [, by, column] = rule.exec(written.by)!;
  return {
    count: written.count,
    by: by as 'hash' | 'stratified' | 'group' | 'rolling',
    column: column || null,
    gapMs: written.gap ?? 0,
    salt: written.salt ?? saltOfSplit,
  };
}
