import type { JsonValue } from '../encoding/index.ts';
import { PlatformError, toPlatformError } from '../errors/index.ts';
import { type Expression, type Finding, parseExpression } from '../spec/index.ts';
import type { StepOutcome } from './events.ts';
import { type PlanStep, predecessors, stepPath } from './plan.ts';

type Scalar = boolean | number | string | null;

/**
 * Whether a step's condition holds, given how the steps before it ended. True where it has none. A name is
 * `<step>.<value>`; a value that its step did not report is null, and a comparison with null is false.
 *
 * @throws PlatformError PIPELINE_CONDITION where the expression has no truth value
 */
export function decideCondition(step: PlanStep, outcomes: ReadonlyMap<string, StepOutcome>): boolean {
  if (step.when === null) return true;
  const { expression, findings } = parseExpression(step.when);
  if (expression === null || findings.length > 0) throw undecided(step, findings[0]?.message ?? 'it cannot be read');
  const value = evaluate(expression, (path) => lookUp(path, step, outcomes), step);
  if (typeof value === 'boolean') return value;
  throw undecided(step, `expected true or false, found ${JSON.stringify(value)}`);
}

/** The values that a condition reads and that their steps did not report, each as `<step>.<value>`. */
export function unreportedValues(step: PlanStep, outcomes: ReadonlyMap<string, StepOutcome>): string[] {
  const { expression } = step.when === null ? { expression: null } : parseExpression(step.when);
  const named = (expression === null ? [] : namePaths(expression)).flatMap(
    (path) => splitName(path, step, outcomes) ?? [],
  );
  const missing = named.filter(({ step: from, value }) => outcomes.get(from)!.values[value] === undefined);
  return [...new Set(missing.map(({ step: from, value }) => `${from}.${value}`))];
}

/** The names of steps that a condition reads, as written: everything of each name but its last part. */
export function predecessorNames(when: string): string[] {
  const { expression } = parseExpression(when);
  if (expression === null) return [];
  return [...new Set(namePaths(expression).flatMap((path) => (path.length < 2 ? [] : [path.slice(0, -1).join('.')])))];
}

/** What is wrong with the conditions of a graph: unreadable, constant and false, or about steps that come later. */
export function checkConditions(steps: readonly PlanStep[]): Finding[] {
  const names = new Set(steps.map((step) => step.name));
  return steps.flatMap((step) => (step.when === null ? [] : checkCondition(step, step.when, names)));
}

function checkCondition(step: PlanStep, when: string, names: ReadonlySet<string>): Finding[] {
  const at = { severity: 'error' as const, path: step.stage === 'steps' ? [...stepPath(step), 'when'] : [step.stage] };
  const { expression, findings } = parseExpression(when);
  if (expression === null || findings.length > 0) {
    return [
      {
        ...at,
        rule: 'plan/condition',
        message: `the condition of step ${step.name} cannot be read: ${findings[0]?.message ?? when}`,
        suggestion: 'write for example evaluation.accuracy > 0.8',
      },
    ];
  }
  const paths = namePaths(expression);
  const problem =
    paths.length === 0 ? problemOf(() => evaluate(expression, () => null, step)) : unknownPart(expression);
  if (problem !== null)
    return [
      {
        ...at,
        rule: 'plan/condition',
        message: `the condition of step ${step.name} cannot be decided: ${problem}`,
        suggestion: 'compare values of earlier steps, for example evaluation.accuracy > 0.8',
      },
    ];
  if (paths.length === 0) {
    return evaluate(expression, () => null, step) === false
      ? [
          {
            ...at,
            rule: 'plan/unreachable',
            message: `step ${step.name} can never run: its condition is always false`,
            suggestion: 'remove the step, or compare a value of an earlier step',
          },
        ]
      : [];
  }
  const before = new Set(predecessors(step));
  return paths.flatMap((path): Finding[] => {
    const named = splitName(path, step, names);
    if (named === null)
      return [
        {
          ...at,
          rule: 'plan/unknown-step',
          message: `the condition of step ${step.name} names ${path.join('.')}, which is no value of a step`,
          suggestion: 'write <step>.<value>',
        },
      ];
    if (before.has(named.step)) return [];
    return [
      {
        ...at,
        rule: 'plan/condition',
        message: `the condition of step ${step.name} reads ${named.step}, which it does not wait for`,
        suggestion: `add needs: [${named.step}]`,
      },
    ];
  });
}

/** What keeps a constant from being true or false, or null. */
function problemOf(decide: () => Scalar): string | null {
  try {
    const value = decide();
    return typeof value === 'boolean' ? null : `expected true or false, found ${JSON.stringify(value)}`;
  } catch (error) {
    return toPlatformError(error).message;
  }
}

