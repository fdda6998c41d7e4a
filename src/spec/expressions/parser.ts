/*
 * A Pratt parser: every operator has a binding strength, an operand takes what binds more strongly than its neighbour.
 *
 *   or < and < not < comparison (in, between, matches, is null) < +/- < + - < * / < sign < by, where < call, name, literal
 *
 * Comparisons do not chain. `where` reads its condition as far as it goes; a comparison that follows a finished one
 * belongs to the quantity before `where`, so that `accuracy where distance > 500 >= 0.8` reads as `(accuracy where
 * distance > 500) >= 0.8`. `by` and `where` after arithmetic without parentheses are findings, for there readers
 * disagree. Depth is bounded while nodes are made, so neither this parser nor a later walk can overflow.
 */
import { nearestName } from '../../encoding/index.ts';
import { type BinaryOperator, type Expression, maximumDepth, type Span } from './ast.ts';
import { type ExpressionFinding, type ExpressionRule, Stop } from './finding.ts';
import { type Token, tokenize } from './lexer.ts';
import { toRecord } from './record.ts';
import { isStatement } from './walk.ts';

const strength = { or: 1, and: 2, not: 3, comparison: 4, tolerance: 5, sum: 6, product: 7, sign: 8 } as const;
const comparisons: ReadonlySet<string> = new Set([
  '<',
  '<=',
  '>',
  '>=',
  '==',
  '!=',
  '=',
  'in',
  'between',
  'matches',
  'is',
  'not',
]);
const words = ['and', 'or', 'not', 'in', 'between', 'matches', 'is', 'by', 'where'];

/** What a text says as an expression (null where it cannot be read) and what is wrong in it. */
export interface ParsedExpression {
  readonly text: string;
  readonly expression: Expression | null;
  readonly findings: readonly ExpressionFinding[];
}

/**
 * Reads one expression. Never throws; every text, however long or deep, gives an expression or a finding.
 * @example parseExpression('distance between 10 and 6000').expression
 */
export function parseExpression(text: string): ParsedExpression {
  const { tokens, findings } = tokenize(text);
  if (findings.length > 0) return { text, expression: null, findings };
  if (tokens.length === 1) return empty(text);
  const parser = new Parser(tokens, text);
  try {
    const expression = parser.whole();
    return { text, expression: parser.findings.length > 0 ? null : expression, findings: parser.findings };
  } catch (stop) {
    if (stop instanceof Stop) return { text, expression: null, findings: [...parser.findings, stop.finding] };
    throw stop;
  }
}

function empty(text: string): ParsedExpression {
  const span = { start: 0, end: text.length };
  const message = 'expected an expression, found nothing';
  return { text, expression: null, findings: [{ rule: 'expression/empty', severity: 'error', span, message }] };
}

type Details = Omit<ExpressionFinding, 'rule' | 'severity' | 'span'>;

class Parser {
  readonly findings: ExpressionFinding[] = [];
  private readonly tokens: readonly Token[];
  private readonly text: string;
  private readonly depths = new WeakMap<Expression, number>();
  private readonly parenthesised = new WeakSet<Expression>();
  private index = 0;
  private level = 0;
  /** How many conditions of `where` are being read, since the last bracket. */
  private conditions = 0;

  constructor(tokens: readonly Token[], text: string) {
    this.tokens = tokens;
    this.text = text;
  }

  whole(): Expression {
    const expression = this.expression(0);
    const rest = this.peek();
    if (rest.kind !== 'end') throw this.unexpected('an operator or the end of the expression', words);
    return expression;
  }

  private peek(): Token {
    return this.tokens[this.index]!;
  }

  private advance(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.index++;
    return token;
  }

  private is(text: string): boolean {
    const token = this.peek();
    return (token.kind === 'sign' || token.kind === 'keyword') && token.text === text;
  }

