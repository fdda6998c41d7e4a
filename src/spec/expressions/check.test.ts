import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkExpression } from './check.ts';
import { parseExpression } from './parser.ts';
import { describeFunction, type ExpressionScope, type ExpressionTable } from './table.ts';
import { costConditions, costScope, rowConditions, stepConditions } from './tables/conditions.ts';
import { objectiveScope, objectives } from './tables/objectives.ts';
import { searchSpaces } from './tables/search.ts';
import { columnTypeOf, describeType } from './types.ts';

const objective = objectiveScope({
  baselines: ['old', 'trivial'],
  metrics: ['fairness'],
  groups: ['origin_state', 'distance'],
  columns: new Map([
    ['distance', columnTypeOf('int64')],
    ['origin', columnTypeOf('string')],
    ['date', columnTypeOf('date')],
    ['when', columnTypeOf('timestamp')],
    ['late', columnTypeOf('boolean')],
  ]),
});
const open: ExpressionScope = { names: new Map(), open: true };

function check(text: string, table: ExpressionTable = objectives, scope: ExpressionScope = objective) {
  const { expression, findings } = parseExpression(text);
  expect(findings, text).toEqual([]);
  return checkExpression(expression!, table, scope);
}

function rules(text: string, table: ExpressionTable = objectives, scope: ExpressionScope = objective): string[] {
  return check(text, table, scope).findings.map((finding) => finding.rule.replace('expression/', ''));
}

describe('objectives', () => {
  test.each([
    'trivial.cost - new.cost > 0.05 +/- 0.05',
    'gap(recall by origin_state) <= 0.15',
    'latency.p99 <= 20 ms',
    'size < 100 MiB',
    'new.latency.p99 - old.latency.p99 <= 1 ms',
    'disagreement(new, old) < 0.1 +/- 0.01',
    'accuracy where distance > 500 >= 0.8',
    "accuracy where origin in ['A', 'B'] and not late and hour(when) < 6 >= 0.8",
    "accuracy where date >= '2001-01-31' > 0.5",
    'new.recall(class=1) > 0.5 +/- 0.1',
    'abs(new.positive_rate - old.positive_rate) < 0.05 +/- 0.02',
    'fairness < 0.2',
    'min((new.accuracy - old.accuracy) by distance) > -0.01 +/- 0.01',
    'mae(cap=60) < 10 +/- 1',
    '2 * accuracy - 15% > 1',
  ])('%s is right', (text) => {
    expect(check(text)).toMatchObject({ findings: [], type: { kind: 'boolean' } });
  });

  test.each([
    ['latency.p99 <= 20', ['unit-mismatch']],
    ['latency.p99 <= 20 MiB', ['unit-mismatch']],
    ['latency.p99 + accuracy < 1', ['unit-mismatch']],
    ['latency.p99 < 20 ms +/- 0.1', ['unit-mismatch']],
    ['latency.p99 / latency.p50 < 3', []],
    ['acuracy > 0.5', ['unknown-name']],
    ['older.accuracy > 0.5', ['unknown-name']],
    ['gap(recall by origin_stat) < 1', ['unknown-name']],
    ['recall by origin_state < 1', ['type-mismatch']],
    ['gap(recall) < 1', ['type-mismatch']],
    ['gaap(recall by distance) < 1', ['unknown-function']],
    ['accuracy', ['type-mismatch']],
    ['accuracy > 0.5 and cost < 1', ['not-allowed-here']],
    ['accuracy == 0.5', ['not-allowed-here']],
    ['accuracy > 0.5 +/- 0', ['bad-argument']],
    ['accuracy > 0.5 +/- cost', ['not-constant']],
    ['accuracy > 0.5 +/- -0.1', ['bad-argument']],
    ["accuracy > 'a'", ['type-mismatch']],
    ['accuracy where distanc > 5 > 0.5', ['unknown-name']],
    ['accuracy where distance > 0.5', []],
    ['accuracy where distance >= 0.8 and recall > 1 > 0.5', ['unknown-name']],
    ['accuracy where distance matches 5 > 0.5', ['type-mismatch', 'type-mismatch']],
    ["accuracy where origin matches '(' > 0.5", ['bad-pattern']],
    ["accuracy where origin matches '(?=a)' > 0.5", ['bad-pattern']],
    ["accuracy where date > 'yesterday' > 0.5", ['bad-argument']],
    ['disagreement(new) > 0.1', ['missing-argument']],
    ['disagreement(new, old, trivial) > 0.1', ['too-many-arguments']],
    ['disagreement(new, accuracy) > 0.1', ['type-mismatch']],
    ['recall(klass=1) > 0.1', ['unknown-argument']],
    ['mae(cap=-1) > 0.1', ['bad-argument']],
    ['newer.recall(class=1) > 0.1', ['unknown-function']],
    ['new.gap(recall by distance) > 0.1', ['unknown-function']],
    ['[1, 2] > 0.1', ['not-allowed-here', 'type-mismatch']],
  ])('%s: %j', (text, expected) => {
    // `accuracy where distance > 0.5` reads as a quantity alone, which the whole must not be.
    const found = rules(text);
    if (text === 'accuracy where distance > 0.5') expect(found).toEqual(['type-mismatch']);
    else expect(found).toEqual(expected);
  });

  test('names the nearest and the place', () => {
    expect(check('0.5 < new.acuracy').findings[0]).toMatchObject({
      span: { start: 6, end: 17 },
      suggestion: 'new.accuracy',
      found: 'new.acuracy',
    });
    expect(check('latency.p99 <= 20').findings[0]).toMatchObject({ suggestion: '20 ms' });
    expect(check('gap(recall by origin_stat) < 1').findings[0]).toMatchObject({ suggestion: 'origin_state' });
    expect(check('recall by origin_state < 1').findings[0]?.suggestion).toContain('gap');
  });
});

