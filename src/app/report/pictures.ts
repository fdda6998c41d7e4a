import { html, type Markup, nothing, number } from './html.ts';

/** Bars of a histogram or of the most frequent values, each with its words. */
export function bars(counts: readonly number[], titles: readonly string[]): Markup {
  const most = Math.max(...counts, 0);
  if (counts.length === 0 || most === 0) return nothing;
  const width = 160 / counts.length;
  const rects = counts.map((count, index) => {
    const height = (36 * count) / most;
    const gap = width > 3 ? 1 : 0;
    return html`<rect x="${number(index * width)}" y="${number(38 - height)}" width="${number(Math.max(0.5, width - gap))}" height="${number(height)}"><title>${titles[index] ?? ''}: ${number(count)}</title></rect>`;
  });
  return html`<svg class="bars" width="160" height="38" viewBox="0 0 160 38" role="img">${rects}</svg>`;
}

/** A curve in the unit square. */
export interface Curve {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly points: readonly (readonly number[])[];
  /** Whether the diagonal is drawn: where chance or perfect calibration lies. */
  readonly hasDiagonal: boolean;
}

/** A curve with its axes. */
export function curve(one: Curve): Markup {
  const place = (value: number): number => Math.min(1, Math.max(0, value)) * 200;
  const points = one.points
    .filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y))
    .map(([x, y]) => `${number(30 + place(x!))},${number(210 - place(y!))}`);
  if (points.length === 0) return nothing;
  const diagonal = one.hasDiagonal ? html`<line class="faint" x1="30" y1="210" x2="230" y2="10"/>` : nothing;
  const marks =
    points.length <= 25
      ? points.map((point) => {
          const [x, y] = point.split(',');
          return html`<circle cx="${x!}" cy="${y!}" r="2.5"/>`;
        })
      : [];
  return html`<figure><svg width="240" height="240" viewBox="0 0 240 240" role="img"><rect class="frame" x="30" y="10" width="200" height="200"/>${diagonal}<polyline class="line" points="${{ markup: points.join(' ') }}"/>${marks}<text x="130" y="232" text-anchor="middle">${one.x}</text><text x="14" y="110" text-anchor="middle" transform="rotate(-90 14 110)">${one.y}</text></svg><figcaption>${one.title}</figcaption></figure>`;
}

/** A step of the graph. */
export interface GraphStep {
  readonly name: string;
  readonly state: string;
  readonly needs: readonly string[];
}

const mostDrawnSteps = 150;
const box = { width: 168, height: 30, columnGap: 44, rowGap: 14 };

/** The graph of steps from left to right, each in the column after the last of those it needs. */
export function graph(steps: readonly GraphStep[]): Markup {
  if (steps.length === 0 || steps.length > mostDrawnSteps) return nothing;
  const columns = columnsOf(steps);
  const heights = new Map<number, number>();
  const places = new Map(
    steps.map((step) => {
      const column = columns.get(step.name)!;
      const row = heights.get(column) ?? 0;
      heights.set(column, row + 1);
      return [
        step.name,
        { x: 4 + column * (box.width + box.columnGap), y: 4 + row * (box.height + box.rowGap) },
      ] as const;
    }),
  );
  const width = 8 + Math.max(...columns.values()) * (box.width + box.columnGap) + box.width;
  const height = 8 + Math.max(...heights.values()) * (box.height + box.rowGap);
  const edges = steps.flatMap((step) =>
    step.needs.flatMap((name) => {
      const [from, to] = [places.get(name), places.get(step.name)!];
      if (from === undefined) return [];
      const [x1, y1, y2] = [from.x + box.width, from.y + box.height / 2, to.y + box.height / 2];
      return [
        html`<path class="edge" d="${{ markup: `M${x1} ${y1}C${x1 + 22} ${y1} ${to.x - 22} ${y2} ${to.x} ${y2}` }}"/>`,
      ];
    }),
  );
  const nodes = steps.map((step) => {
    const { x, y } = places.get(step.name)!;
    const label = step.name.length > 24 ? `${step.name.slice(0, 23)}…` : step.name;
    const state = /^[A-Z]+$/i.test(step.state) ? step.state.toLowerCase() : 'unknown';
    return html`<g class="node ${state}"><title>${step.name}: ${step.state}</title><rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="5"/><text x="${x + 9}" y="${y + 19}">${label}</text></g>`;
  });
  return html`<div class="wide"><svg width="${width}" height="${height}" viewBox="0 0 ${{ markup: String(width) }} ${{ markup: String(height) }}" role="img">${edges}${nodes}</svg></div>`;
}

function columnsOf(steps: readonly GraphStep[]): Map<string, number> {
  const columns = new Map<string, number>();
  for (const step of steps) {
    const before = step.needs.map((name) => columns.get(name) ?? -1);
    columns.set(step.name, Math.max(-1, ...before) + 1);
  }
  return columns;
}
