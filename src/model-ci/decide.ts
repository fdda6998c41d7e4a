/*
 * Verdicts. The rule, the same for every objective and for `>` and `>=` alike, compared as exact fractions:
 *
 *   with a tolerance ε      x > c: the estimate above c + ε passes, below c - ε fails;
 *                           x < c: below c - ε passes, above c + ε fails;
 *                           between the edges and exactly at one of them: unknown.
 *   without a tolerance     the interval takes the place of estimate ± ε: wholly on the right side of c passes, wholly
 *                           on the wrong side fails; one that holds or touches c: unknown.
 *
 * Constants are the decimals that were written, proportions are fractions of whole numbers: 0.3 - 0.1 is exactly 0.2.
 * Comparisons of one objective combine in three-valued logic: `all` fails where one fails, `any` passes where one passes.
 * A mean over fewer rows than planned, over none, or with a baseline that saw rows of the part, is unknown.
 */
import { exactLowerBound, hoeffdingTolerance } from '../stats/index.ts';
import type { Clause, ClauseTree, Term } from './normal-form.ts';
import { type CertifiableObjective, modelsOf } from './objective.ts';
import { type ClausePrice, kindOfRows } from './price.ts';
import { compare, fraction, negated, plus, type Rational, rationalOf, times, toNumber, zero } from './rational.ts';
import type { GateTally } from './tally.ts';

/** What one comparison of an objective came to. */
export interface ComparisonVerdict {
  readonly verdict: 'pass' | 'fail' | 'unknown';
  readonly estimate: number | null;
  readonly tolerance: number | null;
  readonly bound: number;
  readonly comparison: '<' | '>';
  readonly reason: string;
}

/** What one objective came to. Sealed with the gate's report until its part is retired. */
export interface ClauseVerdict {
  readonly name: string;
  readonly verdict: 'pass' | 'fail' | 'unknown' | 'skipped';
  /** Of the comparison that decided; null where there is none. */
  readonly estimate: number | null;
  readonly tolerance: number | null;
  readonly reason: string;
  readonly comparisons: readonly ComparisonVerdict[];
}

/** What a verdict depends on beside the counts. */
export interface DecisionFacts {
  readonly price: ClausePrice;
  /** What to do about baselines that do not exist. Default: skip the objective. */
  readonly absent?: Readonly<Record<string, 'skip' | 'fail'>>;
  /** Models that were trained on rows of the part. */
  readonly trainedOnPart?: ReadonlySet<string>;
}

/**
 * Decides an objective from what was counted.
 * @param tally of the objective's own terms, in their order
 */
export function decideObjective(
  objective: CertifiableObjective,
  tally: GateTally,
  facts: DecisionFacts,
): ClauseVerdict {
  const { name, tolerance } = objective;
  const nothing = { name, estimate: null, tolerance, comparisons: [] };
  const [absent] = tally.absent;
  if (absent !== undefined) {
    const verdict = facts.absent?.[absent] === 'fail' ? 'fail' : 'skipped';
    return { ...nothing, verdict, reason: `${absent} does not exist` };
  }
  const tainted = modelsOf(objective).find((subject) => facts.trainedOnPart?.has(subject));
  if (tainted !== undefined) {
    return { ...nothing, verdict: 'unknown', reason: `${tainted} was trained on rows of the part` };
  }
  const comparisons = objective.clauses.map((clause, index) =>
    decideComparison(clause, objective, {
      tally,
      delta: facts.price.delta,
      needed: facts.price.rowsNeededEach[index] ?? null,
    }),
  );
  const verdict = combine(objective.tree, comparisons);
  const deciding = comparisons.find((one) => one.verdict === verdict) ?? comparisons[0]!;
  return {
    name,
    verdict,
    estimate: deciding.estimate,
    tolerance: deciding.tolerance,
    reason: deciding.reason,
    comparisons,
  };
}

function combine(tree: ClauseTree, comparisons: readonly ComparisonVerdict[]): 'pass' | 'fail' | 'unknown' {
  if (typeof tree === 'number') return comparisons[tree]!.verdict;
  if (typeof tree === 'boolean') return tree ? 'pass' : 'fail';
  const [parts, decisive, otherwise] =
    'all' in tree ? ([tree.all, 'fail', 'pass'] as const) : ([tree.any, 'pass', 'fail'] as const);
  const verdicts = parts.map((part) => combine(part, comparisons));
  if (verdicts.includes(decisive)) return decisive;
  return verdicts.includes('unknown') ? 'unknown' : otherwise;
}

interface ComparisonFacts {
  readonly tally: GateTally;
  readonly delta: number;
  readonly needed: number | null;
}

