import type { Attribute, Family } from './entities.ts';

/** What a name stands for. */
export type Field =
  | { readonly type: 'attribute'; readonly attribute: Attribute }
  | { readonly type: Family; readonly key: string }
  | { readonly type: 'dataset'; readonly part: DatasetPart }
  | { readonly type: 'span'; readonly part: SpanPart }
  | { readonly type: 'span-attribute'; readonly key: string }
  | { readonly type: 'assessment'; readonly kind: 'feedback' | 'expectation' | 'issue'; readonly name: string };

/** What is known of a span; its content is all of it as JSON. */
export type SpanPart = 'name' | 'type' | 'status' | 'content';

/** What is known of a dataset that a run read. */
export type DatasetPart = 'name' | 'digest' | 'context';

/** How numbers are compared. */
export type NumberOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** How texts are compared. The negated ones hold, like `!=`, only where there is a value. */
export type TextOperator = '=' | '!=' | 'like' | 'ilike' | 'not-like' | 'not-ilike';

/** What is asked of a field's value. */
export type Test =
  | { readonly type: 'presence'; readonly isPresent: boolean }
  | { readonly type: 'number'; readonly operator: NumberOperator; readonly value: number }
  | { readonly type: 'text'; readonly operator: TextOperator; readonly value: string }
  | { readonly type: 'numbers'; readonly operator: 'in' | 'not-in'; readonly values: readonly number[] }
  | { readonly type: 'texts'; readonly operator: 'in' | 'not-in'; readonly values: readonly string[] };

/** A checked filter: every name is known, every value has its field's type. A clause is true or false, never unknown. */
export type Condition =
  | { readonly type: 'all' | 'any'; readonly parts: readonly Condition[] }
  | { readonly type: 'not'; readonly part: Condition }
  | { readonly type: 'clause'; readonly field: Field; readonly test: Test };
