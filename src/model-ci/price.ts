import type { Finding, ResolvedSpec } from '../spec/index.ts';
import { exactBinomialSize, hoeffdingSize } from '../stats/index.ts';
import type { Clause, Term } from './normal-form.ts';
import { type CertifiableObjective, type MeasuredObjective, type Objective, readObjective } from './objective.ts';

/** Rows of some kind that an objective needs. */
export interface RowNeed {
  /** null: rows of any kind; else in words: `actual positive where distance > 500`. */
  readonly of: string | null;
  readonly rowCount: number;
}

/** What one objective of a gate needs. */
export interface ClausePrice {
  readonly name: string;
  readonly text: string;
  /** Examples needed, of each kind in `needs`; null without a tolerance: then the interval decides with what there is. */
  readonly rowsNeeded: number | null;
  readonly method: 'hoeffding' | 'exact binomial' | 'interval';
  /** Comparisons that the objective becomes: more than one with gap, min, max and abs. */
  readonly comparisonCount: number;
  /** Probability of a wrong verdict that each comparison may take. */
  readonly delta: number;
  /** Examples that each comparison needs, in their order; null without a tolerance. */
  readonly rowsNeededEach: readonly (number | null)[];
  readonly needs: readonly RowNeed[];
}

/** What a gate costs. */
export interface GatePrice {
  readonly gate: string;
  readonly part: string;
  readonly reliability: number;
  readonly uses: number;
  readonly feedback: 'none' | 'first_change' | 'full';
  readonly clauses: readonly ClausePrice[];
  readonly measured: readonly Pick<MeasuredObjective, 'name' | 'text' | 'reason'>[];
  /** Examples that the whole gate needs at least: of each kind that it names. */
  readonly rowsNeeded: number;
  /** Probability of a wrong verdict that each objective may take, over all histories of uses. */
  readonly deltaPerClause: number;
  /** The same gate with less feedback, where that is cheaper. */
  readonly cheaper: { readonly feedback: 'first_change'; readonly rowsNeeded: number } | null;
}

/** The objectives of a declaration, read, with everything that is wrong with them. */
export function readObjectives(spec: ResolvedSpec): {
  readonly objectives: readonly Objective[];
  readonly findings: readonly Finding[];
} {
  const read = Object.keys(spec.objectives.require).map((name) => readObjective(spec, name));
  return { objectives: read.flatMap((one) => one.objective ?? []), findings: read.flatMap((one) => one.findings) };
}

/** The objectives that belong to a gate. */
export function objectivesOf(spec: ResolvedSpec, gate: string, objectives: readonly Objective[]): Objective[] {
  return objectives.filter((objective) => {
    const belongs = spec.objectives.require[objective.name]!.gate;
    return belongs === null || (Array.isArray(belongs) && belongs.includes(gate));
  });
}

type GateTerms = Pick<GatePrice, 'reliability' | 'uses' | 'feedback'>;

/**
 * How the allowed error 1 - reliability is split: over the objectives, and over the histories of verdicts that can have
 * been let out: `uses` where at most the first change was told, 2^uses where all were.
 * @see Renggli et al. 2019, section 3.2
 */
export function deltaPerClause(gate: GateTerms, objectiveCount: number): number {
  const histories = gate.feedback === 'full' ? 2 ** gate.uses : gate.uses;
  // 1 - 0.99 is 0.010000000000000009 in doubles; what was declared is 0.01.
  const delta = Number((1 - gate.reliability).toPrecision(12));
  return delta / Math.max(1, objectiveCount) / histories;
}

/** What a gate costs in examples, computed from the declaration alone. */
export function priceGate(spec: ResolvedSpec, name: string): GatePrice {
  const { on: part, reliability, uses, feedback } = spec.objectives.gates[name]!;
  const belonging = objectivesOf(spec, name, readObjectives(spec).objectives);
  const certifiable = belonging.filter((objective) => objective.kind === 'certifiable');
  const terms = { reliability, uses, feedback };
  const clauses = priceAll(certifiable, terms);
  const rowsNeeded = mostRows(clauses);
  const quieter =
    feedback === 'full' && uses > 1
      ? mostRows(priceAll(certifiable, { ...terms, feedback: 'first_change' }))
      : rowsNeeded;
  return {
    gate: name,
    part,
    ...terms,
    clauses,
    measured: belonging
      .filter((objective) => objective.kind === 'measured')
      .map(({ name: objective, text, reason }) => ({ name: objective, text, reason })),
    rowsNeeded,
    deltaPerClause: deltaPerClause(terms, certifiable.length),
    cheaper: quieter < rowsNeeded ? { feedback: 'first_change', rowsNeeded: quieter } : null,
  };
}

function priceAll(objectives: readonly CertifiableObjective[], terms: GateTerms): ClausePrice[] {
  const delta = deltaPerClause(terms, objectives.length);
  return objectives.map((objective) => priceObjective(objective, delta));
}

function mostRows(clauses: readonly ClausePrice[]): number {
  return Math.max(0, ...clauses.map((clause) => clause.rowsNeeded ?? 0));
}

