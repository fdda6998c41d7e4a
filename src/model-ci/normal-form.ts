/*
 * Normal form: a tree of `all` and `any` over clauses, each a sum of constants times means compared with a constant.
 *
 * An objective is first a linear form that may hold extremes (max or min over alternatives: `gap`, `min`, `max` over
 * groups, `abs`). An extreme with a constant c before it is taken apart by what the comparison asks for: `max x > b` holds
 * where any x > b, `max x < b` where all x < b, and the other way round for min and for c < 0. This is exact for every
 * mixture of extremes; the number of clauses is their product and is bounded.
 */
import { type Expression, formatExpression } from '../spec/index.ts';
import { compare, negated, one, plus, type Rational, rationalOf, times, toNumber, zero } from './rational.ts';

/** A mean that occurs in an objective: of which model, over which rows. */
export interface Term {
  readonly metric: string;
  /** `new`, the name of a baseline, or `new|old` for a disagreement. */
  readonly subject: string;
  /** The class of recall, precision and their kin; null: the positive one, or no class at all. */
  readonly class: string | number | boolean | null;
  /** A condition on the columns of a row in canonical text; null: every row. */
  readonly where: string | null;
  /** Errors above it count as it; null where there is none. */
  readonly cap: number | null;
  /** Which of those rows the mean is over. */
  readonly base: 'all' | 'actual' | 'not_actual' | 'predicted';
  /** Whether every row's number is 0 or 1. */
  readonly isProportion: boolean;
  /** Range of the number of one row. */
  readonly span: number;
}

/** A sum of constants times means, compared with a constant. `term` is an index into the objective's terms. */
export interface Clause {
  readonly sum: readonly { readonly coefficient: number; readonly term: number }[];
  readonly comparison: '<' | '>';
  readonly bound: number;
}

/** How clauses combine: indices into a list of clauses; what is true or false without any data is so already. */
export type ClauseTree =
  | number
  | boolean
  | { readonly all: readonly ClauseTree[] }
  | { readonly any: readonly ClauseTree[] };

/** A comparison of a linear form with zero. */
export interface FormComparison {
  readonly form: Linear;
  readonly comparison: '<' | '>';
  /** Whether equality satisfies it. It matters for constants alone: an estimate at an edge is undecided either way. */
  readonly orEqual: boolean;
}

/** An objective's clauses, the means that they are made of, and how they combine. */
export interface NormalForm {
  readonly terms: readonly Term[];
  readonly clauses: readonly Clause[];
  readonly tree: ClauseTree;
}

/** Most clauses that one objective may become. */
export const maximumClauses = 5_000;

/** A linear form: a constant, means with exact coefficients by identity, and extremes. */
export interface Linear {
  readonly constant: Rational;
  readonly means: ReadonlyMap<string, { readonly factor: Rational; readonly term: Term }>;
  readonly extremes: readonly {
    readonly factor: Rational;
    readonly kind: 'max' | 'min';
    readonly of: readonly Linear[];
  }[];
}

/** A constant as a linear form. */
export function constantForm(value: Rational): Linear {
  return { constant: value, means: new Map(), extremes: [] };
}

/** One mean, once. */
export function meanForm(term: Term): Linear {
  return { constant: zero, means: new Map([[termName(term), { factor: one, term }]]), extremes: [] };
}

/** The largest or smallest of several forms. */
export function extremeForm(kind: 'max' | 'min', of: readonly Linear[]): Linear {
  return { constant: zero, means: new Map(), extremes: [{ factor: one, kind, of }] };
}

/** What a term is a mean of, in words: equal words, equal mean. */
export function termName(term: Term): string {
  const which = term.class === null ? '' : ` of ${JSON.stringify(term.class)}`;
  const cap = term.cap === null ? '' : ` up to ${term.cap}`;
  return `${term.subject}.${term.metric}${which}${cap}${term.where === null ? '' : ` where ${term.where}`}`;
}

/** a + factor · b. */
export function add(a: Linear, b: Linear, factor: Rational = one): Linear {
  const means = new Map(a.means);
  for (const [name, { factor: own, term }] of b.means) {
    const before = means.get(name)?.factor ?? zero;
    means.set(name, { factor: plus(before, times(own, factor)), term });
  }
  return {
    constant: plus(a.constant, times(b.constant, factor)),
    means,
    extremes: [...a.extremes, ...b.extremes.map((extreme) => ({ ...extreme, factor: times(extreme.factor, factor) }))],
  };
}

/** A condition and another one, in canonical text. */
export function bothConditions(a: string | null, b: Expression): string {
  const text = formatExpression(b);
  return a === null ? text : `(${a}) and (${text})`;
}

/** The clauses of a comparison with zero and how they combine; null where there would be too many. */
export function toNormalForm(compared: FormComparison): NormalForm | null {
  const target: Target = { ...compared, terms: new Map(), clauses: [] };
  const tree = expand(compared.form, target);
  if (tree === null) return null;
  return { terms: [...target.terms.values()].map(({ term }) => term), clauses: target.clauses, tree };
}

interface Target extends FormComparison {
  readonly terms: Map<string, { readonly place: number; readonly term: Term }>;
  readonly clauses: Clause[];
}

function expand(form: Linear, target: Target): ClauseTree | null {
  const [first, ...rest] = form.extremes;
  if (first === undefined) return leaf(form, target);
  if (first.factor.numerator === 0n) return expand({ ...form, extremes: rest }, target);
  const isAny = (first.kind === 'max') === ((target.comparison === '>') === first.factor.numerator > 0n);
  const trees: ClauseTree[] = [];
  for (const option of first.of) {
    const tree = expand(add({ ...form, extremes: rest }, option, first.factor), target);
    if (tree === null) return null;
    trees.push(tree);
  }
  const open = trees.filter((tree) => typeof tree !== 'boolean');
  if (trees.includes(isAny)) return isAny;
  if (open.length === 0) return !isAny;
  if (open.length === 1) return open[0]!;
  return isAny ? { any: open } : { all: open };
}

function leaf(form: Linear, target: Target): number | boolean | null {
  const means = [...form.means].filter(([, { factor }]) => factor.numerator !== 0n);
  if (means.length === 0) {
    const side = compare(form.constant, zero) * (target.comparison === '>' ? 1 : -1);
    return target.orEqual ? side >= 0 : side > 0;
  }
  if (target.clauses.length >= maximumClauses) return null;
  const sum = means.map(([name, { factor, term }]) => {
    const known = target.terms.get(name) ?? { place: target.terms.size, term };
    target.terms.set(name, known);
    return { coefficient: toNumber(factor), term: known.place };
  });
  target.clauses.push({ sum, comparison: target.comparison, bound: toNumber(negated(form.constant)) });
  return target.clauses.length - 1;
}

/** A decimal constant as a form. */
export function numberForm(value: number): Linear {
  return constantForm(rationalOf(value));
}
