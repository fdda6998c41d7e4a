/** Comparisons of two tables on the command line: their options read, their results shown. */
import type { DriftDistance, FileDrift } from '../app/index.ts';
import { type CommandCall, listOption, textOption } from './command.ts';
import { numberOf } from './number-option.ts';
import type { PassingLine } from './passing-line.ts';
import { shownName } from './shown-text.ts';
import { formatTable } from './table.ts';
import { tableWorkOf } from './table-work.ts';

/** A comparison, whatever its two sides are. */
type Compared = Omit<FileDrift, 'unreadable' | 'separation'>;

/** How tables are compared, as the options say; `line` shows how far it is. @throws PlatformError CONFIG_BAD_VALUE */
export function readDriftOptions(
  call: CommandCall,
  line: PassingLine,
): {
  readonly distance: DriftDistance;
  readonly threshold?: number;
  readonly falseAlarmRate: number;
  readonly columns?: ReadonlySet<string>;
  readonly onProgress: (done: number, of: number) => void;
} & ReturnType<typeof tableWorkOf> {
  const threshold = textOption(call, 'threshold');
  const columns = listOption(call, 'column');
  return {
    distance: textOption(call, 'distance') as DriftDistance,
    ...(threshold === undefined ? {} : { threshold: numberOf(threshold, '--threshold', Number.POSITIVE_INFINITY) }),
    falseAlarmRate: numberOf(textOption(call, 'falseAlarm') ?? '1%', '--false-alarm', 1),
    ...(columns.length === 0 ? {} : { columns: new Set(columns) }),
    onProgress: (done, of) => line.say(`column ${done + 1} of ${of}`),
    ...tableWorkOf(call, line),
  };
}

/** Whether nothing drifted, is missing, new, or of another type. */
export function isClean(found: Compared): boolean {
  const { columns, onlyReference, onlyCurrent, differentTypes } = found;
  return (
    !columns.some(({ drifted }) => drifted) && onlyReference.length + onlyCurrent.length + differentTypes.length === 0
  );
}

/** Shows a comparison: what drifted first. */
export function tellDrift({ output }: CommandCall, found: Compared): void {
  const order = [...found.columns].sort((a, b) => Number(b.drifted) - Number(a.drifted) || over(b) - over(a));
  const rows = order.map((column) => [
    shownName(column.name),
    column.judgedBy,
    rounded(column.distances[column.judgedBy]),
    rounded(column.threshold),
    column.adjustedPValue < 1e-12 ? '< 1e-12' : rounded(column.adjustedPValue),
    column.drifted ? 'drifted' : '',
    notes(column),
  ]);
  output.result(formatTable(['column', 'distance', 'found', 'threshold', 'p', '', ''], rows));
  for (const name of found.onlyReference) output.result(`${shownName(name)} is in the reference only`);
  for (const name of found.onlyCurrent) output.result(`${shownName(name)} is new`);
  for (const { name, reference, current } of found.differentTypes)
    output.result(`${shownName(name)} was ${reference} and is ${current}`);
  const count = found.columns.filter(({ drifted }) => drifted).length;
  output.say(
    `${count} of ${found.columns.length} columns drifted; ${found.referenceRowCount} rows against ${found.currentRowCount}, false-alarm rate ${found.falseAlarmRate * 100} %`,
  );
}

/** How far a distance is over its threshold, as a factor. */
function over({ distances, judgedBy, threshold }: Compared['columns'][number]): number {
  return (distances[judgedBy] ?? 0) / threshold;
}

function rounded(value: number | null): string {
  return value === null ? '–' : String(Number(value.toPrecision(3)));
}

/** What else a person would want to know of a column. */
function notes({ reference, current, newValues, vanishedValues }: Compared['columns'][number]): string {
  const share = (side: typeof reference): number => (side.rowCount === 0 ? 0 : side.missingCount / side.rowCount);
  const percent = (value: number): string => `${Number((value * 100).toPrecision(3))} %`;
  const parts: string[] = [];
  if (Math.abs(share(reference) - share(current)) >= 0.01)
    parts.push(`missing ${percent(share(reference))} → ${percent(share(current))}`);
  if (newValues !== null && newValues.valueCount > 0)
    parts.push(`${newValues.valueCount} new values in ${newValues.rowCount} rows`);
  if (vanishedValues !== null && vanishedValues.valueCount > 0) parts.push(`${vanishedValues.valueCount} values gone`);
  return parts.join(', ');
}
