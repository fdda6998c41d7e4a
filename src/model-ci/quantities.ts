import { isPlatformError } from '../errors/index.ts';
import { costMatrix } from '../metrics/index.ts';
import type { ResolvedSpec } from '../spec/index.ts';

/** Over which rows a quantity is a mean: all, those of its class, those outside, or those predicted to be of it. */
export type RowBase = 'all' | 'actual' | 'not_actual' | 'predicted';

/** A quantity that is a mean of bounded numbers, one a row. */
export interface CertifiableQuantity {
  readonly base: RowBase;
  /** Every row's number is 0 or 1: the mean is a proportion, and the exact binomial distribution holds. */
  readonly isProportion: boolean;
  /** Largest minus smallest number that a row can have. */
  readonly span: number;
}

const proportions: Readonly<Record<string, RowBase>> = {
  accuracy: 'all',
  error_rate: 'all',
  positive_rate: 'all',
  disagreement: 'all',
  recall: 'actual',
  false_negative_rate: 'actual',
  specificity: 'not_actual',
  false_positive_rate: 'not_actual',
  precision: 'predicted',
};

/** Quantities that are about one class. */
export const classQuantities: ReadonlySet<string> = new Set(
  Object.keys(proportions).filter((name) => !['accuracy', 'error_rate', 'disagreement'].includes(name)),
);

/** What a quantity is as a mean over rows, or the reason why a gate cannot certify it. */
export function certifiableQuantity(
  spec: ResolvedSpec,
  name: string,
  cap: number | null,
): CertifiableQuantity | string {
  const base = Object.hasOwn(proportions, name) ? proportions[name]! : null;
  if (base !== null) {
    if (spec.task.kind === 'binary' || spec.task.kind === 'multiclass') return { base, isProportion: true, span: 1 };
    return `${name} has no meaning for a ${spec.task.kind} task`;
  }
  if (name === 'brier') {
    return { base: 'all', isProportion: false, span: spec.task.kind === 'binary' ? 1 : 2 };
  }
  if (name === 'cost') return costQuantity(spec);
  if (name === 'mae' || name === 'mse') {
    if (cap === null) return `${name} has no largest value; write ${name}(cap=…) to certify it`;
    return { base: 'all', isProportion: false, span: cap };
  }
  return `${name} is no mean of one bounded number a row`;
}

function costQuantity(spec: ResolvedSpec): CertifiableQuantity | string {
  const { costs } = spec.objectives;
  if (Object.keys(costs).length === 0) return 'no costs are declared';
  try {
    const [lowest, highest] = costRange(spec);
    if (highest === lowest) return 'every prediction costs the same';
    return { base: 'all', isProportion: false, span: highest - lowest };
  } catch (error) {
    if (isPlatformError(error)) return error.message;
    throw error;
  }
}

/** Least and greatest cost of a row: of the whole matrix where the classes are declared, else a bound on every matrix. */
function costRange({ task, objectives }: ResolvedSpec): [number, number] {
  const classes = task.kind === 'binary' ? [false, true] : task.classes;
  if (classes !== null) {
    const matrix = costMatrix(objectives.costs, classes)!;
    return [Math.min(...matrix), Math.max(...matrix)];
  }
  const costs = Object.values(objectives.costs).map((one) => one.cost);
  return [
    costs.reduce((sum, cost) => sum + Math.min(0, cost), 0),
    costs.reduce((sum, cost) => sum + Math.max(0, cost), 0),
  ];
}
