import { type Expression, namesIn, parseExpression, walkExpression } from '../../spec/index.ts';
import type { MeasuredVerdict } from '../measured-verdict.ts';
import { conditionText, quantity, type Scope } from './quantities.ts';
import { quantityInterval } from './quantity-interval.ts';
import type { EvaluationResult } from './result.ts';

/** Differences smaller than this are rounding: 0.9 - 0.6 is not above 0.3. */
const edgeWidth = 1e-12;

/** An objective as declared. */
export interface DeclaredObjective {
  readonly that: string;
  /** The gates that it belongs to, `every`, `measured` or `none`. */
  readonly gate: string;
}

type MeasuredObjectives = EvaluationResult['objectives'];
type MeasuredObjective = MeasuredObjectives[string];

/**
 * Every objective measured on the part: its value with its interval, whether the value meets it, and whether the whole
 * interval says the same. A tolerance plays no part here: this is an estimate on open data, never a certificate. An
 * objective about something that was not measured is undefined.
 */
export function measureObjectives(
  objectives: Readonly<Record<string, DeclaredObjective>>,
  scope: Scope,
): MeasuredObjectives {
  return Object.fromEntries(
    Object.entries(objectives).map(([name, objective]) => [
      name,
      { ...objective, ...measureObjective(objective, scope) },
    ]),
  );
}

function measureObjective(objective: DeclaredObjective, scope: Scope): Omit<MeasuredObjective, 'that' | 'gate'> {
  const comparison = comparisonOf(objective);
  if (comparison === null) return notMeasured('it is no comparison of a quantity with a bound');
  const { left, bound: right, op } = comparison;
  const value = quantity(left, scope);
  const bound = quantity(right, scope);
  if (value === null || bound === null)
    return notMeasured(whyMissing(left, scope) ?? whyMissing(right, scope) ?? 'a quantity in it is undefined here');
  const holds = (at: number) => compare(op, at, bound);
  const interval = quantityInterval(left, value, scope);
  const sure = interval !== null && holds(interval.low) === holds(value) && holds(interval.high) === holds(value);
  return { value, interval: interval === null ? null : { ...interval }, met: holds(value), sure, reason: null };
}

function notMeasured(reason: string): Omit<MeasuredObjective, 'that' | 'gate'> {
  return { value: null, interval: null, met: null, sure: false, reason };
}

/** Why a baseline that an expression names is missing; null where none is. */
function whyMissing(expression: Expression, scope: Scope): string | null {
  const names = subjectsOf(expression).filter((name) => name in scope.missing);
  return names.length === 0 ? null : scope.missing[names[0]!]!;
}

/** The first word of every name in an expression, among them the models. */
function subjectsOf(expression: Expression): string[] {
  return [...walkExpression(expression)].flatMap((part) =>
    part.kind === 'name' ? [part.path[0]!] : part.kind === 'call' ? [part.name.split('.')[0]!] : [],
  );
}

interface Comparison {
  readonly op: '<' | '<=' | '>' | '>=';
  readonly left: Expression;
  readonly bound: Expression;
}

const comparisons: readonly string[] = ['<', '<=', '>', '>='];

function comparisonOf(objective: DeclaredObjective): Comparison | null {
  const { expression } = parseExpression(objective.that);
  const whole = expression?.kind === 'tolerance' ? expression.of : expression;
  if (whole?.kind !== 'binary' || !comparisons.includes(whole.op)) return null;
  const bound = whole.right.kind === 'tolerance' ? whole.right.of : whole.right;
  return { op: whole.op as Comparison['op'], left: whole.left, bound };
}

function compare(op: Comparison['op'], value: number, bound: number): boolean {
  const above = value - bound;
  if (op === '<') return above < -edgeWidth;
  if (op === '<=') return above <= edgeWidth;
  return op === '>' ? above > edgeWidth : above >= -edgeWidth;
}

/** The models that objectives name a latency of, `new` or baselines. */
export function timedModels(objectives: Readonly<Record<string, DeclaredObjective>>): ReadonlySet<string> {
  const paths = Object.values(objectives).flatMap(({ that }) => {
    const { expression } = parseExpression(that);
    return expression === null
      ? []
      : [...walkExpression(expression)].flatMap((part) => (part.kind === 'name' ? [part.path] : []));
  });
  const timed = paths.filter((path) => path.at(-2) === 'latency');
  return new Set(timed.map((path) => (path.length > 2 ? path[0]! : 'new')));
}

const ofModels = /(^|\.)(latency\.\w+|size)$/;

/**
 * Latencies and sizes in an objective that mean nothing: of a baseline that is no program, or of some rows.
 * @param trivial names of the trivial baselines
 */
export function misplacedQuantities(
  that: string,
  trivial: ReadonlySet<string>,
): { readonly name: string; readonly why: string }[] {
  const { expression } = parseExpression(that);
  if (expression === null) return [];
  const parts = [...walkExpression(expression)];
  const named = parts.flatMap((part) => (part.kind === 'name' ? [part.path] : []));
  const inRows = parts.flatMap((part) => (part.kind === 'grouped' ? namesIn(part.value) : []));
  return [
    ...named
      .filter((path) => trivial.has(path[0]!) && ofModels.test(path.join('.')))
      .map((path) => ({ name: path.join('.'), why: `${path[0]} is a rule and no model that answers requests` })),
    ...inRows
      .filter((name) => ofModels.test(name))
      .map((name) => ({ name, why: 'it is of a model and not of some rows' })),
  ];
}

/** What objectives ask of the rows: names of slices, and conditions by their text. */
export function needsOf(objectives: Readonly<Record<string, DeclaredObjective>>): {
  readonly slices: readonly string[];
  readonly conditions: readonly string[];
} {
  const slices = new Set<string>();
  const conditions = new Set<string>();
  for (const objective of Object.values(objectives)) {
    const comparison = comparisonOf(objective);
    if (comparison === null) continue;
    for (const part of walkExpression(comparison.left)) {
      if (part.kind !== 'grouped') continue;
      for (const name of part.by) slices.add(name);
      if (part.where !== undefined) conditions.add(conditionText(part.where));
    }
  }
  return { slices: [...slices], conditions: [...conditions] };
}

/**
 * What the measured objectives mean for a release: those that stop one (`gate: measured`) and are missed. One that is
 * undefined is missed too, unless a registered baseline that may be absent is.
 * @param optional baselines that are absent and may be
 */
export function judgeMeasured(
  objectives: Readonly<Record<string, Pick<MeasuredObjective, 'that' | 'gate' | 'met'>>>,
  optional: ReadonlySet<string>,
): Pick<MeasuredVerdict, 'passed' | 'missed'> {
  const isSkipped = ({ that, met }: Pick<MeasuredObjective, 'that' | 'met'>): boolean => {
    const { expression } = parseExpression(that);
    return met === null && expression !== null && subjectsOf(expression).some((name) => optional.has(name));
  };
  const missed = Object.entries(objectives)
    .filter(([, objective]) => objective.gate === 'measured' && objective.met !== true && !isSkipped(objective))
    .map(([name]) => name);
  return { passed: missed.length === 0, missed };
}
