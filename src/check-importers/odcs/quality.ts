/** Quality rules of the Open Data Contract Standard. */
import { flowText, readChecksFile, type Tolerance } from '../../data-quality/index.ts';
import { type Part, plainOf } from '../../originals/index.ts';
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
  isPresent,
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

/** What a metric must be. Of two words for one operator the first is that of the standard. */
export const qualityOperators: Readonly<Record<string, BinaryOperator>> = {
  mustBe: '==',
  mustNotBe: '!=',
  mustBeGreaterThan: '>',
  mustBeGreaterOrEqualTo: '>=',
  mustBeGreaterThanOrEqualTo: '>=',
  mustBeLessThan: '<',
  mustBeLessOrEqualTo: '<=',
  mustBeLessThanOrEqualTo: '<=',
};

/** What a rule of type custom names as its engine where its implementation is a check of ours. */
export const ourEngine = 'mlspec';

/** Rules that are read, with what they become. */
export const qualityMetrics: Readonly<Record<string, { readonly becomes: string; readonly note: string | null }>> = {
  nullValues: { becomes: 'x is not null, missing_count(x) > n', note: null },
  missingValues: {
    becomes: "x is not null and x not in ['', 'N/A'], count(x is null or x in ['', 'N/A']) > n",
    note: null,
  },
  invalidValues: { becomes: 'x in [a, b], count(x not in [a, b]) > n', note: 'a missing value is valid here' },
  duplicateValues: {
    becomes: 'unique(x), duplicate_count(x) < n',
    note: 'rows beyond the first of each value are counted; the standard does not say which',
  },
  rowCount: { becomes: 'row_count() >= n', note: null },
  [ourEngine]: { becomes: 'the check', note: 'a rule of type custom that mlspec data export wrote' },
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
  if (type === 'custom' && word('engine') === ourEngine) return ourEngine;
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
  if (type === 'custom' && fields.text('engine') === ourEngine) {
    readOurs(fields, statement);
    return;
  }
  if (Object.hasOwn(leftTypes, type)) throw new NotTaken(leftTypes[type]!);
  if (type !== 'library') throw new NotTaken(`the type ${JSON.stringify(type)} is not known here`);
  const metric = fields.text('metric') ?? fields.needText('rule');
  const args = fields.fields('arguments');
  const unit = fields.text('unit') ?? 'rows';
  if (unit !== 'rows' && unit !== 'percent') throw new NotTaken(`the unit ${JSON.stringify(unit)} is not known here`);
  if (unit === 'percent' && metric === 'rowCount') throw new NotTaken('a share of the rows that are all rows is none');
  const { good, count } = measureOf(metric, { args, at, statement });
  const allowed = allowedOf(fields, { metric, unit });
  const measured =
    unit === 'rows' ? count : call('nan_as_missing', binary(binary(constant(100), '*', count), '/', call('row_count')));
  const asked =
    good !== null && allowed !== null
      ? { that: good, tolerance: allowed }
      : { that: comparisonOf(fields, measured, statement) };
  const severity = (fields.text('severity') ?? 'error').toLowerCase();
  const why = fields.text('description') ?? fields.text('name') ?? '';
  fields.skip('id', 'name', ...aboutRules);
  statement.requireAll([...fields.untaken, ...(args?.untaken ?? [])], 'the key');
  statement.ask({ ...asked, severity: /^(?:warn|info)/.test(severity) ? 'warn' : 'fail', why });
}

const aboutRules = [
  ...['dimension', 'businessImpact', 'tags', 'customProperties', 'authoritativeDefinitions'],
  ...['method', 'schedule', 'scheduler'],
];

/** A rule whose implementation is a check as a file of checks has it. Code is not taken over: who wrote the contract may not run any here. */
function readOurs(fields: Fields, statement: Statement): void {
  const implementation = fields.get('implementation');
  if (implementation?.kind !== 'map') throw new NotTaken('expected a mapping as implementation');
  const { read, findings } = readChecksFile(`checks:\n  - ${flowText(plainOf(implementation))}\n`, 'implementation');
  const check = read?.checks[0];
  if (check === undefined) throw new NotTaken(`it makes no check that can be read: ${findings[0]?.message ?? ''}`);
  if (check.own) throw new NotTaken('it is code, which is not taken over');
  fields.skip('id', 'name', 'description', 'severity', ...aboutRules);
  statement.requireAll(fields.untaken, 'the key');
  statement.checks.push(check);
}

