import type { ColumnType } from '../../tables/index.ts';
import type { Operation } from '../graph.ts';

/** What a column argument must be: numbers include truth values; `time` is a date or a timestamp. */
export type Accepts = 'number' | 'text' | 'time' | 'timestamp' | 'boolean' | 'any';

/** One parameter of a transform function. All but `column` are constants. */
export interface Parameter {
  readonly name: string;
  /**
   * column: an expression over the row. number, integer, flag, text: a constant. edges: ascending numbers in brackets.
   * type: the name of a column type. filling: `mean`, `median`, `mode` or a constant.
   */
  readonly kind: 'column' | 'number' | 'integer' | 'flag' | 'text' | 'edges' | 'type' | 'filling';
  readonly accepts?: Accepts;
  /** Left out: the argument must be given. `null` is a default too: no bound. */
  readonly default?: number | boolean | string | null;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly about: string;
}

/** The groups of the reference page, in its order. */
export type FunctionGroup = 'numbers' | 'categories' | 'missing' | 'dates' | 'text' | 'logic' | 'sql';

/** A transform function: its form, its meaning, and what it does with missing values and NaN. The reference is made of these. */
export interface FunctionEntry {
  readonly name: string;
  readonly group: FunctionGroup;
  /** The operation of the graph; null where the function becomes something else. */
  readonly op: Operation | null;
  readonly parameters: readonly Parameter[];
  /** The last parameter may be repeated. */
  readonly repeats?: boolean;
  /** The type of the result; `same` is that of the first argument, `common` that of the named alternatives. */
  readonly result: ColumnType | 'same' | 'common' | 'given';
  /** The result is several columns: the function must be the outermost one of a feature. */
  readonly wide?: boolean;
  readonly summary: string;
  /** What is learnt from the training part, or null. */
  readonly learns: string | null;
  /** What a missing value becomes. */
  readonly missing: string;
  /** What NaN becomes. */
  readonly nan: string;
  readonly example: string;
}
