import type { Field } from '../../tables/index.ts';
import type { Measured, TableValue } from './table-value.ts';
import type { CheckEntry, SqlCall, SqlTerm, TermType } from './term.ts';

/** What a value of a table is, as the reference groups them. */
export type TableFunctionGroup = 'counts' | 'values' | 'numbers' | 'pairs' | 'texts' | 'columns';

/** What else a function may look at: the columns of the table, without those that the program adds. */
export interface TableFunctionInput {
  readonly fields: readonly Field[];
}

/** What an argument must be: null, or what is taken and what was found. */
export type Taken = (argument: SqlTerm) => string | null;

/** A function whose value is one of the whole table. */
export interface TableFunction extends CheckEntry {
  readonly group: TableFunctionGroup;
  readonly takes: readonly Taken[];
  /** What further arguments must be, and how many there must be, at least; default one. */
  readonly more?: Taken;
  readonly least?: number;
  /** Names of arguments that are given by name. */
  readonly options?: readonly string[];
  /** What it is where values are missing, NaN or infinite. */
  readonly missing: string;
  readonly value: (call: SqlCall, input: TableFunctionInput) => TableValue | string;
}

const named: Readonly<Record<TermType, string>> = {
  number: 'a number',
  string: 'a string',
  boolean: 'a boolean',
  time: 'a time',
  null: 'null',
};

/** An argument of one of some types. */
export function typed(...types: readonly TermType[]): Taken {
  return ({ type }) => (types.includes(type) ? null : `a ${types.join(' or a ')}, found ${named[type]}`);
}

/** An argument of any type that has values: whatever stands in rows. */
export const anything: Taken = () => null;

/** An argument that is a column and nothing else. */
export const column: Taken = ({ field }) => (field === undefined ? 'a column' : null);

/** An argument that is a text in quotes. */
export const quoted: Taken = ({ literal }) => (literal === undefined ? 'a text in quotes' : null);

/** An argument that is a number from 0 to 1. */
export const shareOfRows: Taken = ({ constant = -1 }) =>
  constant >= 0 && constant <= 1 ? null : 'a share from 0 to 1, such as 0.95 or 95%';

/** A number that one aggregate over the rows gives, a whole one or a quotient of two. */
export function aggregate(sql: string): TableValue {
  return {
    type: 'number',
    how: {
      by: 'scan',
      *plan() {
        const [cell] = yield [sql];
        return cell === null || cell === undefined ? null : Number(cell);
      },
    },
  };
}

/** A value that is known without looking at rows. */
export function known(value: NonNullable<Measured>): TableValue {
  const type = typeof value as 'number' | 'string' | 'boolean';
  return { type, how: { by: 'schema', value } };
}
