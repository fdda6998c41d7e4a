import type { Expression } from '../../spec/index.ts';
import { call, column } from '../expressions.ts';
import type { Fields } from '../fields.ts';
import type { ImportOptions } from '../imported.ts';
import type { Statement } from '../statements.ts';

/** One expectation while it is read. */
export interface Expectation {
  readonly kwargs: Fields;
  readonly statement: Statement;
  readonly nan: ImportOptions['nan'];
  /** Columns of texts, times and whole numbers, as other expectations of the suite tell: NaN is in none of them. */
  readonly withoutNaN: ReadonlySet<string>;
}

/** The values of a column, as the suite looks at them: to pandas NaN is a missing value. */
export function valuesOf({ nan, withoutNaN }: Expectation, name: string): Expression {
  return nan === 'value' || withoutNaN.has(name) ? column(name) : call('nan_as_missing', column(name));
}

/** The values of the column that an expectation names. */
export function itsValues(expectation: Expectation, key = 'column'): Expression {
  return valuesOf(expectation, expectation.kwargs.needText(key));
}

/** The column as it is, where NaN is in none of its values or does not matter. */
export function itsColumn({ kwargs }: Expectation, key = 'column'): Expression {
  return column(kwargs.needText(key));
}

/** What an expectation becomes: its condition, and which rows it is about. */
export interface ReadExpectation {
  readonly that: Expression;
  readonly where?: Expression | null;
  readonly of?: 'all';
}

/** How one kind of expectation is read. */
export interface ExpectationKind {
  readonly name: string;
  /** The form of its check. */
  readonly becomes: string;
  /** Where the answers can differ, of every expectation of the kind. */
  readonly note?: string;
  /** Whether rows are asked, of which `mostly` must pass, or the whole table. */
  readonly asks: 'rows' | 'table';
  readonly read: (expectation: Expectation) => ReadExpectation;
}