/**
 * How many rows may be otherwise, where a rule says that and no more: then the check is one of rows, and tells which they are. Null
 * where it says something else.
 */
function allowedOf(fields: Fields, of: { readonly metric: string; readonly unit: string }): Tolerance | null {
  const [key, ...more] = [...Object.keys(qualityOperators), 'mustBeBetween', 'mustNotBeBetween'].filter(
    (one) => fields.get(one) !== null,
  );
  if (key === undefined || more.length > 0 || !upperBounds.has(key)) return null;
  const value = fields.number(key);
  if (value === 0 && key !== 'mustBeLessThan') return 0;
  if (value === null || key === 'mustBe' || of.metric === 'duplicateValues') return null;
  if (of.unit === 'percent') {
    const isOfAll = of.metric === 'nullValues' || of.metric === 'missingValues';
    return isOfAll && key !== 'mustBeLessThan' && value > 0 && value < 100 ? value / 100 : null;
  }
  const rows = key === 'mustBeLessThan' ? Math.ceil(value) - 1 : Math.floor(value);
  if (rows < 0 || !Number.isSafeInteger(rows)) return null;
  return rows === 0 ? 0 : { rows };
}

const upperBounds = new Set(['mustBe', 'mustBeLessThan', 'mustBeLessOrEqualTo', 'mustBeLessThanOrEqualTo']);

interface CountOf {
  readonly args: Fields | null;
  readonly at: string | null;
  readonly statement: Statement;
}

/** What is counted, and what is true of every row that is not; null where that is no matter of rows. */
interface Measure {
  readonly good: Expression | null;
  readonly count: Expression;
}

function measureOf(metric: string, { args, at, statement }: CountOf): Measure {
  if (metric === 'rowCount') return { good: null, count: call('row_count') };
  if (metric === 'duplicateValues') {
    const names = at === null ? (args?.texts('properties') ?? []) : [at];
    if (names.length === 0) throw new NotTaken('it names no properties');
    return { good: call('unique', ...names.map(column)), count: call('duplicate_count', ...names.map(column)) };
  }
  if (at === null) throw new NotTaken(`${metric} stands at no property`);
  const x = column(at);
  if (metric === 'nullValues') return { good: isPresent(x), count: call('missing_count', x) };
  if (metric === 'missingValues') return missing(x, args);
  if (metric === 'invalidValues') return invalid(x, args, statement);
  throw new NotTaken(`the metric ${JSON.stringify(metric)} is not known here`);
}

function missing(x: Expression, args: Fields | null): Measure {
  const values = args?.constants('missingValues') ?? [];
  if (values.length === 0) return { good: isPresent(x), count: call('count', isMissing(x)) };
  const [good, bad] = [allOf([isPresent(x), not(among(x, values))]), anyOf([isMissing(x), among(x, values)])];
  return { good, count: call('count', bad) };
}

function invalid(x: Expression, args: Fields | null, statement: Statement): Measure {
  const valid = args?.constants('validValues') ?? null;
  const pattern = args?.text('pattern') ?? null;
  const good: Expression[] = [];
  if (valid !== null) good.push(among(x, valid));
  if (pattern !== null) {
    const { pattern: written, differences } = ecmaPattern(pattern);
    statement.differs(...differences);
    good.push(matching(x, written));
  }
  if (good.length === 0) throw new NotTaken('it names neither validValues nor a pattern');
  return { good: allOf(good), count: call('count', anyOf(good.map(not))) };
}

function comparisonOf(fields: Fields, measured: Expression, statement: Statement): Expression {
  const conditions: Expression[] = [];
  for (const [key, op] of Object.entries(qualityOperators)) {
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
