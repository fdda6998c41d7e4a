import { type FileProfile, profileData, strongestPairs, toldFirst } from '../app/index.ts';
import { formatBytes, visibleText } from '../encoding/index.ts';
import { type CommandCall, listOption, textOption } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { withPassingLine } from './passing-line.ts';
import { formatTable } from './table.ts';
import { tableWorkOf } from './table-work.ts';

type ProfiledColumn = FileProfile['statistics']['columns'][number];

const shownWarnings = 20;
const shownPairs = 20;
const shownRows = 10;
const barHeights = ' ▁▂▃▄▅▆▇█';

/** `mlspec data profile FILE...|SQL|DATASET`. */
export async function profile(call: CommandCall, tables: readonly string[]): Promise<number> {
  const { output } = call;
  const given = ['compare', 'states', 'out', 'label', 'pairs', 'weight'].flatMap((name) => {
    const value = textOption(call, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const out = textOption(call, 'out');
  const options = {
    tables,
    ...(Object.fromEntries(given) as Pick<
      Parameters<typeof profileData>[1],
      'compare' | 'states' | 'out' | 'label' | 'pairs' | 'weight'
    >),
    by: listOption(call, 'by'),
    outliers: textOption(call, 'outliers') as 'tukey' | 'robust_z' | 'isolation_forest',
  };
  const { profile: found, written } = await withPassingLine(output, 'opening', (line) =>
    profileData(call.config, {
      ...options,
      ...tableWorkOf(call, line),
      onProgress: (what, done, of) => line.say(`${what}: ${done + 1} of ${of}`),
    }),
  );
  if (output.json) output.resultJson({ type: 'result', ...found, ...(written === null ? {} : { written }) });
  else show(call, found);
  if (written !== null && !output.json) output.say(`wrote ${out}, ${formatBytes(written.sizeBytes)}`);
  return exitCodes.done;
}

function show({ output }: CommandCall, found: FileProfile): void {
  const { statistics, compared } = found;
  const drifts = new Map(compared?.drift.columns.map((one) => [one.name, one]));
  const lines = toldFirst(found);
  for (const { column, message } of lines.slice(0, shownWarnings))
    output.result(`${output.style('warn', 'warning')} ${visibleText(column ?? 'the table')}: ${visibleText(message)}`);
  if (lines.length > shownWarnings) output.result(`and ${lines.length - shownWarnings} more warnings`);
  if (lines.length > 0) output.result('');
  const rows = statistics.columns.map((column) => [
    visibleText(column.name),
    column.type,
    percent(column.missingCount, column.rowCount),
    String(column.distinctCount),
    short(column.numbers?.mean ?? column.texts?.meanLength ?? null),
    short(column.numbers?.standardDeviation ?? null),
    rangeOf(column),
    picture(column),
    ...(compared === null ? [] : [short(distanceOf(drifts.get(column.name)))]),
  ]);
  const head = [
    'column',
    'type',
    'missing',
    'distinct',
    'mean',
    'deviation',
    'range',
    '',
    ...(compared === null ? [] : ['distance']),
  ];
  output.result(formatTable(head, rows));
  for (const slice of found.slices) {
    output.result('');
    const sizes = slice.groups.map(({ value, rowCount }) => [
      visibleText(value),
      String(rowCount),
      percent(rowCount, statistics.rowCount),
    ]);
    output.result(formatTable([slice.slice, 'rows', ''], sizes));
  }
  if (found.outlyingRows !== null) showOutlyingRows(output, found.outlyingRows);
  if (found.weighted !== null) showWeighted(output, found.weighted);
  if (found.pairs !== null) showPairs(output, found.pairs);
  for (const name of found.unreadable) output.say(`${visibleText(name)} is of a type that is not looked at`);
  if (found.reusedCount > 0) output.say(`${found.reusedCount} files were not read again: their states were kept`);
  output.say(`${statistics.rowCount} rows, ${statistics.columns.length} columns, ${found.digest}`);
}

function showOutlyingRows(output: CommandCall['output'], found: NonNullable<FileProfile['outlyingRows']>): void {
  const rows = found.rows
    .slice(0, shownRows)
    .map(({ score, count, values }) => [short(score), String(count), ...values.map(short)]);
  output.result('');
  output.result(`${found.rowCount} outlying rows, score above ${found.threshold}`);
  if (rows.length > 0) output.result(formatTable(['score', 'rows', ...found.columns.map(visibleText)], rows));
}

function showWeighted(output: CommandCall['output'], weighted: NonNullable<FileProfile['weighted']>): void {
  const rows = weighted.columns.map(({ name, missing, mean, standardDeviation, quantiles }) => [
    visibleText(name),
    missing === null ? '–' : percent(missing, 1),
    short(mean),
    short(standardDeviation),
    quantiles === null ? '' : [1, 3, 5].map((at) => endOf(quantiles[at]!)).join(' … '),
  ]);
  output.result('');
  output.result(
    formatTable([`by ${visibleText(weighted.weight)}`, 'missing', 'mean', 'deviation', '5, 50, 95 %'], rows),
  );
}

function showPairs(output: CommandCall['output'], { label, power, pairs }: NonNullable<FileProfile['pairs']>): void {
  const rows = strongestPairs(pairs, shownPairs).map((one) => [
    visibleText(one.a),
    visibleText(one.b),
    short(one.pearson),
    short(one.spearman),
    short(one.cramersV),
    short(one.mutualInformationBits),
  ]);
  output.result('');
  output.result(formatTable(['pair', '', 'Pearson', 'Spearman', "Cramér's V", 'bits'], rows));
  if (label === null) return;
  output.result('');
  const told = power.slice(0, shownPairs).map((one) => [visibleText(one.column), short(one.power)]);
  output.result(formatTable([`tells ${visibleText(label)} alone`, ''], told));
}

function distanceOf(
  drift: NonNullable<FileProfile['compared']>['drift']['columns'][number] | undefined,
): number | null {
  return drift === undefined ? null : drift.distances[drift.judgedBy];
}

function short(value: number | null): string {
  return value === null ? '–' : String(Number(value.toPrecision(4)));
}

function percent(count: number, of: number): string {
  return of === 0 || count === 0 ? '0 %' : `${Number(((count / of) * 100).toPrecision(3))} %`;
}

function rangeOf({ numbers, times, texts }: ProfiledColumn): string {
  const ends = numbers ?? times;
  if (ends?.min != null) return `${endOf(ends.min)} … ${endOf(ends.max!)}`;
  return texts?.minLength == null ? '' : `${texts.minLength} … ${texts.maxLength} characters`;
}

function endOf(end: string | number): string {
  return typeof end === 'number' ? short(end) : end.slice(0, 16).replace('T', ' ');
}

/** A histogram in characters, or the most frequent values. */
function picture({ numbers, times, top }: ProfiledColumn): string {
  const histogram = numbers?.histogram ?? times?.histogram ?? null;
  if (histogram === null)
    return top
      .slice(0, 3)
      .map(({ value }) => visibleText(String(value).slice(0, 16)))
      .join(', ');
  const most = Math.max(...histogram.counts);
  return histogram.counts.map((count) => barHeights[Math.ceil((count / most) * (barHeights.length - 1))]!).join('');
}
