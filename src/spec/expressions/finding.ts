import type { Span } from './ast.ts';

/** What is wrong in an expression, by offsets in its text. `locateSpan` turns the span into line and column. */
export interface ExpressionFinding {
  /** `expression/<rule>`. */
  readonly rule: ExpressionRule;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly span: Span;
  readonly expected?: string;
  readonly found?: string;
  /** What to write instead. */
  readonly suggestion?: string;
}

/** The closed list of what can be wrong in an expression, each with the meaning that the reference shows. */
export const expressionRules = {
  'expression/empty': 'There is no expression.',
  'expression/too-long': 'The expression is longer than 16,384 characters.',
  'expression/too-deep': 'The expression nests deeper than 200 levels.',
  'expression/unexpected-character': 'A character has no meaning in an expression.',
  'expression/unterminated-text': 'A text or a quoted name has no closing quote.',
  'expression/bad-number': 'A number cannot be read or is out of range.',
  'expression/unknown-unit': 'A number is followed by something that is not a unit.',
  'expression/unexpected-token': 'A word or sign stands where something else is expected.',
  'expression/chained-comparison': 'Two comparisons follow one another without `and`.',
  'expression/ambiguous-where': '`by` or `where` follows an arithmetic expression without parentheses.',
  'expression/repeated-argument': 'A named argument is given twice.',
  'expression/unknown-function': 'No function of this name exists here.',
  'expression/unknown-name': 'No column, quantity or parameter of this name exists here.',
  'expression/unknown-argument': 'The function has no argument of this name.',
  'expression/missing-argument': 'The function needs an argument that is not given.',
  'expression/too-many-arguments': 'The function takes fewer arguments.',
  'expression/type-mismatch': 'A value has another type than is needed here.',
  'expression/unit-mismatch': 'Two numbers have units that cannot be compared or added.',
  'expression/not-allowed-here': 'The construct exists in the language but has no meaning in this section.',
  'expression/not-constant': 'A constant is needed here.',
  'expression/bad-pattern': 'A regular expression cannot be read.',
  'expression/bad-argument': 'An argument has a value that the function cannot take.',
} as const;

/** A rule of the expression language. */
export type ExpressionRule = keyof typeof expressionRules;

/** Line and column (1-based) and offset of a span of `text`. */
export interface LocatedSpan {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Where a span stands in its text. Spans beyond the end are clamped. */
export function locateSpan(text: string, span: Span): LocatedSpan {
  const start = lineAndColumn(text, span.start);
  const end = lineAndColumn(text, span.end);
  return {
    line: start.line,
    column: start.column,
    offset: Math.min(span.start, text.length),
    endLine: end.line,
    endColumn: end.column,
  };
}

function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lastBreak = before.lastIndexOf('\n');
  let line = 1;
  for (const character of before) if (character === '\n') line++;
  return { line, column: before.length - lastBreak };
}

/** Ends the reading at the first thing that makes the rest meaningless. */
export class Stop {
  readonly finding: ExpressionFinding;

  constructor(finding: ExpressionFinding) {
    this.finding = finding;
  }
}