describe('other tables', () => {
  test('costs are conditions over what was predicted and what was true', () => {
    const binary = costScope('binary');
    expect(rules('predicted and not actual', costConditions, binary)).toEqual([]);
    expect(rules('predicted or delay', costConditions, binary)).toEqual(['unknown-name']);
    expect(rules("predicted == 'late'", costConditions, binary)).toEqual(['type-mismatch']);
    expect(
      rules("predicted == 'late' and actual in ['early', 'on time']", costConditions, costScope('multiclass')),
    ).toEqual([]);
    expect(rules('predicted + 1', costConditions, binary)).toContain('not-allowed-here');
  });

  test('search spaces', () => {
    const none: ExpressionScope = { names: new Map() };
    expect(rules('log_uniform(0.01, 0.3)', searchSpaces, none)).toEqual([]);
    expect(rules('choice([1, 2])', searchSpaces, none)).toEqual([]);
    expect(rules('log_uniform(0, 1)', searchSpaces, none)).toEqual(['bad-argument']);
    expect(rules('uniform(2, 1)', searchSpaces, none)).toEqual(['bad-argument']);
    expect(rules('int(1, 2.5)', searchSpaces, none)).toEqual(['type-mismatch']);
    expect(rules('int(1)', searchSpaces, none)).toEqual(['missing-argument']);
    expect(rules('lognormal(1, 2)', searchSpaces, none)).toEqual(['unknown-function']);
    expect(rules('3', searchSpaces, none)).toEqual(['type-mismatch']);
  });

  test('conditions of steps and rows', () => {
    expect(rules('evaluation.accuracy > 0.8', stepConditions, open)).toEqual([]);
    expect(rules('1 + 1', stepConditions, open)).toEqual(['type-mismatch']);
    expect(rules("a is not null and b between 1 and 2 and c not in ['x']", rowConditions, open)).toEqual([]);
    expect(rules("a > 1 and 'x'", rowConditions, open)).toEqual(['type-mismatch']);
    expect(rules("x in [1, 'a']", rowConditions, open)).toEqual([]);
    expect(rules("1 in ['a']", rowConditions, open)).toEqual(['type-mismatch']);
    expect(rules('x in 3', rowConditions, open)).toEqual(['type-mismatch']);
  });

  test('every function of every table has an example that is right', () => {
    for (const table of [objectives, rowConditions, searchSpaces]) {
      for (const entry of table.functions) {
        expect(describeFunction(entry)).toContain(`${entry.name}(`);
        const parsed = parseExpression(entry.example);
        expect(parsed.findings, entry.example).toEqual([]);
        const scope = table === objectives ? objective : open;
        const rest = checkExpression(parsed.expression!, table, scope).findings.filter(
          (finding) => finding.rule !== 'expression/type-mismatch',
        );
        expect(rest, entry.example).toEqual([]);
      }
    }
  });
});

test('never throws, whatever the tree', () => {
  const words = [
    'accuracy',
    'new',
    'gap(',
    'recall by distance',
    ')',
    '(',
    '1',
    "'a'",
    '20 ms',
    '+',
    '-',
    '*',
    '<',
    '>=',
    'and',
    'not',
    'in',
    '[',
    ']',
    ',',
    '+/-',
    'where',
    'distance',
    'true',
    'null',
    'is null',
    'between',
    "matches '('",
    'class=',
    'date',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words), { maxLength: 14 }), (parts) => {
      const { expression } = parseExpression(parts.join(' '));
      if (expression === null) return;
      for (const table of [objectives, costConditions, rowConditions, searchSpaces, stepConditions]) {
        const { type, findings } = checkExpression(expression, table, objective);
        expect(describeType(type)).not.toBe('');
        for (const { message } of findings) expect(message).not.toContain('undefined');
      }
    }),
    { numRuns: 5000 },
  );
});