/** The first part of an expression that conditions don't know, or null. */
function unknownPart(expression: Expression): string | null {
  switch (expression.kind) {
    case 'binary':
      if (expression.op === 'matches') return 'matches is not understood in a condition';
      return unknownPart(expression.left) ?? unknownPart(expression.right);
    case 'unary':
      return unknownPart(expression.operand);
    case 'list':
      return expression.items.map(unknownPart).find((part) => part !== null) ?? null;
    case 'call':
      return `${expression.name}(…) is not understood in a condition`;
    case 'grouped':
    case 'tolerance':
      return `a condition compares values; ${expression.kind} is not understood here`;
    default:
      return null;
  }
}

function namePaths(expression: Expression): (readonly string[])[] {
  switch (expression.kind) {
    case 'name':
      return [expression.path];
    case 'binary':
      return [...namePaths(expression.left), ...namePaths(expression.right)];
    case 'unary':
      return namePaths(expression.operand);
    case 'list':
      return expression.items.flatMap(namePaths);
    default:
      return [];
  }
}

/** The step and the value that a name means; the longest name of a step counts (`a.b` may be one). */
function splitName(
  path: readonly string[],
  step: PlanStep,
  steps: { has(name: string): boolean },
): { step: string; value: string } | null {
  for (let length = path.length - 1; length > 0; length--) {
    const written = path.slice(0, length).join('.');
    const name = step.whenSteps[written] ?? written;
    if (steps.has(name)) return { step: name, value: path.slice(length).join('.') };
  }
  return null;
}

function lookUp(path: readonly string[], step: PlanStep, outcomes: ReadonlyMap<string, StepOutcome>): Scalar {
  const named = splitName(path, step, outcomes);
  const value: JsonValue | undefined = named === null ? null : outcomes.get(named.step)!.values[named.value];
  return typeof value === 'object' || value === undefined ? null : value;
}

function evaluate(expression: Expression, lookup: (path: readonly string[]) => Scalar, step: PlanStep): Scalar {
  switch (expression.kind) {
    case 'number':
    case 'string':
    case 'boolean':
      return expression.value;
    case 'null':
      return null;
    case 'name':
      return lookup(expression.path);
    case 'unary': {
      const operand = evaluate(expression.operand, lookup, step);
      return expression.op === 'not' ? !isTrue(operand) : -toNumber(operand, step);
    }
    case 'binary':
      return evaluateBinary(expression, lookup, step);
    default:
      throw undecided(step, `a condition compares values; ${expression.kind} is not understood here`);
  }
}

function evaluateBinary(
  expression: Extract<Expression, { kind: 'binary' }>,
  lookup: (path: readonly string[]) => Scalar,
  step: PlanStep,
): Scalar {
  const { op, right } = expression;
  const left = evaluate(expression.left, lookup, step);
  if (op === 'and') return isTrue(left) && isTrue(evaluate(right, lookup, step));
  if (op === 'or') return isTrue(left) || isTrue(evaluate(right, lookup, step));
  if (op === 'is_null') return left === null;
  if (op === 'in' || op === 'between') {
    const items = right.kind === 'list' ? right.items.map((item) => evaluate(item, lookup, step)) : [];
    return op === 'in'
      ? items.includes(left)
      : compare('>=', left, items[0] ?? null) && compare('<=', left, items[1] ?? null);
  }
  const other = evaluate(right, lookup, step);
  if (op === '+' || op === '-' || op === '*' || op === '/')
    return arithmetic(op, toNumber(left, step), toNumber(other, step));
  if (op === 'matches') throw undecided(step, 'matches is not understood in a condition');
  return compare(op, left, other);
}

function arithmetic(op: '+' | '-' | '*' | '/', left: number, right: number): number {
  if (op === '+') return left + right;
  if (op === '-') return left - right;
  return op === '*' ? left * right : left / right;
}

function compare(op: '<' | '<=' | '>' | '>=' | '==' | '!=', left: Scalar, right: Scalar): boolean {
  if (op === '==') return left === right;
  if (op === '!=') return left !== right;
  if (left === null || right === null || typeof left !== typeof right) return false;
  if (op === '<') return left < right;
  if (op === '<=') return left <= right;
  return op === '>' ? left > right : left >= right;
}

function isTrue(value: Scalar): boolean {
  return value === true;
}

function toNumber(value: Scalar, step: PlanStep): number {
  if (typeof value === 'number') return value;
  throw undecided(step, `expected a number, found ${JSON.stringify(value)}`);
}

function undecided(step: PlanStep, message: string): PlatformError {
  return new PlatformError('PIPELINE_CONDITION', {
    message: `the condition of step ${step.name} (${step.when}) cannot be decided: ${message}`,
  });
}
