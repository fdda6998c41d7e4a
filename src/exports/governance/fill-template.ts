/**
 * A template filled from a run. Every cell is in one of four states, decided here and nowhere else:
 *
 * - *verified*: verification accepts the run, and a signed statement names a digest of what the cell is about;
 * - *declared*: it stands in the declaration alone;
 * - *human*: a person has to say it, or did;
 * - *missing*: none of these, with what would fill it.
 *
 * An answer of a person never makes a cell verified. Where verification does not accept the run, no cell is verified.
 */
import type { Digest } from '../../encoding/index.ts';
import { oneLine } from '../names.ts';
import type { GovernanceAnswers } from './answers.ts';
import { declaredSources } from './declared-sources.ts';
import { evidenceSources, isCheckable, type Proof, type ReportTable } from './evidence-sources.ts';
import type { GovernanceFacts, VerificationView } from './facts.ts';
import type { SourceName } from './source-names.ts';
import { sourceWords } from './source-words.ts';
import type { GovernanceTemplate, TemplateCell } from './template.ts';

/** From what is proved to what is not there. */
export const cellStates = ['verified', 'declared', 'human', 'missing'] as const;
/** One of them. */
export type CellState = (typeof cellStates)[number];

/** A cell with its answer. */
export interface FilledCell {
  readonly id: string;
  readonly state: CellState;
  /** What is looked for. */
  readonly says: string;
  /** The word of the vocabulary that fills it; null where a person does. */
  readonly from: SourceName | null;
  readonly lines: readonly string[];
  readonly table: ReportTable | null;
  /** Of a verified cell; at most 50. */
  readonly proofs: readonly Proof[];
  /** How many more digests the statements name. */
  readonly furtherProofs: number;
  /** Of a human cell: the role that has to answer, and who owns the system. */
  readonly human: { readonly role: string; readonly owners: readonly string[] } | null;
  /** What a person said. */
  readonly answer: { readonly text: string; readonly by: string } | null;
}

/** The whole report. */
export interface GovernanceReport {
  readonly report: 'mlspec-governance/v1';
  readonly template: Pick<GovernanceTemplate, 'id' | 'title' | 'dated' | 'source'> & { readonly note: string | null };
  /** What it is about: a run, or a registered version. */
  readonly about: string;
  readonly run: {
    readonly id: string;
    readonly name: string;
    readonly state: string;
    readonly declaration: Digest;
    readonly record: Digest | null;
    readonly owners: readonly string[];
    readonly log: string | null;
  };
  readonly verification: VerificationView;
  readonly counts: Readonly<Record<CellState, number>>;
  readonly sections: readonly {
    readonly number: string;
    readonly title: string;
    readonly points: readonly {
      readonly number: string;
      readonly asks: string;
      readonly cells: readonly FilledCell[];
    }[];
  }[];
  readonly madeBy: string;
}

const most = { proofs: 50, rows: 300, lines: 100 };

/** Fills a template. Pure: the same run, declaration, evidence and answers give the same report. */
export function fillTemplate(
  template: GovernanceTemplate,
  facts: GovernanceFacts,
  { about, answers = {} }: { readonly about: string; readonly answers?: GovernanceAnswers },
): GovernanceReport {
  const { run, verification } = facts;
  const { id, title, dated, source, note = null } = template;
  const sections = template.sections.map(({ number, title: of, points }) => ({
    ...{ number, title: of },
    points: points.map(({ number: at, asks, cells }) => ({
      ...{ number: at, asks },
      cells: cells.map((cell) =>
        answered(fillCell(cell, asks, facts), Object.hasOwn(answers, cell.id) ? answers[cell.id]! : null),
      ),
    })),
  }));
  const cells = sections.flatMap(({ points }) => points.flatMap((point) => point.cells));
  const count = (state: CellState): number => cells.filter((cell) => cell.state === state).length;
  return {
    report: 'mlspec-governance/v1',
    template: { id, title, dated, source, note },
    about,
    run: {
      ...{ id: run.id, name: run.name, state: run.state },
      ...{ declaration: run.specDigest, record: run.recordDigest, owners: ownersOf(facts), log: run.log },
    },
    verification,
    counts: {
      verified: count('verified'),
      declared: count('declared'),
      human: count('human'),
      missing: count('missing'),
    },
    sections,
    madeBy: `${run.program.name} ${run.program.version}`,
  };
}

function fillCell(cell: TemplateCell, asks: string, facts: GovernanceFacts): FilledCell {
  const empty = { table: null, proofs: [], furtherProofs: 0, human: null, answer: null };
  if ('human' in cell) {
    const human = { role: cell.human, owners: ownersOf(facts) };
    return { ...empty, id: cell.id, state: 'human', says: cell.says ?? asks, from: null, lines: [], human };
  }
  const { id, from } = cell;
  const { title, wouldFill } = sourceWords[from];
  const named = { id, from, says: cell.says ?? title };
  const shown = verifiedBy(from, facts);
  if (shown !== null) return { ...empty, ...named, state: 'verified', ...shown };
  const declared = declaredSources[from]?.(facts.declared) ?? [];
  if (declared.length > 0) return { ...empty, ...named, state: 'declared', lines: bounded(declared) };
  const isProvable = evidenceSources[from] !== undefined && !facts.verification.isGood;
  const why = isProvable ? ['the run is not verified: mlspec verify says why'] : [];
  return { ...empty, ...named, state: 'missing', lines: [`to fill it: ${wouldFill}`, ...why] };
}

/** What statements show of a source; null where nothing of it can be checked. */
function verifiedBy(
  from: SourceName,
  facts: GovernanceFacts,
): Pick<FilledCell, 'lines' | 'table' | 'proofs' | 'furtherProofs'> | null {
  if (!facts.verification.isGood) return null;
  const shown = evidenceSources[from]?.(facts);
  if (shown === undefined) return null;
  // Of erased content nobody can tell any more whether it is what the digest says.
  const all = shown.proofs.filter((proof) => isCheckable(proof) && !facts.erased.has(proof.digest));
  const proofs = [...new Map(all.map((proof) => [`${proof.name} ${proof.digest} ${proof.statement}`, proof])).values()];
  if (proofs.length === 0) return null;
  const { table } = shown;
  const more = Math.max(0, (table?.rows.length ?? 0) - most.rows);
  return {
    lines: bounded([...shown.lines, ...(more === 0 ? [] : [`and ${more} more rows in the record`])]),
    table: table === null || table.rows.length === 0 ? null : { ...table, rows: table.rows.slice(0, most.rows) },
    proofs: proofs.slice(0, most.proofs),
    furtherProofs: Math.max(0, proofs.length - most.proofs),
  };
}

/** What a person says fills what nothing else does; beside what is verified or declared it stands as a remark. */
function answered(cell: FilledCell, answer: FilledCell['answer']): FilledCell {
  if (answer === null) return cell;
  return { ...cell, answer, state: cell.state === 'missing' ? 'human' : cell.state };
}

function ownersOf({ run }: GovernanceFacts): string[] {
  return run.owners.map(({ name, email }) => oneLine(email === null ? name : `${name} <${email}>`));
}

function bounded(lines: readonly string[]): string[] {
  const further = lines.length - most.lines;
  const shown = lines.slice(0, most.lines).map(oneLine);
  return further > 0 ? [...shown, `and ${further} more`] : shown;
}
