import type { SqlTerm } from './check-term.ts';

/** A call whose arguments are SQL. */
export interface SqlCall {
  readonly name: string;
  readonly args: readonly SqlTerm[];
}

interface RowFunction {
  readonly takes: SqlTerm['type'];
  readonly gives: SqlTerm['type'];
  readonly sql: (argument: string) => string;
  readonly mayBeNaN?: true;
}

const number = (sql: RowFunction['sql']): RowFunction => ({ takes: 'number', gives: 'number', sql, mayBeNaN: true });
const text = (sql: RowFunction['sql']): RowFunction => ({ takes: 'string', gives: 'string', sql });
const part = (sql: RowFunction['sql']): RowFunction => ({ takes: 'time', gives: 'number', sql });

/** Functions of one value of a row. `weekday` is 0 on Mondays, as in transformations. */
const functions: Readonly<Record<string, RowFunction>> = {
  length: { takes: 'string', gives: 'number', sql: (x) => `length(${x})` },
  lower: text((x) => `lower(${x})`),
  upper: text((x) => `upper(${x})`),
  trim: text((x) => `trim(${x})`),
  abs: number((x) => `abs(CAST(${x} AS DOUBLE))`),
  floor: number((x) => `floor(CAST(${x} AS DOUBLE))`),
  ceil: number((x) => `ceil(CAST(${x} AS DOUBLE))`),
  is_nan: { takes: 'number', gives: 'boolean', sql: (x) => `isnan(CAST(${x} AS DOUBLE))` },
  is_finite: { takes: 'number', gives: 'boolean', sql: (x) => `isfinite(CAST(${x} AS DOUBLE))` },
  year: part((x) => `year(${x})`),
  month: part((x) => `month(${x})`),
  day: part((x) => `day(${x})`),
  hour: part((x) => `hour(${x})`),
  minute: part((x) => `minute(${x})`),
  weekday: part((x) => `(isodow(${x}) - 1)`),
};

/** Names of the functions of one value. */
export const functionNames: readonly string[] = Object.keys(functions);

/** A call of a function of one value: its SQL, what is wrong with it, or null where there is no such function. */
export function functionSql({ name, args }: SqlCall): SqlTerm | string | null {
  if (!Object.hasOwn(functions, name)) return null;
  const known = functions[name]!;
  const [argument] = args;
  if (argument === undefined || args.length > 1) return `${name} takes one value`;
  if (argument.type !== known.takes) return `${name} takes a ${known.takes}, found a ${argument.type}`;
  return {
    sql: known.sql(argument.sql),
    type: known.gives,
    ...(known.mayBeNaN ? { mayBeNaN: true } : {}),
    ...(argument.overTable ? { overTable: true } : {}),
    ...(argument.ofRow ? { ofRow: true } : {}),
  };
}
