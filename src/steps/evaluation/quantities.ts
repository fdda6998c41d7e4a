/*
 * The value of an objective's left side on some rows of the part: metrics of the model and of baselines, combined by
 * arithmetic, restricted by `where` and combined over groups by `gap`, `min`, `max` and `mean`. All models are measured on
 * the same rows. A quantity that is undefined there is null, and so is everything made from it; groups in which it is
 * undefined do not count.
 */
import {
  cappedErrors,
  metricNamed,
  metricValue,
  type Observations,
  oneAgainstRest,
  selectRows,
} from '../../metrics/index.ts';
import {
  type CallExpression,
  constantValue,
  type Expression,
  formatExpression,
  type GroupedExpression,
} from '../../spec/index.ts';
import type { Groups } from './groups.ts';
import { latencyValue } from './latency.ts';

/** What quantities are computed from. */
export interface Scope {
  /** The model as `new`, and the baselines by name; all with the same rows in the same order. */
  readonly subjects: Readonly<Record<string, Observations>>;
  readonly groups: Readonly<Record<string, Groups>>;
  /** Which rows fulfil a condition, by its text. */
  readonly conditions: Readonly<Record<string, Uint8Array>>;
  /** Quantities that are not of rows, such as `new.size`, by the names of model and quantity. */
  readonly constants: Readonly<Record<string, number>>;
  /** Times of requests by model, rising, in milliseconds. */
  readonly requests: Readonly<Record<string, Float64Array>>;
  /** Why baselines that are declared are none of the subjects, by name. */
  readonly missing: Readonly<Record<string, string>>;
}

/** Some rows, or null for all. */
export type Rows = Uint32Array | null;

/** The text by which a scope knows a condition. */
export function conditionText(condition: Expression): string {
  return formatExpression(condition);
}

/** The value of an expression on some rows; null where it is undefined. */
export function quantity(expression: Expression, scope: Scope, rows: Rows = null): number | null {
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'name':
      return named(expression.path, scope, rows);
    case 'unary': {
      const operand = expression.op === '-' ? quantity(expression.operand, scope, rows) : null;
      return operand === null ? null : -operand;
    }
    case 'binary':
      return arithmetic(expression.op, quantity(expression.left, scope, rows), quantity(expression.right, scope, rows));
    case 'call':
      return called(expression, scope, rows);
    case 'grouped':
      return expression.by.length > 0 ? null : quantity(expression.value, scope, rowsWhere(expression, scope, rows));
    default:
      return null;
  }
}

/** Of which model, and which metric: `accuracy` is of the new model, `old.accuracy` of a baseline. */
export function subjectAndMetric(path: readonly string[], scope: Scope): { subject: string; metric: string } {
  const [first] = path;
  const isSubject = path.length > 1 && (first! in scope.subjects || first! in scope.missing);
  return isSubject ? { subject: first!, metric: path.slice(1).join('.') } : { subject: 'new', metric: path.join('.') };
}

function named(path: readonly string[], scope: Scope, rows: Rows): number | null {
  const { subject, metric } = subjectAndMetric(path, scope);
  const constant = scope.constants[`${subject}.${metric}`];
  if (constant !== undefined) return constant;
  if (metric.startsWith('latency.')) return latencyValue(metric, scope.requests[subject] ?? new Float64Array());
  const observations = scope.subjects[subject];
  if (observations === undefined || metricNamed(metric) === null) return null;
  return finite(metricValue(restricted(observations, rows), metric));
}

function called(call: CallExpression, scope: Scope, rows: Rows): number | null {
  switch (call.name) {
    case 'disagreement':
      return disagreement(call, scope, rows);
    case 'abs': {
      const value = call.args[0] === undefined ? null : quantity(call.args[0], scope, rows);
      return value === null ? null : Math.abs(value);
    }
    case 'gap':
    case 'min':
    case 'max':
    case 'mean':
      return combined(call, scope, rows);
    default: {
      const asked = askedMetric(call, scope);
      return asked === null ? null : finite(metricValue(restricted(asked.observations, rows), asked.metric));
    }
  }
}

