import { PlatformError } from '../errors/index.ts';
import { type QueryEngine, quoteIdentifier, quoteLiteral, sqlTypes } from '../tables/index.ts';
import type { PreparedColumn } from './graph.ts';

/**
 * A query over `source` (a table, or a query in parentheses) with the prepared columns added behind its own. Each text sees the
 * columns of its lineage and no others.
 */
export function preparedQuery(prepared: readonly PreparedColumn[], source: string): string {
  const added = prepared.map(
    (column) => `CAST((${column.sql}) AS ${sqlTypes[column.type]}) AS ${quoteIdentifier(column.name)}`,
  );
  return `SELECT ${['*', ...added].join(', ')} FROM ${source}`;
}

/**
 * Refuses texts of `sql()` that need more than one row, or that give another result each time.
 * @param source as in `preparedQuery`; no row of it is read
 * @throws PlatformError TRANSFORM_BAD_SQL
 */
export async function checkPreparedColumns(
  engine: QueryEngine,
  prepared: readonly PreparedColumn[],
  source: string,
): Promise<void> {
  for (const column of prepared) {
    const problem = (await treeProblem(engine, column)) ?? (await bindProblem(engine, column, source));
    if (problem !== null) {
      throw new PlatformError('TRANSFORM_BAD_SQL', {
        message: `sql('${column.sql}'): ${problem}`,
        details: { sql: column.sql },
      });
    }
  }
}

/** What the syntax tree of the text shows: windows, subqueries, more than one expression, functions that vary. */
/** Functions that DuckDB calls consistent although they read the session, the clock or the surroundings. */
const READS_SURROUNDINGS = /^(current_|get_current|getenv|getvariable|today|txid_|pg_|version$)/;

async function treeProblem(engine: QueryEngine, column: PreparedColumn): Promise<string | null> {
  const statement = quoteLiteral(`SELECT (${column.sql})`);
  const [row] = await engine.rows(`SELECT json_serialize_sql(${statement}) AS tree`);
  const tree = JSON.parse(String(row?.['tree'] ?? '{}')) as {
    error?: boolean;
    error_message?: string;
    statements?: unknown[];
  };
  if (tree.error !== false) return `not an SQL expression (${tree.error_message ?? 'cannot be read'})`;
  if (tree.statements?.length !== 1) return 'expected one expression';
  const seen: Seen = { classes: new Set(), functions: new Set(), names: new Set() };
  collect(tree.statements[0], seen);
  if (seen.classes.has('WINDOW')) return 'window functions need several rows';
  if (seen.classes.has('SUBQUERY')) return 'subqueries are not allowed';
  const known = new Set(column.columns.map(({ name }) => name.toLowerCase()));
  for (const name of seen.names) if (!known.has(name.toLowerCase())) return `no column is named ${name}`;
  for (const name of seen.functions) {
    if (READS_SURROUNDINGS.test(name)) return `${name} gives another result each time`;
    const [found] = await engine.rows(
      `SELECT count(*) FILTER (function_type = 'aggregate') AS aggregates, count(*) FILTER (stability <> 'CONSISTENT' AND stability IS NOT NULL) AS varying FROM duckdb_functions() WHERE function_name = ${quoteLiteral(name)}`,
    );
    if (Number(found?.['aggregates'] ?? 0) > 0) return `${name} is an aggregate, which needs several rows`;
    if (Number(found?.['varying'] ?? 0) > 0) return `${name} gives another result each time`;
  }
  return null;
}

interface Seen {
  readonly classes: Set<string>;
  readonly functions: Set<string>;
  /** First parts of names: columns, or what only looks like one (`current_date`). */
  readonly names: Set<string>;
}

function collect(tree: unknown, seen: Seen): void {
  if (Array.isArray(tree)) {
    for (const item of tree) collect(item, seen);
    return;
  }
  if (tree === null || typeof tree !== 'object') return;
  const fields = tree as Record<string, unknown>;
  if (typeof fields['class'] === 'string') seen.classes.add(fields['class']);
  const names = fields['column_names'];
  if (fields['class'] === 'COLUMN_REF' && Array.isArray(names)) seen.names.add(String(names[0]));
  if (fields['class'] === 'FUNCTION' && typeof fields['function_name'] === 'string')
    seen.functions.add(fields['function_name']);
  for (const child of Object.values(fields)) collect(child, seen);
}

/** What DuckDB says when it binds the text to the columns of its lineage. */
async function bindProblem(engine: QueryEngine, column: PreparedColumn, source: string): Promise<string | null> {
  const columns =
    column.columns.length === 0 ? '1 AS "__none"' : column.columns.map(({ name }) => quoteIdentifier(name)).join(', ');
  try {
    const rows = `(SELECT ${columns} FROM ${source})`;
    await engine.describe(`SELECT (${column.sql}) AS value FROM ${rows}`);
    await engine.describe(preparedQuery([column], rows));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
