import type { Part, Span } from '../../originals/index.ts';
import type { Expression } from '../../spec/index.ts';
import { allOf, anyOf, binary, call } from '../expressions.ts';
import type { CheckImporter, ImportedChecks, KnownKind } from '../imported.ts';
import { NotTaken } from '../not-taken.ts';
import { requireLength, type SourceText } from '../source-document.ts';
import { sqlCondition } from '../sql-condition.ts';
import { type Asked, type Statement, Statements, toleranceOf } from '../statements.ts';
import { TextLines } from '../text-lines.ts';
import { numberCondition } from './conditions.ts';
import { readRuleset } from './read-ruleset.ts';
import { leftRules, type ReadRule, ruleKinds } from './rule-kinds.ts';
import type { CompositeRule, Rule, RuleCondition, RuleNode } from './ruleset.ts';

const compositeKinds: readonly KnownKind[] = [
  { name: 'and', becomes: 'the checks of all of them', note: null },
  { name: 'or', becomes: 'count(x > a) == row_count() or …', note: 'a table is as one of them asks as a whole' },
];

/** Rulesets of the Data Quality Definition Language, of Deequ and AWS Glue. */
export const dqdl: CheckImporter = {
  origin: 'dqdl',
  title: 'Deequ, AWS Glue: ruleset in the Data Quality Definition Language (DQDL)',
  kinds: [
    ...Object.entries(ruleKinds).map(([name, { becomes, note = null }]): KnownKind => ({ name, becomes, note })),
    ...compositeKinds,
    ...Object.entries(leftRules).map(([name, note]): KnownKind => ({ name, becomes: null, note })),
  ],
  recognises: () => false,
  recognisesText: (text) =>
    /^[\s\uFEFF]*(?:#[^\n]*\n\s*)*[A-Za-z_]\w*\s*=\s*[[{"]/.test(text) &&
    /(?:^|\n|\]|\})\s*(?:Rules|Analyzers)\s*=\s*\[/.test(text),
  read: (source) => readRules(source),
};

function readRules(source: SourceText): ImportedChecks {
  requireLength(source);
  const lines = new TextLines(source.text);
  const { rules, analyzers } = readRuleset(source, lines);
  const statements = new Statements(({ span }) => lines.position(span));
  for (const [at, node] of rules.entries())
    statements.read({ kind: kindOf(node), place: `Rules[${at}]`, part: partAt(node.span) }, (statement) =>
      askNode(node, statement),
    );
  for (const [at, { type, span }] of analyzers.entries())
    statements.leave({ kind: type, place: `Analyzers[${at}]`, part: partAt(span) }, 'it measures, and asks nothing');
  return { from: 'dqdl', name: null, checks: statements.checks, schema: null, statements: statements.all };
}

function kindOf(node: RuleNode): string {
  return node.kind === 'rule' ? node.type : node.kind;
}

function partAt(span: Span): Part {
  return { kind: 'scalar', value: null, plain: null, span };
}

function askNode(node: RuleNode, statement: Statement): void {
  if (node.kind === 'rule') statement.ask(askedOf(node, statement));
  else if (node.kind === 'and') for (const one of node.rules) askNode(one, statement);
  else {
    statement.ask({ that: tableOf(node, statement), of: 'all' });
    statement.differs(
      'one of the rules holds for the whole table here; where they are looked at row by row (ROW), rows may differ in which',
    );
  }
}

function askedOf(rule: Rule, statement: Statement): Asked {
  const read = readRule(rule, statement);
  const where = rule.where === null ? null : sqlCondition(rule.where);
  const threshold = rule.tags.get('threshold') ?? null;
  if (threshold !== null) return { ...withThreshold(read, threshold), where };
  const { that } = read;
  if (read.kind === 'set') return { that, where };
  // What passes where a value is missing says so itself, or nothing is said of it.
  const isOfPresent = read.kind === 'rows' && read.passes !== read.that;
  return { that, where, of: isOfPresent ? 'present' : 'all' };
}

function readRule(rule: Rule, statement: Statement): ReadRule {
  if (Object.hasOwn(leftRules, rule.type)) throw new NotTaken(leftRules[rule.type]!);
  const kind = Object.hasOwn(ruleKinds, rule.type) ? ruleKinds[rule.type] : undefined;
  if (kind === undefined) throw new NotTaken('it is no rule that is known here');
  const tags = [...rule.tags.keys()].filter((tag) => tag !== 'threshold');
  statement.requireAll(tags, 'what stands behind with,');
  return kind.read(rule, statement);
}

/** A share of the rows must pass. */
function withThreshold(read: ReadRule, threshold: RuleCondition): Asked {
  if (read.kind !== 'rows')
    throw new NotTaken('a share of rows is asked for (with threshold), and it is about no single rows');
  const [operand] = threshold.operands;
  if (threshold.op === '>=' && operand?.kind === 'number')
    return { that: read.passes, of: 'all', tolerance: toleranceOf(operand.value) };
  return { that: numberCondition(call('share', read.passes), threshold) };
}

/** A rule, or several, as a condition over the table. @throws NotTaken */
function tableOf(node: RuleNode, statement: Statement): Expression {
  if (node.kind === 'rule') return tableOfRule(node, statement);
  const conditions = (node as CompositeRule).rules.map((one) => tableOf(one, statement));
  return node.kind === 'and' ? allOf(conditions) : anyOf(conditions);
}

function tableOfRule(rule: Rule, statement: Statement): Expression {
  const read = readRule(rule, statement);
  const threshold = rule.tags.get('threshold') ?? null;
  if (read.kind !== 'rows') {
    if (rule.where !== null || threshold !== null)
      throw new NotTaken(`${rule.type} with where or a threshold is no condition over the whole table, which or joins`);
    return read.kind === 'table' ? read.that : read.table;
  }
  const where = rule.where === null ? null : sqlCondition(rule.where);
  if (threshold !== null) {
    if (where !== null) throw new NotTaken(`${rule.type} with where and a threshold is not joined by or`);
    return numberCondition(call('share', read.passes), threshold);
  }
  const good = call('count', where === null ? read.passes : allOf([where, read.passes]));
  return binary(good, '==', where === null ? call('row_count') : call('count', where));
}
