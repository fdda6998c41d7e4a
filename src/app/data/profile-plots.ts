import type { ColumnStatistics } from '../../data-quality/index.ts';
import { html, type Markup, nothing, number } from '../report/html.ts';

const plot = { width: 240, height: 60 };
const shownValues = 8;
const longestValue = 40;

/** What is drawn of a column: its values, and those of the table that it is compared with. */
export type DrawnColumns = readonly (ColumnStatistics | null)[];

interface Steps {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** The distribution of a column: steps on one axis where its values have an order, bars of the most frequent values else. */
export function distribution(columns: DrawnColumns): Markup {
  const steps = columns.map(stepsOf);
  return steps.some((one) => one !== null) ? density(steps) : frequentValues(columns);
}

function stepsOf(column: ColumnStatistics | null): Steps | null {
  const histogram = column?.numbers?.histogram ?? column?.times?.histogram ?? null;
  if (histogram === null) return null;
  const edges = histogram.edges.map((edge) => (typeof edge === 'number' ? edge : Date.parse(edge)));
  return { edges, counts: histogram.counts };
}

/** Areas of equal size over one axis. */
function density(all: readonly (Steps | null)[]): Markup {
  const there = all.filter((one) => one !== null);
  const low = Math.min(...there.map(({ edges }) => edges[0]!));
  const high = Math.max(...there.map(({ edges }) => edges.at(-1)!));
  const width = high / 2 - low / 2;
  const place = (edge: number): number => (width > 0 ? ((edge / 2 - low / 2) / width) * plot.width : 0);
  const heights = all.map((one) => (one === null ? [] : heightsOf(one, place)));
  const most = Math.max(...heights.flat(), Number.MIN_VALUE);
  const paths = all.map((one, side) => {
    if (one === null) return nothing;
    const y = (height: number): number => Math.round(plot.height - (height / most) * plot.height);
    const line = heights[side]!.map((height, at) => `V${y(height)}H${ending(place(one.edges[at + 1]!), at, one)}`);
    const start = Math.round(place(one.edges[0]!));
    return html`<path class="${`s${side}`}" d="${{ markup: `M${start} ${plot.height}${line.join('')}V${plot.height}` }}"/>`;
  });
  return html`<svg viewBox="0 0 ${plot.width} ${plot.height}" role="img">${paths}</svg>`;
}

/** Values that are all one are a bar as wide as a step. */
function ending(place: number, at: number, { counts }: Steps): number {
  return Math.round(counts.length === 1 ? place + plot.width / 20 : Math.max(place, at + 1));
}

function heightsOf({ edges, counts }: Steps, place: (edge: number) => number): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count, at) => count / total / Math.max(place(edges[at + 1]!) - place(edges[at]!), 1));
}

function frequentValues([column, other]: DrawnColumns): Markup {
  const values = [...(column?.top ?? []), ...(other?.top ?? [])].map(({ value }) => value);
  const shown = [...new Set(values.slice(0, shownValues))];
  if (shown.length === 0) return nothing;
  const sides = [column, other].filter((side) => side !== undefined);
  const share = (side: ColumnStatistics | null, value: (typeof shown)[number]): number => {
    const count = side?.top.find((one) => one.value === value)?.count ?? 0;
    return side === null || side.rowCount === 0 ? 0 : count / side.rowCount;
  };
  const most = Math.max(...sides.flatMap((side) => shown.map((value) => share(side, value))), Number.MIN_VALUE);
  const rows = shown.map((value) => {
    const bars = sides.map(
      (side, at) =>
        html`<rect class="${`s${at}`}" y="${at * 6}" width="${Math.round((share(side, value) / most) * 120)}" height="6"/>`,
    );
    const text = String(value);
    const short = text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
    const counts = sides.map((side) => number(side?.top.find((one) => one.value === value)?.count ?? null));
    return html`<tr><td>${short}<td><svg class="bar" viewBox="0 0 120 12">${bars}</svg><td>${counts.join(' | ')}`;
  });
  return html`<table class="v">${rows}</table>`;
}
