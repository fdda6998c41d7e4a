/**
 * An objective of a declaration, read: certifiable, with its normal form, or measured, with the reason. `>` and `>=` ask
 * a gate the same question: an estimate exactly at an edge is undecided.
 */
import {
  checkExpression,
  type Expression,
  type ExpressionFinding,
  type Finding,
  objectiveScope,
  objectives,
  parseExpression,
  type ResolvedSpec,
} from '../spec/index.ts';
import { add, maximumClauses, type NormalForm, toNormalForm } from './normal-form.ts';
import { negated, one, toNumber } from './rational.ts';
import { readForm } from './read-form.ts';

/** An objective that can be certified. */
export interface CertifiableObjective extends NormalForm {
  readonly kind: 'certifiable';
  readonly name: string;
  readonly text: string;
  /** null: the interval decides. */
  readonly tolerance: number | null;
}

/** An objective that is measured and never certified, with the reason. */
export interface MeasuredObjective {
  readonly kind: 'measured';
  readonly name: string;
  readonly text: string;
  readonly reason: string;
  readonly expression: Expression;
}

/** An objective, read. */
export type Objective = CertifiableObjective | MeasuredObjective;

/** An objective with what is wrong with it; null where it cannot be read. */
export interface ReadObjective {
  readonly objective: Objective | null;
  readonly findings: readonly Finding[];
}

/** Reads one objective of a declaration. */
export function readObjective(spec: ResolvedSpec, name: string): ReadObjective {
  const text = spec.objectives.require[name]!.that;
  const parsed = parseExpression(text);
  if (parsed.expression === null) return wrong(name, parsed.findings);
  const { expression } = parsed;
  const { findings } = checkExpression(expression, objectives, scopeOf(spec));
  if (findings.length > 0) return wrong(name, findings);
  if (expression.kind !== 'binary' || !['<', '<=', '>', '>='].includes(expression.op)) return noComparison(name, text);
  const { left, right, op } = expression;
  const measured = (reason: string): ReadObjective => ({
    objective: { kind: 'measured', name, text, reason, expression },
    findings: [],
  });
  const bound = right.kind === 'tolerance' ? right.of : right;
  const tolerance = right.kind === 'tolerance' ? readForm(spec, right.plusMinus) : null;
  const [a, b] = [readForm(spec, left), readForm(spec, bound)];
  if (typeof a === 'string') return measured(a);
  if (typeof b === 'string') return measured(b);
  if (typeof tolerance === 'string') return measured(tolerance);
  const normal = toNormalForm({
    form: add(a, b, negated(one)),
    comparison: op.startsWith('<') ? '<' : '>',
    orEqual: op.endsWith('='),
  });
  if (normal === null)
    return measured(`it becomes more than ${maximumClauses.toLocaleString('en')} comparisons of groups`);
  if (typeof normal.tree === 'boolean') return measured(`it is ${normal.tree} whatever the data are`);
  const width = tolerance === null ? null : toNumber(tolerance.constant);
  return { objective: { kind: 'certifiable', name, text, ...normal, tolerance: width }, findings: [] };
}

/** The models that an objective compares, each once: `new` and names of baselines. */
export function modelsOf({ terms }: Pick<CertifiableObjective, 'terms'>): string[] {
  return [...new Set(terms.flatMap((term) => term.subject.split('|')))];
}

function scopeOf(spec: ResolvedSpec): ReturnType<typeof objectiveScope> {
  return objectiveScope({
    baselines: Object.keys(spec.objectives.baselines),
    metrics: Object.keys(spec.objectives.metrics),
    groups: [...spec.analysis.slices, ...spec.evaluation.slices].map((slice) => slice.name),
  });
}

function wrong(name: string, findings: readonly ExpressionFinding[]): ReadObjective {
  const path = ['objectives', 'require', name];
  return { objective: null, findings: findings.map(({ span: _, ...finding }) => ({ ...finding, path })) };
}

function noComparison(name: string, text: string): ReadObjective {
  const finding: Finding = {
    rule: 'objectives/form',
    severity: 'error',
    path: ['objectives', 'require', name],
    message: `objective ${name} is no comparison of a quantity with a bound`,
    found: text,
    suggestion: 'write expression > bound [+/- tolerance], for example new.accuracy > 0.8 +/- 0.02',
  };
  return { objective: null, findings: [finding] };
}
