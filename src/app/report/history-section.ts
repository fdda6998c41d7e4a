import type { HistoryJudgement } from '../../data-quality/index.ts';
import type { ProjectRecord } from '../project-record.ts';
import { type RecordedStep, readJsonOutput } from '../records.ts';
import { html, type Markup, nothing, number, table } from './html.ts';

/** A value that validation held against earlier runs. */
export interface JudgedShape {
  readonly part: string;
  readonly that: string;
  readonly where: string | null;
  readonly judged: HistoryJudgement;
}

interface Validation {
  readonly parts?: Readonly<
    Record<
      string,
      { readonly checks: readonly (Pick<JudgedShape, 'that' | 'where'> & { readonly judged?: HistoryJudgement })[] }
    >
  >;
}

/** The values that a run held against earlier ones. */
export async function readJudged(record: ProjectRecord, validation: RecordedStep | undefined): Promise<JudgedShape[]> {
  const report = await readJsonOutput<Validation>(record, validation, 'report');
  return Object.entries(report?.parts ?? {}).flatMap(([part, { checks }]) =>
    checks.flatMap(({ that, where, judged }) => (judged === undefined ? [] : [{ part, that, where, judged }])),
  );
}

const looks = { usual: 'pass', unusual: 'fail', accepted: 'pass', unjudged: 'unknown' } as const;

/** What was expected of each value, what it is, and those before it as a line. */
export function historySection(all: readonly JudgedShape[]): Markup {
  if (all.length === 0) return nothing;
  const rows = all.map(({ part, that, where, judged }) => [
    html`${part}`,
    html`<code>${that}</code>${where === null ? '' : ` where ${where}`}`,
    html`${number(judged.value)}`,
    html`${judged.low === null ? '' : `from ${number(judged.low)}`} ${judged.high === null ? '' : `to ${number(judged.high)}`}`,
    html`<span class="${looks[judged.verdict]}">${judged.verdict}</span>${judged.why === null ? '' : `: ${judged.why}`}`,
    line(judged),
  ]);
  return table(['part', 'value', 'is', 'expected', '', 'before'], rows);
}

const size = { width: 160, height: 36, edge: 3 };

/** The last values as a line, with the bounds, and this one as a dot. */
function line({ last, value, low, high }: HistoryJudgement): Markup {
  const points = [...last.map((point) => point.value), value];
  const there = [...points, low, high].filter((one) => one !== null);
  if (points.filter((one) => one !== null).length < 2) return nothing;
  const [least, most] = [Math.min(...there), Math.max(...there)];
  const x = (at: number): number => Math.round((at / (points.length - 1)) * (size.width - 2 * size.edge)) + size.edge;
  const y = (one: number): number => {
    const share = most > least ? (one / 2 - least / 2) / (most / 2 - least / 2) : 0.5;
    return Math.round((size.height - size.edge - share * (size.height - 2 * size.edge)) * 10) / 10;
  };
  const drawn = last.flatMap((point, at) => (point.value === null ? [] : [`${x(at)},${y(point.value)}`]));
  const bounds = [low, high].flatMap((bound) =>
    bound === null ? [] : [html`<line class="faint" x1="0" x2="${size.width}" y1="${y(bound)}" y2="${y(bound)}"/>`],
  );
  const dot = value === null ? nothing : html`<circle cx="${x(points.length - 1)}" cy="${y(value)}" r="3"/>`;
  return html`<svg width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" role="img">${bounds}<polyline class="line" points="${{ markup: drawn.join(' ') }}"/>${dot}</svg>`;
}
