import type { ProjectRecord } from '../project-record.ts';
import { type RecordedStep, readJsonOutput } from '../records.ts';
import { figure, html, type Markup, nothing, number, table } from './html.ts';

/** What a report tells of a part. Of a sealed part it is the number of rows alone. */
export interface PartShape {
  readonly name: string;
  readonly rowCount: number;
  readonly sealed: boolean;
  /** How many rows have each value of the label, or what its numbers are like; null of a sealed part, and where there is no single label of few values. */
  readonly label: LabelShape | null;
  /** How far the columns are from those of the training part; null where it was not compared. */
  readonly drift: readonly DriftShape[] | null;
}

/** How many rows have each value of a label, or what its numbers are like. */
export interface LabelShape {
  readonly distinctCount: number;
  readonly numbers: { readonly mean: number | null; readonly standardDeviation: number | null } | null;
  readonly top: readonly { readonly value: string | number | boolean; readonly count: number }[];
}

/** How far a column is from that of other rows. */
export interface DriftShape {
  readonly name: string;
  readonly judgedBy: string;
  readonly distance: number | null;
  readonly drifted: boolean;
}

interface Split {
  readonly rule: string;
  readonly parts: Readonly<Record<string, { readonly rowCount: number; readonly sealed: boolean }>>;
  readonly overlap: { readonly verdict: string };
}

interface Statistics {
  readonly label?: string | null;
  readonly parts: Readonly<Record<string, { readonly columns: readonly (LabelShape & { readonly name: string })[] }>>;
  readonly drift?: Readonly<Record<string, { readonly columns: readonly DriftShape[] }>>;
}

interface Validation {
  readonly leakage?: readonly { readonly message: string }[];
}

/** How the data were divided, for a report. */
export interface SplitShape {
  readonly rule: string;
  /** Whether rows of one key were found in several parts. */
  readonly overlap: string;
  readonly parts: readonly PartShape[];
  /** What makes a model look better on other parts than it is, in words. */
  readonly leakage: readonly string[];
}

const most = { classes: 10, columns: 20 };

/** What the record has of a split; null where nothing was divided. */
export async function readSplit(
  record: ProjectRecord,
  steps: Readonly<Record<'splitting' | 'analysis' | 'validation', RecordedStep | undefined>>,
): Promise<SplitShape | null> {
  const split = await readJsonOutput<Split>(record, steps.splitting, 'split');
  if (split === null) return null;
  const statistics = await readJsonOutput<Statistics>(record, steps.analysis, 'statistics');
  const report = await readJsonOutput<Validation>(record, steps.validation, 'report');
  const parts = Object.entries(split.parts).map(([name, { rowCount, sealed }]): PartShape => {
    const columns = statistics?.parts[name]?.columns ?? [];
    return {
      name,
      rowCount,
      sealed,
      label: sealed ? null : (columns.find((column) => column.name === statistics?.label) ?? null),
      drift: sealed ? null : (statistics?.drift?.[name]?.columns ?? null),
    };
  });
  return {
    rule: split.rule,
    overlap: split.overlap.verdict,
    parts,
    leakage: (report?.leakage ?? []).map(({ message }) => message),
  };
}

/** The parts: their rows, their labels, and in what they are unlike the training part. */
export function partsSection({ rule, overlap, parts, leakage }: SplitShape): Markup {
  const rows = parts.map((part) => [
    html`${part.name}`,
    html`${number(part.rowCount)}`,
    html`${part.sealed ? 'sealed' : ''}`,
    html`${part.label === null ? '' : labelText(part.label, part.rowCount)}`,
    driftOf(part),
  ]);
  return html`<p>by <code>${rule}</code>; rows of one key in several parts: ${overlap}</p>${table(['part', 'rows', '', 'label', 'unlike train in'], rows)}${leakage.map((line) => html`<p>Leakage: ${line}</p>`)}`;
}

/** A label in a line: shares of its values where they are few. */
export function labelText({ distinctCount, top, numbers }: LabelShape, rowCount: number): string {
  if (distinctCount <= most.classes)
    return top.map(({ value, count }) => `${String(value)} ${percentOf(count / rowCount)}`).join(', ');
  if (numbers === null) return `${distinctCount} values`;
  return `mean ${number(numbers.mean)}, deviation ${number(numbers.standardDeviation)}`;
}

function percentOf(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}

function driftOf({ drift, name }: PartShape): Markup {
  if (drift === null) return name === 'train' ? nothing : html`not compared`;
  return driftText(drift);
}

/** The columns that drifted, in a line. */
export function driftText(drift: readonly DriftShape[]): Markup {
  const drifted = drift.filter((column) => column.drifted);
  if (drifted.length === 0) return html`nothing`;
  const shown = drifted.slice(0, most.columns);
  const more = drifted.length > shown.length ? ` and ${drifted.length - shown.length} more` : '';
  return html`${shown.map((column, at) => html`${at > 0 ? ', ' : ''}${column.name} (${column.judgedBy} ${figure(column.distance)})`)}${more}`;
}
