/** Quality rules of the Open Data Contract Standard. */
import type { Part } from '../../originals/index.ts';
import type { BinaryOperator, Expression } from '../../spec/index.ts';
import {
  allOf,
  among,
  anyOf,
  binary,
  type Constant,
  call,
  column,
  constant,
  isMissing,
  matching,
  not,
} from '../expressions.ts';
import { constantOf, Fields } from '../fields.ts';
import { NotTaken } from '../not-taken.ts';
import { ecmaPattern } from '../python-pattern.ts';
import type { Statement, Statements } from '../statements.ts';

/** Where rules stand. */
export interface QualityPlace {
  readonly place: string;
  /** The column; null at the table. */
  readonly column: string | null;
  readonly statements: Statements;
}

const operators: Readonly<Record<string, BinaryOperator>> = {
  mustBe: '==',
  mustNotBe: '!=',
  mustBeGreaterThan: '>',
  mustBeGreaterOrEqualTo: '>=',
  mustBeGreaterThanOrEqualTo: '>=',
  mustBeLessThan: '<',
  mustBeLessOrEqualTo: '<=',
  mustBeLessThanOrEqualTo: '<=',
};

/** Rules that are read, with what they become. */
export const qualityMetrics: Readonly<Record<string, { readonly becomes: string; readonly note: string | null }>> = {
  nullValues: { becomes: 'missing_count(x) < n', note: null },
  missingValues: { becomes: "count(x is null or x in ['', 'N/A']) < n", note: null },
  invalidValues: { becomes: 'count(x not in [a, b]) < n', note: 'a missing value is valid here' },
  duplicateValues: {
    becomes: 'duplicate_count(x) < n',
    note: 'rows beyond the first of each value are counted; the standard does not say which',
  },
  rowCount: { becomes: 'row_count() >= n', note: null },
};

/** Reads the rules of a table or column. */
export function readQuality(part: Part | null, { place, column: at, statements }: QualityPlace): void {
  if (part === null) return;
  if (part.kind !== 'list') {
    statements.leave({ kind: 'quality', place, part }, 'expected a list of rules');
    return;
  }
  for (const [index, item] of part.items.entries())
    statements.read({ kind: `quality.${kindOf(item)}`, place: `${place}[${index}]`, part: item }, (statement) =>
      readRule(new Fields(item, 'a rule'), statement, at),
    );
}

function kindOf(part: Part): string {
  const word = (key: string): string | null => {
    const found = part.kind === 'map' ? part.members.get(key)?.part : undefined;
    return found?.kind === 'scalar' && typeof found.value === 'string' ? found.value : null;
  };
  const type = word('type') ?? 'library';
  return type === 'library' ? (word('metric') ?? word('rule') ?? 'library') : type;
}

const leftTypes: Readonly<Record<string, string>> = {
  text: 'it is a sentence for people',
  sql: 'a check carries no SQL',
  custom: 'it is written for another program',
};

/** Kinds of rules that are known and not imported. */
export const leftQuality: readonly (readonly [string, string])[] = Object.entries(leftTypes);

function readRule(fields: Fields, statement: Statement, at: string | null): void {
  const type = fields.text('type') ?? 'library';
  if (Object.hasOwn(leftTypes, type)) throw new NotTaken(leftTypes[type]!);
  if (type !== 'library') throw new NotTaken(`the type ${JSON.stringify(type)} is not known here`);
  const metric = fields.text('metric') ?? fields.needText('rule');
  const args = fields.fields('arguments');
  const count = countOf(metric, { args, at, statement });
  const unit = fields.text('unit') ?? 'rows';
  if (unit !== 'rows' && unit !== 'percent') throw new NotTaken(`the unit ${JSON.stringify(unit)} is not known here`);
  if (unit === 'percent' && metric === 'rowCount') throw new NotTaken('a share of the rows that are all rows is none');
  const measured = unit === 'rows' ? count : binary(binary(constant(100), '*', count), '/', call('row_count'));
  const that = comparisonOf(fields, measured, statement);
  const severity = (fields.text('severity') ?? 'error').toLowerCase();
  const why = fields.text('description') ?? fields.text('name') ?? '';
  fields.skip('id', 'name', 'dimension', 'businessImpact', 'tags', 'customProperties', 'authoritativeDefinitions');
  fields.skip('method', 'schedule', 'scheduler');
  statement.requireAll([...fields.untaken, ...(args?.untaken ?? [])], 'the key');
  statement.ask({ that, severity: /^(?:warn|info)/.test(severity) ? 'warn' : 'fail', why });
}

interface CountOf {
  readonly args: Fields | null;
  readonly at: string | null;
  readonly statement: Statement;
}

function countOf(metric: string, { args, at, statement }: CountOf): Expression {
  if (metric === 'rowCount') return call('row_count');
  if (metric === 'duplicateValues') {
    const names = at === null ? (args?.texts('properties') ?? []) : [at];
    if (names.length === 0) throw new NotTaken('it names no properties');
    return call('duplicate_count', ...names.map(column));
  }
  if (at === null) throw new NotTaken(`${metric} stands at no property`);
  const x = column(at);
  if (metric === 'nullValues') return call('missing_count', x);
  if (metric === 'missingValues') return call('count', missing(x, args));
  if (metric === 'invalidValues') return call('count', invalid(x, args, statement));
  throw new NotTaken(`the metric ${JSON.stringify(metric)} is not known here`);
}

function missing(x: Expression, args: Fields | null): Expression {
  const values = args?.constants('missingValues') ?? [];
  return values.length === 0 ? isMissing(x) : anyOf([isMissing(x), among(x, values)]);
}

function invalid(x: Expression, args: Fields | null, statement: Statement): Expression {
  const valid = args?.constants('validValues') ?? null;
  const pattern = args?.text('pattern') ?? null;
  const conditions: Expression[] = [];
  if (valid !== null) conditions.push(not(among(x, valid)));
  if (pattern !== null) {
    const { pattern: written, differences } = ecmaPattern(pattern);
    statement.differs(...differences);
    conditions.push(not(matching(x, written)));
  }
  if (conditions.length === 0) throw new NotTaken('it names neither validValues nor a pattern');
  return anyOf(conditions);
}

function comparisonOf(fields: Fields, measured: Expression, statement: Statement): Expression {
  const conditions: Expression[] = [];
  for (const [key, op] of Object.entries(operators)) {
    const bound = fields.number(key);
    if (bound !== null) conditions.push(binary(measured, op, constant(bound)));
  }
  const between = pairAt(fields, 'mustBeBetween');
  if (between !== null)
    conditions.push(binary(measured, '>', constant(between[0])), binary(measured, '<', constant(between[1])));
  const beyond = pairAt(fields, 'mustNotBeBetween');
  if (beyond !== null)
    conditions.push(anyOf([binary(measured, '<=', constant(beyond[0])), binary(measured, '>=', constant(beyond[1]))]));
  if (between !== null || beyond !== null)
    statement.differs('the bounds themselves are outside, as the standard says; some programs take them in');
  if (conditions.length === 0) throw new NotTaken('it says not what the metric must be');
  return allOf(conditions);
}

function pairAt(fields: Fields, key: string): readonly [Constant, Constant] | null {
  const items = fields.list(key);
  if (items === null) return null;
  const [low, high] = items.map((item) => constantOf(item, key));
  if (items.length !== 2 || typeof low !== 'number' || typeof high !== 'number')
    throw new NotTaken(`expected two numbers as ${key}`);
  return [low, high];
}
