import { PlatformError } from '../../errors/index.ts';
import type { QueryEngine, QueryOptions } from '../../tables/index.ts';
import { type DividingRule, type KeyRange, rangesOfKeys } from './key-hashes.ts';

/** Keys with their hashes, and the column that tells apart what they were divided into. */
interface DividedKeys {
  readonly table: string;
  readonly part: string;
  /** What that is called to people. */
  readonly called: 'parts' | 'folds';
}

/**
 * Proves that what a rule keeps together is together, and that rows with one declared key are.
 * @throws PlatformError SPLITTING_OVERLAP, SPLITTING_KEY_DIVIDED
 */
export async function proveApart(
  engine: QueryEngine,
  { rule, ...divided }: DividedKeys & { readonly rule: Pick<DividingRule, 'column' | 'key'> },
  options: QueryOptions,
): Promise<{ readonly keysInSeveralParts: 0; readonly verdict: 'none' }> {
  const { byRule, byKey } = await countDivided(engine, divided, options);
  const several = `several ${divided.called}`;
  if (byRule > 0) throw new PlatformError('SPLITTING_OVERLAP', { message: `${byRule} keys are in ${several}` });
  if (byKey > 0)
    throw new PlatformError('SPLITTING_KEY_DIVIDED', {
      message: `${byKey} values of task.key (${rule.key.join(', ')}) have rows in several values of ${rule.column}, and so in ${several}`,
    });
  return { keysInSeveralParts: 0, verdict: 'none' };
}

/** How many keys of a table with their hashes are in several parts, which the column `part` tells apart: by the rule, and by the declared key. */
async function countDivided(
  engine: QueryEngine,
  { table, part }: Pick<DividedKeys, 'table' | 'part'>,
  options: QueryOptions,
): Promise<{ readonly byRule: number; readonly byKey: number }> {
  const found = { byRule: 0, byKey: 0 };
  const count = async ([low, high]: readonly [string, string], range: KeyRange): Promise<number> => {
    const [row] = await engine.rows(
      `SELECT count(*) AS n FROM (SELECT ${low}, ${high} FROM ${table} WHERE ${low} IS NOT NULL AND ${range(low)} GROUP BY ALL HAVING min(${part}) <> max(${part}))`,
      options,
    );
    return Number(row!['n']);
  };
  for (const range of await rangesOfKeys(engine, table)) {
    found.byRule += await count(['low', 'high'], range);
    found.byKey += await count(['key_low', 'key_high'], range);
  }
  return found;
}
