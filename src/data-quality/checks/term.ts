import type { Field } from '../../tables/index.ts';

/** What a part of a check is. */
export type TermType = 'number' | 'string' | 'boolean' | 'time' | 'null';

/** What a part of a check is as SQL. */
export interface SqlTerm {
  readonly sql: string;
  readonly type: TermType;
  readonly mayBeNaN?: boolean;
  /** Whether it names a column of the row. */
  readonly ofRow?: boolean;
  /** Whether it is a value of all rows. */
  readonly overTable?: boolean;
  /** Shorter SQL that is missing in exactly the rows in which this is. */
  readonly nulls?: string;
  /** Whether it is never missing. */
  readonly neverNull?: boolean;
  /** Whether the engine holds it as a whole number, of any width. */
  readonly whole?: boolean;
  /** Of a question whether something is missing: what that is. */
  readonly missing?: Pick<SqlTerm, 'sql' | 'nulls' | 'neverNull'>;
  /** SQL for the number of rows in which it is true, where there is a shorter one than by asking each row. */
  readonly trueCount?: string;
  /** A text in quotes, which can stand for an instant. */
  readonly literal?: string;
  /** A number as it is written. */
  readonly constant?: number;
  /** The column, where it is one and nothing else. */
  readonly field?: Field;
  /** Of a condition: SQL of aggregates that is true only where the condition is false in no row. */
  readonly neverFalse?: string;
}

/** What a call in a check is of. */
export interface SqlCall {
  readonly name: string;
  readonly args: readonly SqlTerm[];
  readonly named: Readonly<Record<string, SqlTerm>>;
}

/** A function as the reference tells of it. */
export interface CheckEntry {
  readonly name: string;
  /** As it is written, for example `quantile(x, share)`. */
  readonly form: string;
  readonly says: string;
  /** A check with it that can be read. */
  readonly example: string;
}

/** A value as it takes part in counting: zero without a sign, so that it is one value. */
export function keySql({ sql, type, field }: SqlTerm): string {
  return type === 'number' && field?.type !== 'int64' ? `CASE WHEN ${sql} = 0 THEN 0 ELSE ${sql} END` : sql;
}

/** SQL for the rows in which a term is not missing. */
export function presentCount({ sql, nulls, neverNull }: Pick<SqlTerm, 'sql' | 'nulls' | 'neverNull'>): string {
  return neverNull ? 'count(*)' : `count(${nulls ?? sql})`;
}

/** The finite values of a number as a DOUBLE; NULL for others. */
export function finiteTerm({ sql, mayBeNaN }: SqlTerm): string {
  const number = `CAST(${sql} AS DOUBLE)`;
  return mayBeNaN ? `CASE WHEN isfinite(${number}) THEN ${number} END` : number;
}