interface Estimated {
  readonly estimate: Rational;
  /** Each mean: its term, factor, rows and sum. */
  readonly means: readonly {
    readonly term: Term;
    readonly factor: Rational;
    readonly rowCount: number;
    readonly sum: Rational;
  }[];
}

function decideComparison(clause: Clause, objective: CertifiableObjective, facts: ComparisonFacts): ComparisonVerdict {
  const { bound, comparison } = clause;
  const at = { bound, comparison, tolerance: objective.tolerance };
  const estimated = estimateOf(clause, objective.terms, facts);
  if (typeof estimated === 'string') return { ...at, verdict: 'unknown', estimate: null, reason: estimated };
  const estimate = toNumber(estimated.estimate);
  const [low, high] =
    objective.tolerance === null
      ? intervalOf(estimated, facts.delta)
      : [
          plus(estimated.estimate, negated(rationalOf(objective.tolerance))),
          plus(estimated.estimate, rationalOf(objective.tolerance)),
        ];
  const edge = rationalOf(bound);
  const isAbove = compare(low, edge) > 0;
  const isBelow = compare(high, edge) < 0;
  const verdict =
    comparison === '>'
      ? isAbove
        ? 'pass'
        : isBelow
          ? 'fail'
          : 'unknown'
      : isBelow
        ? 'pass'
        : isAbove
          ? 'fail'
          : 'unknown';
  const tolerance = objective.tolerance ?? toNumber(plus(high, negated(low))) / 2;
  const reason = `estimate ${estimate} within [${toNumber(low)}, ${toNumber(high)}] against ${comparison} ${bound}`;
  return { ...at, tolerance, verdict, estimate, reason };
}

/** The estimate of a comparison's sum, or why there is none. */
function estimateOf(clause: Clause, terms: readonly Term[], { tally, needed }: ComparisonFacts): Estimated | string {
  const means: Estimated['means'][number][] = [];
  let estimate = zero;
  for (const { coefficient, term: index } of clause.sum) {
    const term = terms[index]!;
    const { rowCount, sum } = tally.tally(index);
    const kind = kindOfRows(term);
    const rows = `${rowCount} examples${kind === null ? '' : ` ${kind}`}`;
    if (needed !== null && rowCount < needed) return `${rows}, ${needed} are needed`;
    if (rowCount === 0) return `${rows}: nothing to estimate from`;
    if (sum === null) return `${term.metric} of ${term.subject} is undefined on these rows`;
    const factor = rationalOf(coefficient);
    means.push({ term, factor, rowCount, sum });
    estimate = plus(estimate, times(factor, times(sum, fraction(1n, BigInt(rowCount)))));
  }
  return { estimate, means };
}

/**
 * The interval of a sum without tolerance: every mean gets delta / m on each side, proportions by the exact binomial
 * distribution (Clopper and Pearson), other means by Hoeffding; the ends add up.
 */
function intervalOf({ means }: Estimated, delta: number): [Rational, Rational] {
  let [low, high] = [zero, zero];
  for (const { term, factor, rowCount, sum } of means) {
    const own = delta / means.length;
    const mean = times(sum, fraction(1n, BigInt(rowCount)));
    const ends = term.isProportion
      ? proportionInterval(Number(sum.numerator), rowCount, own)
      : meanInterval(mean, hoeffdingTolerance([term.span], rowCount, own));
    const scaled = ends.map((end) => times(factor, end));
    const [from, to] = factor.numerator < 0n ? [scaled[1]!, scaled[0]!] : [scaled[0]!, scaled[1]!];
    low = plus(low, from);
    high = plus(high, to);
  }
  return [low, high];
}

function proportionInterval(count: number, rowCount: number, delta: number): [Rational, Rational] {
  const low = rationalOf(exactLowerBound(count, rowCount, delta));
  const missed = rationalOf(exactLowerBound(rowCount - count, rowCount, delta));
  return [low, plus(fraction(1n, 1n), negated(missed))];
}

function meanInterval(mean: Rational, halfWidth: number): [Rational, Rational] {
  return [plus(mean, negated(rationalOf(halfWidth))), plus(mean, rationalOf(halfWidth))];
}

/** The one bit of a gate: fail where any objective fails, pass where none is unknown, else what `unknown` says. */
export function decideGate(clauses: readonly ClauseVerdict[], unknown: 'reject' | 'accept'): 'pass' | 'fail' {
  if (clauses.some((clause) => clause.verdict === 'fail')) return 'fail';
  if (clauses.some((clause) => clause.verdict === 'unknown')) return unknown === 'accept' ? 'pass' : 'fail';
  return 'pass';
}
