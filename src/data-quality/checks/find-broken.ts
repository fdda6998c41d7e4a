import { type Field, type QueryEngine, quoteIdentifier, sqlTypes } from '../../tables/index.ts';
import type { CheckResult, DeclaredCheck } from './declared-check.ts';
import { type CheckOptions, runChecks } from './run-checks.ts';

/**
 * The checks that cannot be carried out on any table with these columns, each with its reason: no such column, another type, a pattern
 * that is none. They are carried out on a table without rows; what only certain values break is not found. Without columns
 * every check is broken that names one.
 * @throws PlatformError CANCELED
 */
export async function findBroken(
  engine: QueryEngine,
  fields: readonly Field[],
  options: Pick<CheckOptions, 'asOfMs' | 'signal'> & { readonly checks: readonly DeclaredCheck[] },
): Promise<CheckResult[]> {
  const columns = fields.map(({ name, type }) => `CAST(NULL AS ${sqlTypes[type]}) AS ${quoteIdentifier(name)}`);
  const source = `(SELECT ${columns.length === 0 ? 'NULL AS __none' : columns.join(', ')} LIMIT 0)`;
  const results = await runChecks(engine, source, options);
  return results.filter(({ outcome }) => outcome === 'broken');
}
