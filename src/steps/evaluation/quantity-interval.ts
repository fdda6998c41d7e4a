/*
 * The interval of a quantity. A sum of constants times means over all rows has one number a row, paired between models, and
 * Student's interval. Everything else is resampled: rows are drawn with replacement, for all models the same; with many
 * rows every fortieth row makes a group, and the spread of the groups' values gives the error. Of rankings every fortieth
 * query makes a group, and fewer queries a group each; where the quantity is undefined in one of them, as where a slice
 * does not occur there, there is no interval. Latencies have no rows: their requests are resampled.
 */
import { seededRandom } from '../../encoding/index.ts';
import { isApplicable, metricNamed, type Observations } from '../../metrics/index.ts';
import { type Expression, namesIn } from '../../spec/index.ts';
import { bootstrapReplicates, type Interval, percentileInterval, studentQuantile } from '../../stats/index.ts';
import { arithmetic, askedMetric, disagreements, quantity, type Scope, subjectAndMetric } from './quantities.ts';

const replicates = 200;
const maximumResampledRows = 20_000;
const groupCount = 40;
const confidence = 0.95;

/** The interval of a quantity whose value is known; null where none can be made. */
export function quantityInterval(expression: Expression, value: number, scope: Scope): Interval | null {
  const rows = rowValues(expression, scope);
  if (typeof rows === 'number') return null;
  if (namesIn(expression).some((name) => /(^|\.)latency\./.test(name))) return ofRequests(expression, scope);
  if (rows !== null) return studentOfMean(rows, value, "Student's t, of the mean over rows, paired");
  const model = scope.subjects['new']!;
  const isResampled = model.kind !== 'ranking' && model.rowCount <= maximumResampledRows;
  return isResampled ? resampled(expression, model, scope) : grouped(expression, { value, model }, scope);
}

function studentOfMean(values: ArrayLike<number>, value: number, method: string): Interval | null {
  const count = values.length;
  if (count < 2) return null;
  let sum = 0;
  for (let index = 0; index < count; index++) sum += values[index]!;
  let squares = 0;
  for (let index = 0; index < count; index++) squares += (values[index]! - sum / count) ** 2;
  const half = studentQuantile(1 - (1 - confidence) / 2, count - 1) * Math.sqrt(squares / (count - 1) / count);
  return { low: value - half, high: value + half, confidence, method };
}

/** One number a row whose mean is the quantity, a constant, or null where it is no such mean. */
function rowValues(expression: Expression, scope: Scope): Float64Array | number | null {
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'name':
      return metricRows(expression.path, scope);
    case 'call': {
      if (expression.name === 'disagreement') return disagreements(expression, scope);
      const asked = askedMetric(expression, scope);
      return asked === null ? null : rowsOfMetric(asked.observations, asked.metric);
    }
    case 'unary': {
      const operand = expression.op === '-' ? rowValues(expression.operand, scope) : null;
      return operand === null ? null : combine('*', -1, operand);
    }
    case 'binary':
      return combine(expression.op, rowValues(expression.left, scope), rowValues(expression.right, scope));
    default:
      return null;
  }
}

function metricRows(path: readonly string[], scope: Scope): Float64Array | number | null {
  const { subject, metric } = subjectAndMetric(path, scope);
  const constant = scope.constants[`${subject}.${metric}`];
  if (constant !== undefined) return constant;
  const observations = scope.subjects[subject];
  return observations === undefined ? null : rowsOfMetric(observations, metric);
}

function rowsOfMetric(observations: Observations, name: string): Float64Array | null {
  const metric = metricNamed(name);
  return metric !== null && isApplicable(metric, observations) ? (metric.rows?.(observations) ?? null) : null;
}

type RowValues = Float64Array | number | null;

function combine(op: string, left: RowValues, right: RowValues): RowValues {
  if (left === null || right === null) return null;
  if (typeof left === 'number' && typeof right === 'number') return arithmetic(op, left, right);
  if (typeof left === 'number') {
    if (op === '/') return null;
    return (right as Float64Array).map((value) => arithmetic(op, left, value)!);
  }
  if (typeof right === 'number')
    return op === '/' && right === 0 ? null : left.map((value) => arithmetic(op, value, right)!);
  return op === '+' || op === '-' ? left.map((value, row) => arithmetic(op, value, right[row]!)!) : null;
}

/** Requests are drawn with replacement, those of each model for itself. */
function ofRequests(expression: Expression, scope: Scope): Interval | null {
  const random = seededRandom('requests');
  const values = Float64Array.from({ length: replicates }, () => {
    const drawn = Object.entries(scope.requests).map(([model, times]): [string, Float64Array] => [
      model,
      times.map(() => times[Math.floor(random() * times.length)]!).sort(),
    ]);
    return quantity(expression, { ...scope, requests: Object.fromEntries(drawn) }) ?? Number.NaN;
  });
  const interval = percentileInterval(values, confidence);
  return interval === null ? null : { ...interval, method: `${interval.method} of requests` };
}

function resampled(expression: Expression, model: Observations, scope: Scope): Interval | null {
  const random = seededRandom('objective');
  const values = bootstrapReplicates(model.rowCount, (rows) => quantity(expression, scope, rows) ?? Number.NaN, {
    replicates,
    random,
  });
  const interval = percentileInterval(values, confidence);
  return interval === null ? null : { ...interval, method: `paired ${interval.method}` };
}

function grouped(
  expression: Expression,
  { value, model }: { readonly value: number; readonly model: Observations },
  scope: Scope,
): Interval | null {
  const units = model.kind === 'ranking' ? model.query : Uint32Array.from({ length: model.rowCount }, (_, row) => row);
  const count = Math.min(groupCount, model.kind === 'ranking' ? model.queryCount : model.rowCount);
  const groups: number[][] = Array.from({ length: count }, () => []);
  for (const [row, unit] of units.entries()) groups[unit % count]!.push(row);
  const values = groups.map((rows) => quantity(expression, scope, Uint32Array.from(rows)) ?? Number.NaN);
  const isWhole = values.every((one) => Number.isFinite(one));
  const method = `${count} groups of ${model.kind === 'ranking' ? 'queries' : 'rows'}, paired`;
  return isWhole ? studentOfMean(values, value, method) : null;
}
