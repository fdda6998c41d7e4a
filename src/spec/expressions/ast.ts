/** A stretch of an expression's text, in UTF-16 offsets: `start` included, `end` excluded. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Operators that stand between two operands. `is_null` has `null` as its right operand, `between` a list of two. */
export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | 'and'
  | 'or'
  | '<'
  | '<='
  | '>'
  | '>='
  | '=='
  | '!='
  | 'in'
  | 'between'
  | 'matches'
  | 'is_null';

/** A number in its base unit: milliseconds (`ms`), bytes (`B`), or no unit (shares and percentages too: 15% is 0.15). */
export interface NumberExpression {
  readonly kind: 'number';
  readonly value: number;
  readonly unit?: 'ms' | 'B';
  readonly span: Span;
}
/** A text in quotes. */
export interface StringExpression {
  readonly kind: 'string';
  readonly value: string;
  readonly span: Span;
}
/** `true` or `false`. */
export interface BooleanExpression {
  readonly kind: 'boolean';
  readonly value: boolean;
  readonly span: Span;
}
/** `null`. */
export interface NullExpression {
  readonly kind: 'null';
  readonly span: Span;
}
/** A name with its dotted parts: `old.accuracy` is `['old', 'accuracy']`; a parameter `$rows` is `['$rows']`. */
export interface NameExpression {
  readonly kind: 'name';
  readonly path: readonly string[];
  readonly span: Span;
}
/** A call. The name may be dotted (`new.recall`). */
export interface CallExpression {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Expression[];
  readonly named: Readonly<Record<string, Expression>>;
  readonly span: Span;
}
/** A list in brackets. */
export interface ListExpression {
  readonly kind: 'list';
  readonly items: readonly Expression[];
  readonly span: Span;
}
/** A sign or a negation. */
export interface UnaryExpression {
  readonly kind: 'unary';
  readonly op: '-' | 'not';
  readonly operand: Expression;
  readonly span: Span;
}
/** Two operands and what stands between them. */
export interface BinaryExpression {
  readonly kind: 'binary';
  readonly op: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly span: Span;
}
/** A quantity by groups, restricted to rows, or both; `by` is empty where there is only a `where`. */
export interface GroupedExpression {
  readonly kind: 'grouped';
  readonly value: Expression;
  readonly by: readonly string[];
  readonly where?: Expression;
  readonly span: Span;
}
/** A bound with its tolerance: `0.05 +/- 0.01`. */
export interface ToleranceExpression {
  readonly kind: 'tolerance';
  readonly of: Expression;
  readonly plusMinus: Expression;
  readonly span: Span;
}

/** What the parser returns: one tree for objectives, checks, transforms, split rules, search spaces and conditions. */
export type Expression =
  | NumberExpression
  | StringExpression
  | BooleanExpression
  | NullExpression
  | NameExpression
  | CallExpression
  | ListExpression
  | UnaryExpression
  | BinaryExpression
  | GroupedExpression
  | ToleranceExpression;

/** Words that are part of the grammar; a column of such a name is written in backticks. */
export const keywords: ReadonlySet<string> = new Set([
  'and',
  'or',
  'not',
  'in',
  'between',
  'matches',
  'is',
  'null',
  'true',
  'false',
  'by',
  'where',
]);

/** Longest expression that is read, in UTF-16 code units. */
export const maximumLength = 16_384;
/** Deepest tree that is built; what nests deeper is a finding, so that no later walk can run out of stack. */
export const maximumDepth = 200;