/** @param delta probability of a wrong verdict that the objective may take; its comparisons share it equally */
function priceObjective(objective: CertifiableObjective, delta: number): ClausePrice {
  const { name, text, tolerance, clauses, terms } = objective;
  const each = delta / clauses.length;
  const facts = { name, text, comparisonCount: clauses.length, delta: each };
  if (tolerance === null) {
    return { ...facts, rowsNeeded: null, method: 'interval', rowsNeededEach: clauses.map(() => null), needs: [] };
  }
  const sizes = clauses.map((clause) => sizeOf(clause, terms, { tolerance, delta: each }));
  const needs = new Map<string | null, number>();
  for (const [index, clause] of clauses.entries()) {
    for (const { term } of clause.sum) {
      const kind = kindOfRows(terms[term]!);
      needs.set(kind, Math.max(needs.get(kind) ?? 0, sizes[index]!.rowCount));
    }
  }
  return {
    ...facts,
    rowsNeeded: Math.max(...sizes.map((size) => size.rowCount)),
    method: sizes.every((size) => size.method === 'exact binomial') ? 'exact binomial' : 'hoeffding',
    rowsNeededEach: sizes.map((size) => size.rowCount),
    needs: [...needs].map(([of, rowCount]) => ({ of, rowCount })),
  };
}

/** Hoeffding with the best split; for a single proportion the exact binomial size where that is smaller. */
function sizeOf(
  clause: Clause,
  terms: readonly Term[],
  { tolerance, delta }: { readonly tolerance: number; readonly delta: number },
): { readonly rowCount: number; readonly method: 'hoeffding' | 'exact binomial' } {
  const hoeffding = Math.ceil(hoeffdingSize(spansOf(clause, terms), tolerance, delta));
  const [only] = clause.sum;
  if (clause.sum.length === 1 && terms[only!.term]!.isProportion) {
    const own = tolerance / Math.abs(only!.coefficient);
    const exact = own < 1 ? exactBinomialSize(own, delta) : hoeffding;
    if (exact < hoeffding) return { rowCount: exact, method: 'exact binomial' };
  }
  return { rowCount: hoeffding, method: 'hoeffding' };
}

/** |coefficient| times range of each term. */
export function spansOf(clause: Clause, terms: readonly Term[]): number[] {
  return clause.sum.map(({ coefficient, term }) => Math.abs(coefficient) * terms[term]!.span);
}

/** The rows that a mean is over, in words; null for all. */
export function kindOfRows({ base, class: of, where }: Term): string | null {
  const which = of === null ? 'positive' : JSON.stringify(of);
  const kind =
    base === 'actual'
      ? `that are ${which}`
      : base === 'not_actual'
        ? `that are not ${which}`
        : base === 'predicted'
          ? `predicted ${which}`
          : null;
  if (where === null) return kind;
  return kind === null ? `where ${where}` : `${kind} where ${where}`;
}

/** A finding where a part has fewer rows than its gate needs; null where it has enough. */
export function tooFewExamples(price: GatePrice, rowCount: number): Finding | null {
  if (rowCount >= price.rowsNeeded) return null;
  const { gate, part, rowsNeeded } = price;
  return {
    rule: 'objectives/too-few-examples',
    severity: 'warning',
    path: ['objectives', 'gates', gate],
    message: `gate ${gate} needs ${rowsNeeded.toLocaleString('en')} rows of ${part}, which has ${rowCount.toLocaleString('en')}: its verdict will be unknown`,
    expected: String(rowsNeeded),
    found: String(rowCount),
    suggestion: 'bring more rows, widen the tolerance, declare fewer uses, or feedback: first_change',
  };
}

/** A gate's price for people. */
export function formatPrice(price: GatePrice): string {
  const count = (rows: number): string => rows.toLocaleString('en');
  const { gate, part, rowsNeeded, uses, reliability, feedback, cheaper } = price;
  const head = `gate ${gate} on ${part}: ${count(rowsNeeded)} examples for ${uses} ${uses === 1 ? 'use' : 'uses'} at reliability ${reliability}, feedback ${feedback}`;
  const clauses = price.clauses.flatMap((clause) => {
    const size =
      clause.rowsNeeded === null ? 'decided by its interval' : `${count(clause.rowsNeeded)} (${clause.method})`;
    const many = clause.comparisonCount > 1 ? `, ${count(clause.comparisonCount)} comparisons` : '';
    const kinds = clause.needs.filter((need) => need.of !== null).slice(0, 5);
    const more = clause.needs.length - kinds.length - (clause.needs.some((need) => need.of === null) ? 1 : 0);
    return [
      `  ${clause.name}: ${clause.text}  ${size}${many}`,
      ...kinds.map((need) => `    of them ${count(need.rowCount)} ${need.of}`),
      ...(more > 0 ? [`    and as many of ${more} further kinds of rows`] : []),
    ];
  });
  const measured = price.measured.map((one) => `  ${one.name}: ${one.text}  measured, not certified: ${one.reason}`);
  const hint = cheaper === null ? [] : [`  with feedback ${cheaper.feedback}: ${count(cheaper.rowsNeeded)} examples`];
  return [head, ...clauses, ...measured, ...hint].join('\n');
}