/** A metric of one class or with capped errors, and the observations of which the plain metric is just that. */
export function askedMetric(
  { name, named: given }: CallExpression,
  scope: Scope,
): { readonly metric: string; readonly observations: Observations } | null {
  const { subject, metric } = subjectAndMetric(name.split('.'), scope);
  const observations = scope.subjects[subject];
  const [of, cap] = [given['class'], given['cap']].map((one) => (one === undefined ? undefined : constantValue(one)));
  if (observations?.kind === 'numbers' && typeof cap === 'number')
    return { metric, observations: cappedErrors(observations, metric === 'mse' ? Math.sqrt(cap) : cap) };
  if (observations?.kind !== 'classes') return null;
  if (of === undefined || of === null) return { metric, observations };
  const one = oneAgainstRest(observations, of as string | number | boolean);
  return one === null ? null : { metric, observations: one };
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

function restricted(observations: Observations, rows: Rows): Observations {
  return rows === null ? observations : selectRows(observations, rows);
}

/** The result of + - * /; null for other operators and for a division by 0. */
export function arithmetic(op: string, left: number | null, right: number | null): number | null {
  if (left === null || right === null) return null;
  if (op === '+') return left + right;
  if (op === '-') return left - right;
  if (op === '*') return left * right;
  return op === '/' && right !== 0 ? left / right : null;
}

/** The share of rows that two models answer differently. */
function disagreement(call: CallExpression, scope: Scope, rows: Rows): number | null {
  const differences = disagreements(call, scope);
  if (differences === null) return null;
  const count = rows?.length ?? differences.length;
  let sum = 0;
  for (let place = 0; place < count; place++) sum += differences[rows === null ? place : rows[place]!]!;
  return count === 0 ? null : sum / count;
}

/** 1 for each row that two classifiers answer differently, by the names of their classes, else 0. */
export function disagreements(call: CallExpression, scope: Scope): Float64Array | null {
  const [a, b] = comparedModels(call).map((name) => scope.subjects[name]);
  if (a?.kind !== 'classes' || b?.kind !== 'classes') return null;
  const same = a.classes.map((one) => b.classes.findIndex((candidate) => String(candidate) === String(one)));
  return Float64Array.from(a.predicted, (index, row) => (same[index] === b.predicted[row] ? 0 : 1));
}

/** The names of the models that a disagreement is between. */
export function comparedModels(call: CallExpression): string[] {
  return call.args.map((argument) => (argument.kind === 'name' ? argument.path.join('.') : ''));
}

/** `gap`, `min`, `max` or `mean` of a quantity over groups. */
function combined(call: CallExpression, scope: Scope, rows: Rows): number | null {
  const [argument] = call.args;
  if (argument?.kind !== 'grouped' || argument.by.length === 0) return null;
  const within = rowsWhere(argument, scope, rows);
  const values = divide(argument.by, scope, within).flatMap((group) => quantity(argument.value, scope, group) ?? []);
  if (values.length === 0) return null;
  if (call.name === 'min') return Math.min(...values);
  if (call.name === 'max') return Math.max(...values);
  if (call.name === 'mean') return values.reduce((sum, value) => sum + value, 0) / values.length;
  return call.name === 'gap' ? Math.max(...values) - Math.min(...values) : null;
}

function rowsWhere({ where }: GroupedExpression, scope: Scope, rows: Rows): Rows {
  if (where === undefined) return rows;
  const condition = scope.conditions[conditionText(where)];
  if (condition === undefined) return new Uint32Array();
  const all = rows ?? Uint32Array.from(condition.keys());
  return all.filter((row) => condition[row] === 1);
}

/** Rows by the group that they lie in; by several slices: by the combinations that occur. */
function divide(by: readonly string[], scope: Scope, rows: Rows): Uint32Array[] {
  const slices = by.map((name) => scope.groups[name]);
  if (slices.some((slice) => slice === undefined)) return [];
  const found = new Map<string, number[]>();
  const count = rows?.length ?? slices[0]!.of.length;
  for (let place = 0; place < count; place++) {
    const row = rows === null ? place : rows[place]!;
    const key = slices.map((slice) => slice!.of[row]).join(' ');
    const known = found.get(key);
    if (known === undefined) found.set(key, [row]);
    else known.push(row);
  }
  return [...found.values()].map((group) => Uint32Array.from(group));
}
