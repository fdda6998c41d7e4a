import type { Span } from './syntax-error.ts';

/** How values are compared. `not-in`, `not-like` and `not-ilike` hold, like `!=`, only where there is a value. */
export type Operator =
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'like'
  | 'ilike'
  | 'not-like'
  | 'not-ilike'
  | 'in'
  | 'not-in'
  | 'is-null'
  | 'is-not-null';

/** A name as written: `metrics.loss`, or `name` without a prefix. Quotes around the key are taken off. */
export interface Name extends Span {
  readonly prefix: string | null;
  readonly key: string;
}

/** A value as written. A word is a value without quotes, which few places take. */
export interface Literal extends Span {
  readonly type: 'text' | 'number' | 'word';
  readonly text: string;
}

/** One comparison as written: `=` and its like have one value, `in` has one or more, `is-null` none. */
export interface Comparison extends Span {
  readonly type: 'comparison';
  readonly name: Name;
  readonly operator: Operator;
  readonly operatorSpan: Span;
  readonly values: readonly Literal[];
}

/** A filter as written; what its names and values mean is not known yet. */
export type Syntax =
  | Comparison
  | { readonly type: 'all' | 'any'; readonly parts: readonly Syntax[] }
  | { readonly type: 'not'; readonly part: Syntax };
