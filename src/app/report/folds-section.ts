import type { CrossValidated } from '../cross-validation.ts';
import type { ProjectRecord } from '../project-record.ts';
import { type RecordedStep, readJsonOutput } from '../records.ts';
import { figure, html, type Markup, nothing, number, table } from './html.ts';
import { type DriftShape, driftText, type LabelShape, labelText } from './parts-section.ts';

interface FoldLabel extends Omit<LabelShape, 'numbers'> {
  readonly mean: number | null;
  readonly standardDeviation: number | null;
}

/** How the training part was divided into folds, for a report. */
export interface FoldsShape {
  readonly rule: string;
  readonly overlap: { readonly verdict: string };
  readonly parts: Readonly<
    Record<
      string,
      {
        readonly rowCount: number;
        readonly trainRowCount: number;
        readonly label: FoldLabel | null;
        readonly drift: readonly DriftShape[] | null;
      }
    >
  >;
}

/** What the record has of folds; null where there are none. */
export async function readFolds(record: ProjectRecord, step: RecordedStep | undefined): Promise<FoldsShape | null> {
  return await readJsonOutput<FoldsShape>(record, step, 'split');
}

/** The folds: their rows, their labels, and in what they are unlike what they train on. */
export function foldsSection({ rule, overlap, parts }: FoldsShape): Markup {
  const rows = Object.entries(parts).map(([name, { rowCount, trainRowCount, label, drift }]) => [
    html`${name}`,
    html`${number(rowCount)}`,
    html`${number(trainRowCount)}`,
    html`${label === null ? '' : labelText({ ...label, numbers: label.mean === null ? null : label }, rowCount)}`,
    drift === null ? html`not compared` : driftText(drift),
  ]);
  return html`<p>by <code>${rule}</code>; keys in several folds: ${overlap.verdict}</p>${table(['fold', 'rows held out', 'trained on', 'label', 'unlike those in'], rows)}`;
}

/** Metrics by fold, with their means. */
export function crossValidationSection({ folds, metrics }: CrossValidated): Markup {
  const rows = Object.entries(metrics).map(([name, { mean, deviation, interval }]) => [
    html`${name}`,
    html`${figure(mean)}`,
    html`${figure(deviation)}`,
    interval === null
      ? nothing
      : html`<span class="interval">${figure(interval.low)} to ${figure(interval.high)} (${interval.method})</span>`,
    ...folds.map((fold) => html`${figure(fold.metrics[name] ?? null)}`),
  ]);
  return html`<div class="wide">${table(['metric', 'mean', 'deviation', 'interval', ...folds.map(({ fold }) => `fold ${fold}`)], rows)}</div>`;
}
