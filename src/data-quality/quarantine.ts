import { checkLabel } from '../spec/index.ts';
import { parquetSource, quoteIdentifier, quoteLiteral, type TableSchema } from '../tables/index.ts';
import type { CheckContext } from './checks/check-compiler.ts';
import { compileCheck, compileCondition } from './checks/compile-check.ts';
import type { CheckTerms, OwnCode } from './checks/declared-check.ts';
import { failingCondition } from './checks/example-rows.ts';
import { placeSql } from './checks/own/given-rows.ts';
import { type OwnMeans, ownKey } from './checks/own/run-own-checks.ts';
import { doubleLiteral } from './column-sql.ts';
import { type ColumnSchema, columnsInForce, type DataSchema } from './schema/schema.ts';
import { formatSql } from './text-formats.ts';

/** A condition that a row must not break, with the reason that is written beside a row that does. */
export interface RowCondition {
  readonly reason: string;
  /** True, false, or NULL where it says nothing. */
  readonly sql: string;
  /** Whether it asks for the place of the row. */
  readonly isByPlace?: true;
}

/** A condition that a key of a column's schema says. */
export interface ColumnCondition extends RowCondition {
  readonly key: 'nullable' | 'nan' | 'min' | 'max' | 'domain' | 'format';
}

/** What a check says of rows: as declared, or as a result. */
type ConditionOfRows = Pick<CheckTerms, 'where' | 'of'> & {
  readonly that: string | null;
  readonly own?: OwnCode | null;
};

/**
 * The conditions over single rows among results of checks; those over several rows, and those that cannot be carried out, are left out.
 * @param own what the checks of the project's own among them were carried out with
 */
export function checkConditions(
  checks: readonly ConditionOfRows[],
  context: CheckContext & { readonly own?: OwnMeans },
): RowCondition[] {
  return checks.flatMap((check): RowCondition[] => {
    const { that } = check;
    if (check.own || that === null) return ownCondition(check, context.own?.failing);
    try {
      const compiled = compileCheck(that, context);
      if (compiled.kind !== 'row') return [];
      const where = check.where === null ? 'true' : `coalesce(${compileCondition(check.where, context)}, false)`;
      return [{ reason: that, sql: `(NOT (${where} AND coalesce(${failingCondition(compiled.sql, check)}, false)))` }];
    } catch {
      return [];
    }
  });
}

/** The name of a result says already what it is called by. */
function ownCondition(check: ConditionOfRows, failing: OwnMeans['failing'] = new Map()): RowCondition[] {
  const { own = null, that } = check;
  const places = own === null ? undefined : failing.get(ownKey({ ...check, own }));
  if (places === undefined) return [];
  const sql = `(${placeSql} NOT IN (SELECT ${placeSql} FROM ${parquetSource(places)}))`;
  return [{ reason: that ?? checkLabel(check), sql, isByPlace: true }];
}

/**
 * What a schema says of single rows in an environment (null: in all): presence, NaN, domain, bounds. Columns that are not there
 * are left out, and domains in which only a share of the values must be.
 */
export function schemaConditions(
  expected: DataSchema,
  schema: TableSchema,
  environment: string | null = null,
): RowCondition[] {
  return [...columnsInForce(expected, environment)].flatMap(([name, column]) => {
    if (!schema.fields.some((field) => field.name === name)) return [];
    return columnConditions(name, column).filter(({ key }) => key !== 'domain' || column.domain_share === undefined);
  });
}

/** What is said of a column's single rows, by the key of the schema that says it. */
export function columnConditions(name: string, column: ColumnSchema): ColumnCondition[] {
  const x = quoteIdentifier(name);
  const isNumber = column.type === 'int64' || column.type === 'float64';
  const isTime = column.type === 'date' || column.type === 'timestamp';
  const bound = (value: number | string): string =>
    isTime ? `CAST(${quoteLiteral(String(value))} AS TIMESTAMP)` : doubleLiteral(Number(value));
  const found: ColumnCondition[] = [];
  const add = (key: ColumnCondition['key'], reason: string, sql: string): void => {
    found.push({ key, reason: `${name} ${reason}`, sql });
  };
  if (!column.nullable) add('nullable', 'is missing', `(${x} IS NOT NULL)`);
  if (column.type === 'float64' && !column.nan) add('nan', 'is not finite', `isfinite(CAST(${x} AS DOUBLE))`);
  // Bounds are of finite values.
  const orInfinite = isTime || column.nan ? ` OR NOT isfinite(CAST(${x} AS ${isTime ? 'TIMESTAMP' : 'DOUBLE'}))` : '';
  if ((isNumber || isTime) && column.min !== undefined)
    add('min', `is below ${column.min}`, `(${x} >= ${bound(column.min)}${orInfinite})`);
  if ((isNumber || isTime) && column.max !== undefined)
    add('max', `is above ${column.max}`, `(${x} <= ${bound(column.max)}${orInfinite})`);
  if (column.domain !== undefined) add('domain', 'is outside its domain', inDomain(x, column));
  if (column.format !== undefined && column.type === 'string')
    add('format', `is no ${column.format}`, formatSql(column.format, x));
  return found;
}

/** A number is in a domain by its value or as the engine writes it: 0.5 of a DECIMAL as 0.50, 0.1 of a FLOAT as 0.1. */
function inDomain(x: string, { domain = [], type }: ColumnSchema): string {
  if (domain.length === 0) return `(${x} IS NULL)`;
  const texts = `CAST(${x} AS VARCHAR) IN (${domain.map((value) => quoteLiteral(String(value))).join(', ')})`;
  if (type !== 'int64' && type !== 'float64') return `(${texts})`;
  const numbers = domain.map((value) => doubleLiteral(Number(value)));
  return `(CAST(${x} AS DOUBLE) IN (${numbers.join(', ')}) OR ${texts})`;
}

/** Queries that divide the rows of a source (a table or a query in parentheses) by conditions, in the order of the source. */
export function divideRows(
  source: string,
  conditions: readonly RowCondition[],
): { readonly clean: string; readonly quarantined: string } {
  if (conditions.length === 0)
    return { clean: `SELECT * FROM ${source}`, quarantined: `SELECT *, '' AS __reasons FROM ${source} WHERE false` };
  const isByPlace = conditions.some((condition) => condition.isByPlace);
  const rows = isByPlace ? `(SELECT *, row_number() OVER () AS ${placeSql} FROM ${source})` : source;
  const all = isByPlace ? `* EXCLUDE (${placeSql})` : '*';
  const broken = conditions.map(({ sql }) => `coalesce(NOT ${sql}, false)`);
  const reasons = conditions.map(({ reason }, index) => `CASE WHEN ${broken[index]} THEN ${quoteLiteral(reason)} END`);
  return {
    clean: `SELECT ${all} FROM ${rows} WHERE NOT (${broken.join(' OR ')})`,
    quarantined: `SELECT ${all}, concat_ws('; ', ${reasons.join(', ')}) AS __reasons FROM ${rows} WHERE ${broken.join(' OR ')}`,
  };
}
