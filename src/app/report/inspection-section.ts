import type { ProjectRecord } from '../project-record.ts';
import { type RecordedStep, readJsonOutput } from '../records.ts';
import { html, type Markup, nothing, number, table } from './html.ts';

interface CountsShape {
  readonly rowCount: number;
  readonly missingCount: number;
  readonly otherCount: number;
  readonly groups: readonly { readonly group: string; readonly count: number }[];
}

/** What steps made of the groups of columns, for a report. */
export interface InspectionShape {
  readonly mostLoss: number;
  readonly columns: readonly {
    readonly column: string;
    readonly tables: readonly { readonly table: string; readonly counts: CountsShape }[];
    readonly sources: readonly { readonly source: string; readonly before: CountsShape; readonly after: CountsShape }[];
  }[];
  readonly losses: readonly {
    readonly column: string;
    readonly group: string;
    readonly table: string;
    readonly message: string;
  }[];
  readonly notTold: readonly { readonly table: string; readonly column: string | null; readonly reason: string }[];
}

const most = { groups: 20, tables: 12, lines: 50 };
const barWidth = 60;

/** What the record has of an inspection; null where nothing was inspected. */
export async function readInspection(
  record: ProjectRecord,
  step: RecordedStep | undefined,
): Promise<InspectionShape | null> {
  return await readJsonOutput<InspectionShape>(record, step, 'report');
}

/** The groups of each column, table by table, as steps made them; what lost more of its share than may be is marked. */
export function inspectionSection({ mostLoss, columns, losses, notTold }: InspectionShape): Markup {
  const found =
    losses.length === 0
      ? html`<p>No group lost ${percent(mostLoss)} of its share or more at a step.</p>`
      : html`${losses.slice(0, most.lines).map(({ message }) => html`<p class="missed">${message}</p>`)}${rest(losses.length, most.lines)}`;
  const gaps = notTold
    .slice(0, most.lines)
    .map(
      (one) =>
        html`<p class="faint">not counted in ${one.table}${one.column === null ? '' : `, ${one.column}`}: ${one.reason}</p>`,
    );
  return html`${found}${columns.map((column) => groupTable(column, losses))}${gaps}`;
}

function groupTable(
  { column, tables, sources }: InspectionShape['columns'][number],
  losses: InspectionShape['losses'],
): Markup {
  const shown = [
    ...sources.flatMap(({ source, before, after }) => [
      { table: `source ${source}`, counts: before },
      { table: 'ingestion.dataset', counts: after },
    ]),
    ...tables,
  ].slice(0, most.tables);
  const names = (shown[0]?.counts.groups ?? []).slice(0, most.groups).map(({ group }) => group);
  if (shown.length === 0 || names.length === 0) return nothing;
  const rows = names.map((group) => [
    html`${group}`,
    ...shown.map(({ table: name, counts }) => {
      const isLost = losses.some((loss) => loss.column === column && loss.group === group && loss.table === name);
      return cell(counts, counts.groups.find((one) => one.group === group)?.count ?? 0, isLost);
    }),
  ]);
  const without = [html`without a value`, ...shown.map(({ counts }) => html`${number(counts.missingCount)}`)];
  const all = [html`all rows`, ...shown.map(({ counts }) => html`${number(counts.rowCount)}`)];
  const heads = [column, ...shown.map((one) => one.table)];
  return html`<h3>${column}</h3><div class="wide">${table(heads, [...rows, without, all])}</div>${rest(shown[0]!.counts.groups.length, most.groups)}`;
}

function cell({ rowCount, missingCount }: CountsShape, count: number, isLost: boolean): Markup {
  const valued = rowCount - missingCount;
  const share = valued === 0 ? 0 : count / valued;
  const bar = html`<svg class="bars" width="${barWidth}" height="8" role="img"><rect width="${number(barWidth * share)}" height="8"/></svg>`;
  return html`<span class="${isLost ? 'missed' : ''}">${percent(share)}</span> ${bar} <span class="interval">${number(count)}</span>`;
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}

function rest(count: number, shown: number): Markup {
  return count <= shown ? nothing : html`<p class="faint">and ${number(count - shown)} more in the record</p>`;
}
