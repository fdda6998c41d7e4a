/** A ruleset of the Data Quality Definition Language as it was read: rules with their places. */
import type { Span } from '../../originals/index.ts';

/** What a condition compares with. */
export type Operand =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'keyword'; readonly word: 'NULL' | 'EMPTY' | 'WHITESPACES_ONLY' }
  /** The moment of the check, and so many milliseconds later. */
  | { readonly kind: 'moment'; readonly offsetMs: number }
  | { readonly kind: 'duration'; readonly ms: number }
  /** What is not known before the rules run, or not here, with why. */
  | { readonly kind: 'unknown'; readonly why: string };

/** How a value is compared. */
export type Comparison =
  | '='
  | '!='
  | '>'
  | '>='
  | '<'
  | '<='
  | 'between'
  | 'not between'
  | 'in'
  | 'not in'
  | 'matches'
  | 'not matches';

/** A condition: of `between` two operands, of sets any number, else one. */
export interface RuleCondition {
  readonly op: Comparison;
  readonly operands: readonly Operand[];
  readonly span: Span;
}

/** A rule. */
export interface Rule {
  readonly kind: 'rule';
  readonly type: string;
  readonly parameters: readonly string[];
  readonly condition: RuleCondition | null;
  /** A condition in SQL over the rows that the rule is about. */
  readonly where: string | null;
  /** What stands behind `with`, by its name: `threshold`. */
  readonly tags: ReadonlyMap<string, RuleCondition>;
  readonly span: Span;
}

/** Several rules of which all, or any, must hold. */
export interface CompositeRule {
  readonly kind: 'and' | 'or';
  readonly rules: readonly RuleNode[];
  readonly span: Span;
}

/** A rule, or several put together. */
export type RuleNode = Rule | CompositeRule;

/** What a file of the language says. */
export interface Ruleset {
  readonly rules: readonly RuleNode[];
  /** What is measured, and asks nothing. */
  readonly analyzers: readonly Rule[];
}
