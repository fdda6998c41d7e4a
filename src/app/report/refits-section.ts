import type { ProjectRecord } from '../project-record.ts';
import { type RecordedStep, readJsonOutput } from '../records.ts';
import { figure, html, type Markup, nothing, number, table } from './html.ts';

interface MeasuredShape {
  readonly value: number | null;
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** What came of fitting a model again, for a report. */
export interface RefitsShape {
  readonly on: string;
  readonly curve: {
    readonly metric: string;
    readonly verdict: string;
    readonly points: readonly { readonly share: number; readonly rowCount: number; readonly measured: MeasuredShape }[];
  } | null;
  readonly shuffled: {
    readonly metric: string;
    readonly constant: number;
    readonly own: MeasuredShape;
    readonly refits: readonly MeasuredShape[];
    readonly verdict: string;
  } | null;
}

/** What the record has of refits; null where nothing was fitted again. */
export async function readRefits(record: ProjectRecord, steps: readonly RecordedStep[]): Promise<RefitsShape | null> {
  const step = steps.find(({ execution }) => execution.step === 'refitting');
  return await readJsonOutput<RefitsShape>(record, step, 'report');
}

/** The learning curve, and the model beside those that were fitted on shuffled labels. */
export function refitsSection({ on, curve, shuffled }: RefitsShape): Markup {
  return html`${curve === null ? nothing : learningCurve(curve, on)}${shuffled === null ? nothing : shuffledLabels(shuffled, on)}`;
}

function learningCurve({ metric, points, verdict }: NonNullable<RefitsShape['curve']>, on: string): Markup {
  const rows = points.map(({ share, rowCount, measured }) => [
    html`${Number((100 * share).toPrecision(3))} %`,
    html`${number(rowCount)}`,
    shown(measured),
  ]);
  return html`<h3>Learning curve: ${verdict}</h3>${table(['of train', 'rows', `${metric} on ${on}`], rows)}`;
}

function shuffledLabels(
  { metric, constant, own, refits, verdict }: NonNullable<RefitsShape['shuffled']>,
  on: string,
): Markup {
  const look = { learnt: 'met', leaks: 'missed' }[verdict] ?? 'unknown';
  const rows = [
    [html`the model`, shown(own)],
    ...refits.map((one, at) => [html`shuffled labels, ${at + 1}`, shown(one)]),
    [html`a constant answer`, html`${figure(constant)}`],
  ];
  return html`<h3>Shuffled labels: <span class="${look}">${verdict.replace('_', ' ')}</span></h3>${table(['', `${metric} on ${on}`], rows)}`;
}

function shown({ value, interval }: MeasuredShape): Markup {
  if (interval === null) return html`${figure(value)}`;
  return html`${figure(value)} <span class="interval">[${figure(interval.low)}, ${figure(interval.high)}]</span>`;
}
