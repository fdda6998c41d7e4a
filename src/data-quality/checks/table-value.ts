/**
 * Values of a whole table, and how each is found. What follows from counts, extremes and sums of whole numbers is asked of the rows
 * together with everything else that is: a plan says round by round which aggregates it needs next, and the rounds of all plans are one
 * scan. What needs the different values, or their order, has a query of its own.
 */
import type { Cell, Field } from '../../tables/index.ts';
import type { FrequencySummary } from '../frequency-facts.ts';
import type { ColumnPair } from '../pairs/pairs.ts';
import type { TermType } from './term.ts';

/** A value of a table as it was found; an instant is microseconds since 1970. Null: there is none, as of no rows. */
export type Measured = number | string | boolean | null;

/** Asks for SQL aggregates round by round, each the same whatever the order of the rows, until it knows its value. */
export type ScanPlan<Value> = Generator<readonly string[], Value, readonly Cell[]>;

/** How a value of a table is found. */
export type Measure =
  | { readonly by: 'schema'; readonly value: Measured }
  | { readonly by: 'scan'; readonly plan: () => ScanPlan<Measured> }
  | {
      readonly by: 'frequencies';
      readonly keys: readonly string[];
      readonly give: (summary: FrequencySummary) => Measured;
    }
  /** A query with one row and the column `value`, of the rows that the check is about. */
  | { readonly by: 'query'; readonly sql: (rows: string) => string }
  | { readonly by: 'quantiles'; readonly x: string; readonly shares: readonly number[]; readonly give: Quantiled }
  | { readonly by: 'outliers'; readonly x: string; readonly method: 'tukey' | 'robust_z'; readonly give: Fenced }
  | {
      readonly by: 'pair';
      readonly a: Field;
      readonly b: Field;
      readonly give: (pair: ColumnPair) => number | null;
    };

type Quantiled = (quantiles: readonly number[]) => number;
type Fenced = (outliers: { readonly outside: number; readonly finite: number }) => number | null;

/** A value of a table that a check names. */
export interface TableValue {
  readonly type: Exclude<TermType, 'null'>;
  readonly how: Measure;
}
