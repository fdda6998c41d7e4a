import { resolve } from 'node:path';
import {
  type PartitionRule,
  type Suggestions,
  suggestChecks,
  timeUnits,
  writeSuggestions,
} from '../../data-quality/index.ts';
import { didYouMean } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { Field } from '../../tables/index.ts';
import { openParts } from './open-parts.ts';
import { openTable } from './open-table.ts';
import { type Existing, placeFile, requireFree } from './place-file.ts';
import { type TableWork, withTables } from './with-tables.ts';

/** A table from whose partitions checks are to be suggested. */
export interface CheckSuggestion extends TableWork {
  /** A file or a query, or several files, which are one table. */
  readonly paths: readonly string[];
  /** `file`, `order`, `hash`, the latter perhaps with a count, a column, or a stretch of time of one: `day(date)`; null: `file` of several, else `order`. */
  readonly by: string | null;
  /** Columns that name rows. */
  readonly key: readonly string[];
  /** Where the file of checks is written to; null: nowhere. */
  readonly out: string | null;
  /** What becomes of a file that is there already. */
  readonly existing: Existing;
}

/** Checks that were suggested, and the file that has them. */
export interface SuggestedFile extends Suggestions {
  readonly text: string;
  /** Columns of types that are not looked at, such as lists. */
  readonly unreadable: readonly string[];
}

/**
 * Suggests checks from CSV, JSON or Parquet files or one SELECT.
 * @throws PlatformError EXPORT_PLACE_TAKEN before the file is read; CONFIG_BAD_VALUE of `by` and `key`, PARTITIONS_UNFIT, PLACE_NOT_WRITABLE, CANCELED,
 *   and as `openTable`
 */
export async function suggestFile({
  paths,
  by,
  key,
  out,
  existing,
  ...options
}: CheckSuggestion): Promise<SuggestedFile> {
  const target = out === null ? null : resolve(out);
  if (target !== null) await requireFree(target, existing);
  return await withTables(options, async (engine) => {
    const isOne = paths.length === 1;
    const { source, unreadable } = isOne ? await openTable(engine, paths[0]!, 'data') : await openParts(engine, paths);
    const { fields } = await engine.describe(`SELECT * FROM ${source}`);
    for (const name of key) requireColumn('--key', name, fields);
    const rule = ruleOf(by ?? (isOne ? 'order' : 'file'), { fields, key, isOne });
    const suggestions = await suggestChecks(engine, source, { rule, key, ...options });
    const text = writeSuggestions(suggestions);
    if (target !== null) await placeFile(target, text, existing);
    return { ...suggestions, text, unreadable };
  });
}

/** A column of that name is meant before anything else. */
function ruleOf(
  written: string,
  {
    fields,
    key,
    isOne,
  }: { readonly fields: readonly Field[]; readonly key: readonly string[]; readonly isOne: boolean },
): PartitionRule {
  if (fields.some(({ name }) => name === written)) return { by: 'column', column: written, unit: null };
  if (written === 'file' && !isOne) return { by: 'file' };
  const [, word, digits] = /^(order|hash)(?:\((\d{1,5})\))?$/.exec(written) ?? [];
  const count = digits === undefined ? null : Number(digits);
  if (word === 'order') return { by: 'order', count };
  if (word === 'hash') return { by: 'hash', count, key };
  const [, unit, column] = /^([a-z]+)\((.+)\)$/s.exec(written) ?? [];
  const known = timeUnits.find((one) => one === unit);
  requireColumn('--by', known === undefined ? written : column!, fields);
  return { by: 'column', column: column!, unit: known! };
}

function requireColumn(option: string, name: string, fields: readonly Field[]): void {
  const names = fields.map((field) => field.name).filter((one) => !one.startsWith('__'));
  if (names.includes(name)) return;
  const more = option === '--by' ? `, ${timeUnits.join('(…), ')}(…) of one, order, hash, or of several files file` : '';
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected ${option} to name a column of the table${more}, found ${JSON.stringify(name.slice(0, 100))}`,
    ...didYouMean(name, names),
  });
}
