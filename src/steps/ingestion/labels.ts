import { PlatformError } from '../../errors/index.ts';
import { type QueryEngine, quoteIdentifier } from '../../tables/index.ts';
import type { IngestionParams } from './plan.ts';

/**
 * The rows of a view with the labels that come from other sources, as SQL: each label is the column of its name in its
 * source, found by the column that both have. Rows that have no label yet are left out.
 *
 * @throws PlatformError INGESTION_AMBIGUOUS_LABEL where a source has two labels for one row
 */
export async function withLabels(
  engine: QueryEngine,
  view: string,
  labels: IngestionParams['labels'],
): Promise<string> {
  const named = Object.entries(labels).map(([name, label], at) => ({ ...label, name, table: `l${at}` }));
  for (const label of named) await requireOneEach(engine, label);
  const columns = named.map(({ name, table }) => `, ${table}.${quoteIdentifier(name)}`).join('');
  const joins = named.map(({ name, from, join, table }) => {
    const key = quoteIdentifier(join);
    const known = `SELECT ${key}, ${quoteIdentifier(name)} FROM ${quoteIdentifier(from)} WHERE ${quoteIdentifier(name)} IS NOT NULL`;
    return `JOIN (${known}) ${table} ON d.${key} = ${table}.${key}`;
  });
  return `SELECT d.*${columns} FROM ${view} d ${joins.join(' ')}`;
}

async function requireOneEach(
  engine: QueryEngine,
  label: { readonly name: string; readonly from: string; readonly join: string },
): Promise<void> {
  const key = quoteIdentifier(label.join);
  const [twice] = await engine.rows(
    `SELECT ${key}::VARCHAR AS key, count(*) AS n FROM ${quoteIdentifier(label.from)}
     WHERE ${key} IS NOT NULL AND ${quoteIdentifier(label.name)} IS NOT NULL GROUP BY ${key} HAVING n > 1 ORDER BY key LIMIT 1`,
  );
  if (twice === undefined) return;
  throw new PlatformError('INGESTION_AMBIGUOUS_LABEL', {
    message: `expected one ${label.name} for each ${label.join} in source ${label.from}, found ${twice['n']} for ${JSON.stringify(twice['key'])}`,
    details: { source: label.from, column: label.join, value: twice['key'] ?? null },
  });
}
