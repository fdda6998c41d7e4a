import { type Expression, parseExpression, walkExpression } from '../../spec/index.ts';
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
  const value = comparison === null ? null : quantity(comparison.left, scope);
  const bound = comparison === null ? null : quantity(comparison.bound, scope);
  if (comparison === null || value === null || bound === null)
    return { value: null, interval: null, met: null, sure: false };
  const holds = (at: number) => compare(comparison.op, at, bound);
  const interval = quantityInterval(comparison.left, value, scope);
  const sure = interval !== null && holds(interval.low) === holds(value) && holds(interval.high) === holds(value);
  return { value, interval: interval === null ? null : { ...interval }, met: holds(value), sure };
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

/** Whether every objective that stops a release (`gate: measured`) is met, as far as it was measured. */
export function stopsNothing(objectives: Readonly<Record<string, Pick<MeasuredObjective, 'gate' | 'met'>>>): boolean {
  return Object.values(objectives).every((objective) => objective.gate !== 'measured' || objective.met !== false);
}