  private accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.index++;
    return true;
  }

  private expect(text: string): Token {
    if (!this.is(text)) throw this.unexpected(`\`${text}\``, [text]);
    return this.advance();
  }

  private stop(rule: ExpressionRule, span: Span, details: Details): Stop {
    return new Stop({ rule, severity: 'error', span, ...details });
  }

  private unexpected(expected: string, candidates: readonly string[]): Stop {
    const token = this.peek();
    const found =
      token.kind === 'end' ? 'the end of the expression' : this.text.slice(token.span.start, token.span.end);
    const near = token.kind === 'name' ? nearestName(token.text, candidates) : null;
    return this.stop('expression/unexpected-token', token.span, {
      message: `expected ${expected}, found ${found}`,
      expected,
      found,
      ...(near === null ? {} : { suggestion: near }),
    });
  }

  /** Notes the depth of a new node and refuses one that is too deep. */
  private node<T extends Expression>(made: T, children: readonly Expression[]): T {
    const depth = 1 + children.reduce((deepest, child) => Math.max(deepest, this.depths.get(child) ?? 1), 0);
    if (depth > maximumDepth) throw this.tooDeep(made.span);
    this.depths.set(made, depth);
    return made;
  }

  private tooDeep(span: Span): Stop {
    return this.stop('expression/too-deep', span, { message: `expected at most ${maximumDepth} levels, found more` });
  }

  private expression(minimum: number): Expression {
    if (++this.level > maximumDepth) throw this.tooDeep(this.peek().span);
    let left = this.prefix();
    for (;;) {
      const next = this.infix(left, minimum);
      if (next === null) break;
      left = next;
    }
    this.level--;
    return left;
  }

  private prefix(): Expression {
    const token = this.peek();
    if (token.kind === 'keyword' && token.text === 'not') {
      this.advance();
      const operand = this.expression(strength.not);
      return this.node(
        { kind: 'unary', op: 'not', operand, span: { start: token.span.start, end: operand.span.end } },
        [operand],
      );
    }
    if (token.kind === 'sign' && (token.text === '-' || token.text === '+')) {
      this.advance();
      const operand = this.expression(strength.sign);
      this.refuseBareWhere(operand);
      if (token.text === '+') return operand;
      return this.node({ kind: 'unary', op: '-', operand, span: { start: token.span.start, end: operand.span.end } }, [
        operand,
      ]);
    }
    return this.postfix(this.primary());
  }

  /** `by` and `where` after a name, a call or parentheses. */
  private postfix(value: Expression): Expression {
    if (!this.is('by') && !this.is('where')) return value;
    const by = this.accept('by') ? this.groups() : [];
    let where: Expression | undefined;
    if (this.accept('where')) {
      this.conditions++;
      where = this.expression(0);
      this.conditions--;
    }
    const span = { start: value.span.start, end: this.tokens[this.index - 1]!.span.end };
    const parts = where === undefined ? [value] : [value, where];
    return this.node({ kind: 'grouped', value, by, ...(where === undefined ? {} : { where }), span }, parts);
  }

  private groups(): string[] {
    if (!this.accept('[')) return [this.group()];
    const names = [this.group()];
    while (this.accept(',')) names.push(this.group());
    this.expect(']');
    return names;
  }

  private group(): string {
    const token = this.peek();
    if (token.kind !== 'name') throw this.unexpected('the name of a group', []);
    this.advance();
    return token.text;
  }

  /** The expression that `left` begins where an operator of at least this strength follows, else null. */
  private infix(left: Expression, minimum: number): Expression | null {
    const token = this.peek();
    if (token.kind !== 'sign' && token.kind !== 'keyword') return null;
    const text = token.text;
    if (comparisons.has(text)) return minimum >= strength.comparison ? null : this.comparison(left);
    const level =
      text === 'or' || text === 'and'
        ? strength[text]
        : text === '+/-'
          ? strength.tolerance
          : text === '+' || text === '-'
            ? strength.sum
            : text === '*' || text === '/'
              ? strength.product
              : 0;
    if (level === 0 || level <= minimum) return null;
    if (level >= strength.sum) this.refuseBareWhere(left);
    this.advance();
    const right = this.expression(level);
    if (level >= strength.sum) this.refuseBareWhere(right);
    const span = { start: left.span.start, end: right.span.end };
    if (text === '+/-') return this.node({ kind: 'tolerance', of: left, plusMinus: right, span }, [left, right]);
    return this.node({ kind: 'binary', op: text as BinaryOperator, left, right, span }, [left, right]);
  }

  private refuseBareWhere(operand: Expression): void {
    if (operand.kind !== 'grouped' || this.parenthesised.has(operand)) return;
    const written = this.text.slice(operand.span.start, operand.span.end);
    this.findings.push({
      rule: 'expression/ambiguous-where',
      severity: 'error',
      span: operand.span,
      message: 'expected parentheses that say how far `by` or `where` reaches in an arithmetic expression, found none',
      suggestion: `(${written})`,
    });
  }

  private comparison(left: Expression): Expression | null {
    if (isStatement(left) && !this.parenthesised.has(left)) {
      if (this.conditions > 0) return null;
      throw this.stop('expression/chained-comparison', this.peek().span, {
        message: 'expected one comparison, found a second one behind it',
        suggestion: 'join two comparisons with `and`, or write `x between low and high`',
      });
    }
    const token = this.advance() as Extract<Token, { text: string }>;
    if (token.text === '=') {
      throw this.stop('expression/unexpected-token', token.span, {
        message: 'expected `==` to compare, found `=`',
        expected: '==',
        found: '=',
        suggestion: '==',
      });
    }
    if (token.text === 'is') return this.isNull(left);
    if (token.text !== 'not') return this.compare(left, token.text as BinaryOperator);
    const negated = this.peek();
    if (!['in', 'between', 'matches'].some((word) => this.is(word)))
      throw this.unexpected('`in`, `between` or `matches`', ['in', 'between', 'matches']);
    this.advance();
    const operand = this.compare(left, (negated as Extract<Token, { text: string }>).text as BinaryOperator);
    return this.node({ kind: 'unary', op: 'not', operand, span: operand.span }, [operand]);
  }

  private compare(left: Expression, op: BinaryOperator): Expression {
    const right = op === 'between' ? this.range() : this.expression(strength.comparison);
    return this.node({ kind: 'binary', op, left, right, span: { start: left.span.start, end: right.span.end } }, [
      left,
      right,
    ]);
  }

  private range(): Expression {
    const low = this.expression(strength.tolerance);
    this.expect('and');
    const high = this.expression(strength.tolerance);
    return this.node({ kind: 'list', items: [low, high], span: { start: low.span.start, end: high.span.end } }, [
      low,
      high,
    ]);
  }

  private isNull(left: Expression): Expression {
    const negated = this.accept('not');
    const end = this.expect('null').span;
    const right = this.node({ kind: 'null', span: end }, []);
    const span = { start: left.span.start, end: end.end };
    const test = this.node({ kind: 'binary', op: 'is_null', left, right, span }, [left, right]);
    return negated ? this.node({ kind: 'unary', op: 'not', operand: test, span }, [test]) : test;
  }

  private primary(): Expression {
    const token = this.peek();
    if (token.kind === 'number' || token.kind === 'string') {
      this.advance();
      return this.node(token, []);
    }
    if (token.kind === 'name') return this.nameOrCall();
    if (token.kind === 'keyword' && (token.text === 'true' || token.text === 'false')) {
      this.advance();
      return this.node({ kind: 'boolean', value: token.text === 'true', span: token.span }, []);
    }
    if (token.kind === 'keyword' && token.text === 'null') {
      this.advance();
      return this.is('(') ? this.call('null', token.span) : this.node({ kind: 'null', span: token.span }, []);
    }
    if (token.kind === 'sign' && token.text === '[') return this.list();
    if (token.kind === 'sign' && token.text === '(') return this.parentheses();
    throw this.unexpected('a name, a number, a text, a list or a function', []);
  }

  private parentheses(): Expression {
    this.expect('(');
    const inner = this.bracketed(() => this.expression(0));
    this.expect(')');
    this.parenthesised.add(inner);
    return inner;
  }

  private bracketed<T>(read: () => T): T {
    const outer = this.conditions;
    this.conditions = 0;
    const result = read();
    this.conditions = outer;
    return result;
  }

  private list(): Expression {
    const start = this.expect('[').span.start;
    const items: Expression[] = [];
    this.bracketed(() => {
      if (this.is(']')) return;
      do items.push(this.expression(0));
      while (this.accept(','));
    });
    const end = this.expect(']').span.end;
    return this.node({ kind: 'list', items, span: { start, end } }, items);
  }

  private nameOrCall(): Expression {
    const first = this.advance() as Extract<Token, { kind: 'name' }>;
    const path = [first.text];
    let end = first.span.end;
    while (this.is('.')) {
      this.advance();
      const part = this.peek();
      if (part.kind !== 'name') throw this.unexpected('a name after the dot', []);
      this.advance();
      path.push(part.text);
      end = part.span.end;
    }
    const span = { start: first.span.start, end };
    if (!first.quoted && this.is('(')) return this.call(path.join('.'), span);
    return this.node({ kind: 'name', path, span }, []);
  }

  private call(name: string, at: Span): Expression {
    this.expect('(');
    const args: Expression[] = [];
    const named: [string, Expression][] = [];
    this.bracketed(() => {
      if (this.is(')')) return;
      do this.argument(args, named);
      while (this.accept(','));
    });
    const end = this.expect(')').span.end;
    const values = [...args, ...named.map(([, value]) => value)];
    return this.node({ kind: 'call', name, args, named: toRecord(named), span: { start: at.start, end } }, values);
  }

  private argument(args: Expression[], named: [string, Expression][]): void {
    const token = this.peek();
    const next = this.tokens[this.index + 1];
    if (token.kind === 'name' && next?.kind === 'sign' && next.text === '=') {
      this.index += 2;
      if (named.some(([name]) => name === token.text)) {
        this.findings.push({
          rule: 'expression/repeated-argument',
          severity: 'error',
          span: token.span,
          message: `expected each named argument once, found ${token.text} again`,
        });
      }
      named.push([token.text, this.expression(0)]);
      return;
    }
    if (named.length > 0) throw this.unexpected('a named argument (name=value) behind a named argument', []);
    args.push(this.expression(0));
  }
}
