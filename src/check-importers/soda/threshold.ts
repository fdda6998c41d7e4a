/** What a metric of a contract of Soda must be. */
import type { Tolerance } from '../../data-quality/index.ts';
import type { BinaryOperator, Expression } from '../../spec/index.ts';
import { allOf, anyOf, binary, constant } from '../expressions.ts';
import { constantOf, type Fields } from '../fields.ts';
import { NotTaken } from '../not-taken.ts';

/** One bound of a metric. */
export interface MetricBound {
  readonly op: BinaryOperator;
  readonly value: number;
}

/** What a metric must be. */
export interface Threshold {
  readonly joined: 'and' | 'or';
  readonly bounds: readonly MetricBound[];
  readonly severity: 'fail' | 'warn';
}

const operators: Readonly<Record<string, BinaryOperator>> = {
  must_be: '==',
  must_not_be: '!=',
  must_be_greater_than: '>',
  must_be_greater_than_or_equal: '>=',
  must_be_greater_than_or_equal_to: '>=',
  must_be_less_than: '<',
  must_be_less_than_or_equal: '<=',
  must_be_less_than_or_equal_to: '<=',
};
const ofBetween: Readonly<Record<string, BinaryOperator>> = {
  greater_than: '>',
  greater_than_or_equal: '>=',
  less_than: '<',
  less_than_or_equal: '<=',
};
const opposite: Readonly<Record<string, BinaryOperator>> = { '>': '<=', '>=': '<', '<': '>=', '<=': '>' };
const betweenKeys = ['must_be_between', 'must_be_not_between', 'must_not_be_between'] as const;

/** Reads one comparison of a mapping; null where it has none. @throws NotTaken of several */
export function thresholdIn(fields: Fields): Threshold | null {
  const severity = levelOf(fields);
  const found: Threshold[] = [];
  for (const [key, op] of Object.entries(operators)) {
    const value = fields.number(key);
    if (value !== null) found.push({ joined: 'and', bounds: [{ op, value }], severity });
  }
  for (const key of betweenKeys) {
    const bounds = betweenOf(fields, key);
    if (bounds === null) continue;
    const outside = bounds.map(({ op, value }) => ({ op: opposite[op]!, value }));
    found.push(
      key === 'must_be_between' ? { joined: 'and', bounds, severity } : { joined: 'or', bounds: outside, severity },
    );
  }
  if (found.length > 1) throw new NotTaken('it has several thresholds at once');
  return found[0] ?? null;
}

function levelOf(fields: Fields): Threshold['severity'] {
  const level = fields.text('level') ?? 'fail';
  if (level !== 'fail' && level !== 'warn') throw new NotTaken(`the level ${JSON.stringify(level)} is not known here`);
  return level;
}

/** Bounds are taken in where they stand in a list, as version 3 writes them. */
function betweenOf(fields: Fields, key: string): MetricBound[] | null {
  const part = fields.get(key);
  if (part === null) return null;
  if (part.kind === 'list') {
    const [low, high] = part.items.map((item) => constantOf(item, key));
    if (part.items.length !== 2 || typeof low !== 'number' || typeof high !== 'number')
      throw new NotTaken(`expected two numbers as ${key}`, part);
    return [
      { op: '>=', value: low },
      { op: '<=', value: high },
    ];
  }
  const its = fields.fields(key)!;
  const bounds = Object.entries(ofBetween).flatMap(([name, op]) => {
    const value = its.number(name);
    return value === null ? [] : [{ op, value }];
  });
  if (its.untaken.length > 0 || bounds.length === 0) throw new NotTaken(`expected bounds as ${key}`, part);
  return bounds;
}

/** The threshold over a measured value; `of` makes a bound an expression. */
export function holds(
  measured: Expression,
  { joined, bounds }: Threshold,
  of: (value: number) => Expression = constant,
): Expression {
  const conditions = bounds.map(({ op, value }) => binary(measured, op, of(value)));
  return joined === 'and' ? allOf(conditions) : anyOf(conditions);
}

/** Whether 0 is as the threshold asks. */
export function holdsOfZero({ joined, bounds }: Threshold): boolean {
  const each = bounds.map(
    ({ op, value }) =>
      ({ '==': value === 0, '!=': value !== 0, '>': 0 > value, '>=': 0 >= value, '<': 0 < value, '<=': 0 <= value })[
        op as '=='
      ],
  );
  return joined === 'and' ? each.every(Boolean) : each.some(Boolean);
}

/** How many rows may be counted, where a threshold says that and no more; else null. @param unit of shares, per hundred of all rows */
export function allowedRows({ bounds }: Threshold, unit: 'count' | 'percent'): Tolerance | null {
  const [bound, second] = bounds;
  if (bound === undefined || second !== undefined) return null;
  const { op, value } = bound;
  if (value === 0 && (op === '==' || op === '<=')) return 0;
  if (unit === 'percent') return op === '<=' && value > 0 && value < 100 ? value / 100 : null;
  const rows = op === '<' ? Math.ceil(value) - 1 : op === '<=' ? Math.floor(value) : -1;
  if (rows < 0 || !Number.isSafeInteger(rows)) return null;
  return rows === 0 ? 0 : { rows };
}
