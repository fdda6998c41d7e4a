import { quoteIdentifier, quoteLiteral, type TableSchema } from '../tables/index.ts';
import { compileCheck, compileCondition } from './check-sql.ts';
import type { DeclaredCheck } from './checks.ts';
import { doubleLiteral } from './column-sql.ts';
import type { ColumnSchema, DataSchema } from './schema.ts';
import { formatSql } from './text-formats.ts';

/** A condition that a row must not break, with the reason that is written beside a row that does. */
export interface RowCondition {
  readonly reason: string;
  /** True, false, or NULL where it says nothing. */
  readonly sql: string;
}

/** The conditions over single rows among checks; those over several rows, and those that cannot be carried out, are left out. */
export function checkConditions(checks: readonly DeclaredCheck[], schema: TableSchema): RowCondition[] {
  return checks.flatMap((check) => {
    try {
      const compiled = compileCheck(check.that, schema);
      if (compiled.kind !== 'row') return [];
      const where = check.where === null ? null : compileCondition(check.where, schema);
      return [
        {
          reason: check.that,
          sql: where === null ? compiled.sql : `(NOT coalesce(${where}, false) OR ${compiled.sql})`,
        },
      ];
    } catch {
      return [];
    }
  });
}

/** What a schema says of single rows: presence, NaN, domain, bounds. Columns that are not there, or of another type, are left out. */
export function schemaConditions(expected: DataSchema, schema: TableSchema): RowCondition[] {
  return Object.entries(expected.columns).flatMap(([name, column]) => {
    const field = schema.fields.find((one) => one.name === name);
    return field === undefined ? [] : columnConditions(name, column);
  });
}

function columnConditions(name: string, column: ColumnSchema): RowCondition[] {
  const x = quoteIdentifier(name);
  const isNumber = column.type === 'int64' || column.type === 'float64';
  const isTime = column.type === 'date' || column.type === 'timestamp';
  const bound = (value: number | string): string =>
    isTime ? `CAST(${quoteLiteral(String(value))} AS TIMESTAMP)` : doubleLiteral(Number(value));
  const found: RowCondition[] = [];
  const add = (reason: string, sql: string): void => {
    found.push({ reason: `${name} ${reason}`, sql });
  };
  if (!column.nullable) add('is missing', `(${x} IS NOT NULL)`);
  if (column.type === 'float64' && !column.nan) add('is not finite', `isfinite(CAST(${x} AS DOUBLE))`);
  // Bounds are of finite values.
  const orInfinite = isTime || column.nan ? ` OR NOT isfinite(CAST(${x} AS ${isTime ? 'TIMESTAMP' : 'DOUBLE'}))` : '';
  if ((isNumber || isTime) && column.min !== undefined)
    add(`is below ${column.min}`, `(${x} >= ${bound(column.min)}${orInfinite})`);
  if ((isNumber || isTime) && column.max !== undefined)
    add(`is above ${column.max}`, `(${x} <= ${bound(column.max)}${orInfinite})`);
  if (column.domain !== undefined && column.domain.length > 0) {
    const values = column.domain.map((value) =>
      isNumber ? doubleLiteral(Number(value)) : quoteLiteral(String(value)),
    );
    add('is outside its domain', `(${isNumber ? x : `CAST(${x} AS VARCHAR)`} IN (${values.join(', ')}))`);
  }
  if (column.format !== undefined && column.type === 'string')
    add(`is no ${column.format}`, formatSql(column.format, x));
  return found;
}

/** Queries that divide the rows of a source (a table or a query in parentheses) by conditions, in the order of the source. */
export function divideRows(
  source: string,
  conditions: readonly RowCondition[],
): { readonly clean: string; readonly quarantined: string } {
  if (conditions.length === 0)
    return { clean: `SELECT * FROM ${source}`, quarantined: `SELECT *, '' AS __reasons FROM ${source} WHERE false` };
  const broken = conditions.map(({ sql }) => `coalesce(NOT ${sql}, false)`);
  const reasons = conditions.map(({ reason }, index) => `CASE WHEN ${broken[index]} THEN ${quoteLiteral(reason)} END`);
  return {
    clean: `SELECT * FROM ${source} WHERE NOT (${broken.join(' OR ')})`,
    quarantined: `SELECT *, concat_ws('; ', ${reasons.join(', ')}) AS __reasons FROM ${source} WHERE ${broken.join(' OR ')}`,
  };
}
