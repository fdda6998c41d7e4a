import type { FixedPoint } from './moments.ts';

/** The finite values of a column: how many, and between which. */
export interface Range {
  readonly low: number;
  readonly high: number;
  readonly finiteCount: number;
}

/** Ranges by the place of their column, each with the fixed point of its sums. */
export type Ranges = ReadonlyMap<number, Range & { readonly fixedPoint: FixedPoint }>;

/** Fences by the place of their column. */
export type Fences = ReadonlyMap<number, { readonly low: number; readonly high: number }>;
