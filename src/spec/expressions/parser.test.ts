import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Expression } from './ast.ts';
import { locateSpan } from './finding.ts';
import { formatExpression } from './format.ts';
import { parseExpression } from './parser.ts';
import { sameExpression, withoutSpans } from './walk.ts';

function tree(text: string): unknown {
  const { expression, findings } = parseExpression(text);
  expect(findings, text).toEqual([]);
  return withoutSpans(expression!);
}

function canonical(text: string): string {
  const { expression, findings } = parseExpression(text);
  expect(findings, text).toEqual([]);
  return formatExpression(expression!);
}

function rules(text: string): string[] {
  const { expression, findings } = parseExpression(text);
  expect(expression).toBeNull();
  return findings.map((finding) => finding.rule);
}

describe('parseExpression', () => {
  test('reads every form of the declaration', () => {
    const texts = [
      'trivial.cost - new.cost > 0.05 +/- 0.05',
      'gap(recall by origin_state) <= 0.15',
      'latency.p99 <= 20 ms',
      'size < 100 MiB',
      'disagreement(new, old) < 0.1 +/- 0.01',
      'distance between 10 and 6000',
      "origin in ['A', 'B']",
      "tail matches '^N[0-9]+$'",
      'unique(key)',
      'not null(x)',
      'bucketize(hour(date), [6, 12, 18])',
      'vocabulary(origin, top=50)',
      'standardize(log1p(distance))',
      'time(date)',
      'hash(key)',
      'log_uniform(0.01, 0.3)',
      'predicted and not actual',
      'evaluation.accuracy > 0.8',
      'new.recall(class=1) > 0.5',
      'x is not null and y not in [1, 2]',
      'recall by [origin_state, carrier] where distance > 500',
    ];
    for (const text of texts) expect(canonical(text)).toBe(text);
  });

  test('binds a tolerance to its bound', () => {
    expect(tree('accuracy > 0.9 +/- 0.01')).toEqual({
      kind: 'binary',
      op: '>',
      left: { kind: 'name', path: ['accuracy'] },
      right: {
        kind: 'tolerance',
        of: { kind: 'number', value: 0.9 },
        plusMinus: { kind: 'number', value: 0.01 },
      },
    });
    expect(canonical('a > 1 - 0.5 ± 2*0.1')).toBe('a > 1 - 0.5 +/- 2 * 0.1');
  });

  test('reads a comparison behind a condition as one of the quantity', () => {
    expect(canonical('accuracy where distance > 500 >= 0.8')).toBe('(accuracy where distance > 500) >= 0.8');
    expect(canonical("accuracy where a == 'x' and b > 1 >= 0.8")).toBe("(accuracy where a == 'x' and b > 1) >= 0.8");
    expect(rules('trivial.cost - new.cost where distance > 5 > 0.1')).toEqual(['expression/ambiguous-where']);
    expect(canonical('(trivial.cost - new.cost) where d > 5 > 0.1')).toBe(
      '((trivial.cost - new.cost) where d > 5) > 0.1',
    );
  });

  test('reads units into base units and percentages exactly', () => {
    expect(tree('15%')).toEqual({ kind: 'number', value: 0.15 });
    expect(tree('7.3%')).toEqual({ kind: 'number', value: 0.073 });
    expect(tree('1e1%')).toEqual({ kind: 'number', value: 0.1 });
    expect(tree('20 ms')).toEqual({ kind: 'number', value: 20, unit: 'ms' });
    expect(tree('1d')).toEqual({ kind: 'number', value: 86_400_000, unit: 'ms' });
    expect(tree('1 MiB')).toEqual({ kind: 'number', value: 1_048_576, unit: 'B' });
    expect(canonical('90 min')).toBe('90 min');
    expect(canonical('120 min')).toBe('2 h');
  });

  test('reads quoted names and doubled quotes', () => {
    expect(tree("`flight no` == 'it''s'")).toEqual({
      kind: 'binary',
      op: '==',
      left: { kind: 'name', path: ['flight no'] },
      right: { kind: 'string', value: "it's" },
    });
    expect(canonical('`by` > 1 and a.by > `b``c`')).toBe('`by` > 1 and a.by > `b``c`');
    expect(canonical(`x == "a'b"`)).toBe("x == 'a''b'");
  });

  test('names what is wrong, where, and what to write instead', () => {
    const [found] = parseExpression('accuracy >\n  0.5 &&x').findings;
    expect(found).toMatchObject({ rule: 'expression/unexpected-character', found: '&&', suggestion: 'and' });
    expect(locateSpan('accuracy >\n  0.5 &&x', found!.span)).toEqual({
      line: 2,
      column: 7,
      offset: 17,
      endLine: 2,
      endColumn: 9,
    });
    expect(parseExpression('a = 1').findings[0]).toMatchObject({ suggestion: '==' });
    expect(parseExpression('20 mss').findings[0]).toMatchObject({ rule: 'expression/unknown-unit', suggestion: 'ms' });
    expect(parseExpression("x == 'abc").findings[0]).toMatchObject({ rule: 'expression/unterminated-text' });
    expect(parseExpression('x betwen 1 and 2').findings[0]).toMatchObject({ suggestion: 'between' });
    expect(rules('1 < x < 3')).toEqual(['expression/chained-comparison']);
    expect(rules('')).toEqual(['expression/empty']);
    expect(rules('  ')).toEqual(['expression/empty']);
    expect(rules('1e999')).toEqual(['expression/bad-number']);
    expect(rules('f(a=1, a=2)')).toEqual(['expression/repeated-argument']);
    expect(rules('f(a=1, 2)')).toEqual(['expression/unexpected-token']);
    expect(rules('f(1')).toEqual(['expression/unexpected-token']);
  });

  test('bounds length and depth', () => {
    expect(rules('('.repeat(10_000))).toEqual(['expression/too-deep']);
    expect(rules(`${'('.repeat(8000)}1${')'.repeat(8000)}`)).toEqual(['expression/too-deep']);
    expect(rules('-'.repeat(10_000))).toEqual(['expression/too-deep']);
    expect(rules('not '.repeat(4000))).toEqual(['expression/too-deep']);
    expect(rules(`1${'+1'.repeat(5000)}`)).toEqual(['expression/too-deep']);
    expect(rules('['.repeat(10_000))).toEqual(['expression/too-deep']);
    expect(rules('f('.repeat(5000))).toEqual(['expression/too-deep']);
    expect(rules('a where '.repeat(2000))).toEqual(['expression/too-deep']);
    expect(rules('1'.repeat(20_000))).toEqual(['expression/too-long']);
  });

  test('never throws and always explains, whatever the text', () => {
    const words = [
      'a',
      'b.c',
      '1',
      '0.5%',
      '20 ms',
      "'t'",
      '(',
      ')',
      '[',
      ']',
      ',',
      '=',
      '+/-',
      '<',
      '>=',
      'and',
      'or',
      'not',
      'in',
      'between',
      'is',
      'null',
      'by',
      'where',
      '-',
      '*',
      'f(',
      'k=',
      '`',
      "'",
      '.',
    ];
    const soup = fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((parts) => parts.join(' '));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), soup), (text) => {
        const { expression, findings } = parseExpression(text);
        expect(expression === null).toBe(findings.length > 0);
        for (const { span } of findings) {
          expect(span.start).toBeGreaterThanOrEqual(0);
          expect(span.end).toBeLessThanOrEqual(text.length);
        }
        if (expression !== null)
          expect(sameExpression(parseExpression(formatExpression(expression)).expression!, expression)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

const span = { start: 0, end: 0 };
const nameText = fc.oneof(
  fc.constantFrom('accuracy', 'origin', 'by', 'null', 'x1', 'größe', '_a', 'flight no', 'a`b', 'ms', '1x'),
  fc.string({ minLength: 1, maxLength: 5 }),
);
const callName = fc.constantFrom('gap', 'new.recall', 'f', 'null', 'unique');
const { expression: arbitrary } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.record({
      kind: fc.constant('number' as const),
      value: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map((value) => Math.abs(value)),
      span: fc.constant(span),
    }),
    fc.record({
      kind: fc.constant('number' as const),
      value: fc.nat(1e9),
      unit: fc.constantFrom('ms' as const, 'B' as const),
      span: fc.constant(span),
    }),
    fc.record({ kind: fc.constant('string' as const), value: fc.string(), span: fc.constant(span) }),
    fc.record({ kind: fc.constant('boolean' as const), value: fc.boolean(), span: fc.constant(span) }),
    fc.record({ kind: fc.constant('null' as const), span: fc.constant(span) }),
    fc.record({
      kind: fc.constant('name' as const),
      path: fc.array(nameText, { minLength: 1, maxLength: 3 }),
      span: fc.constant(span),
    }),
    fc.record({
      kind: fc.constant('list' as const),
      items: fc.array(tie('expression'), { maxLength: 3 }),
      span: fc.constant(span),
    }),
    fc.record({
      kind: fc.constant('call' as const),
      name: callName,
      args: fc.array(tie('expression'), { maxLength: 2 }),
      named: fc.dictionary(fc.constantFrom('top', 'k', 'a_b'), tie('expression'), { maxKeys: 2 }),
      span: fc.constant(span),
    }),
    fc.record({
      kind: fc.constant('unary' as const),
      op: fc.constantFrom('-' as const, 'not' as const),
      operand: tie('expression'),
      span: fc.constant(span),
    }),
    fc.record({
      kind: fc.constant('binary' as const),
      op: fc.constantFrom(
        '+' as const,
        '-' as const,
        '*' as const,
        '/' as const,
        'and' as const,
        'or' as const,
        '<' as const,
        '<=' as const,
        '>' as const,
        '>=' as const,
        '==' as const,
        '!=' as const,
        'in' as const,
        'matches' as const,
      ),
      left: tie('expression'),
      right: tie('expression'),
      span: fc.constant(span),
    }),
    fc.record({
      kind: fc.constant('binary' as const),
      op: fc.constant('between' as const),
      left: tie('expression'),
      right: fc.tuple(tie('expression'), tie('expression')).map((items) => ({ kind: 'list' as const, items, span })),
      span: fc.constant(span),
    }),
    fc.record({
      kind: fc.constant('binary' as const),
      op: fc.constant('is_null' as const),
      left: tie('expression'),
      right: fc.constant({ kind: 'null' as const, span }),
      span: fc.constant(span),
    }),
    fc.record({
      kind: fc.constant('grouped' as const),
      value: tie('expression'),
      by: fc.array(nameText, { minLength: 1, maxLength: 2 }),
      where: tie('expression'),
      span: fc.constant(span),
    }),
    fc.record({
      kind: fc.constant('tolerance' as const),
      of: tie('expression'),
      plusMinus: tie('expression'),
      span: fc.constant(span),
    }),
  ),
}));

describe('formatExpression', () => {
  test('gives a text that reads as the same tree', () => {
    fc.assert(
      fc.property(arbitrary, (expression) => {
        const text = formatExpression(expression);
        const again = parseExpression(text);
        expect(again.findings, text).toEqual([]);
        expect(withoutSpans(again.expression!), text).toEqual(withoutSpans(expression));
        expect(formatExpression(again.expression!)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });
});
