import { diffFiles, type FileDifference, isEqualData } from '../app/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type CommandCall, listOption, textOption } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { numberOf } from './number-option.ts';
import { withPassingLine } from './passing-line.ts';
import { shownName, shownValue } from './shown-text.ts';
import { formatTable } from './table.ts';
import { tableWorkOf } from './table-work.ts';

/** `mlspec data diff BEFORE AFTER [--key COLUMN]`. */
export async function diff(call: CommandCall, files: readonly string[]): Promise<number> {
  const [reference, current, ...more] = files;
  if (reference === undefined || current === undefined || more.length > 0)
    throw new PlatformError('CLI_USAGE', { message: `expected data diff BEFORE AFTER, found ${files.length} files` });
  const columns = listOption(call, 'column');
  const { output } = call;
  const options = {
    reference,
    current,
    key: listOption(call, 'key'),
    ...(columns.length === 0 ? {} : { columns: new Set(columns) }),
    tolerance: numberOf(textOption(call, 'tolerance') ?? '0', '--tolerance', Number.MAX_VALUE),
    rowsPath: textOption(call, 'rows') ?? null,
  };
  const found = await withPassingLine(output, 'matching rows', (line) =>
    diffFiles({ ...options, ...tableWorkOf(call, line) }),
  );
  if (output.json) output.resultJson({ type: 'result', ...found });
  else show(call, found);
  return isEqualData(found) ? exitCodes.done : exitCodes.failed;
}

function show({ output }: CommandCall, found: FileDifference): void {
  const { added, removed, changed, unchanged, examples } = found;
  output.result(`${added} added, ${removed} removed, ${changed} changed, ${unchanged} unchanged`);
  for (const line of [...unmatchedLines(found), ...columnLines(found)]) output.result(line);
  const differing = found.columns.filter((column) => column.changed > 0).sort((a, b) => b.changed - a.changed);
  if (differing.length > 0)
    output.result(
      `\n${formatTable(
        ['column', 'changed', 'emptied', 'filled', 'largest change'],
        differing.map((column) => [
          shownName(column.name),
          ...[column.changed, column.emptied, column.filled].map(String),
          column.largestChange === null ? '' : String(column.largestChange),
        ]),
      )}`,
    );
  const rows = [
    ...examples.changed.map(({ key, changes }) => `~ ${shown(key)}  ${changes.map(shownChange).join(', ')}`),
    ...examples.added.map((row) => `+ ${shown(row)}`),
    ...examples.removed.map((row) => `- ${shown(row)}`),
  ];
  if (rows.length > 0) output.result(`\n${rows.join('\n')}`);
  for (const name of found.unreadable) output.say(`${shownName(name)} is of a type that is not compared`);
  if (found.key.length === 0 && added > 0 && removed > 0)
    output.say('rows were compared whole; --key COLUMN tells changed rows from added and removed ones');
}

function unmatchedLines({ unmatched, examples }: FileDifference): string[] {
  const [missing, repeated] = (['keyMissing', 'keyRepeated'] as const).map((what) => [
    unmatched.reference[what],
    unmatched.current[what],
  ]);
  const lines: string[] = [];
  if (missing!.some((count) => count > 0)) lines.push(`key missing in ${missing![0]} and ${missing![1]} rows`);
  if (repeated!.some((count) => count > 0))
    lines.push(`key repeated in ${repeated![0]} and ${repeated![1]} rows: ${examples.repeated.map(shown).join('; ')}`);
  return lines;
}

function columnLines({ onlyReference, onlyCurrent, differentTypes }: FileDifference): string[] {
  return [
    ...onlyReference.map((name) => `${shownName(name)} is gone`),
    ...onlyCurrent.map((name) => `${shownName(name)} is new`),
    ...differentTypes.map(({ name, reference, current }) => `${shownName(name)} was ${reference} and is ${current}`),
  ];
}

function shownChange({
  column,
  before,
  after,
}: FileDifference['examples']['changed'][number]['changes'][number]): string {
  return `${shownName(column)} ${shownValue(before)} → ${shownValue(after)}`;
}

function shown(row: Readonly<Record<string, string | null>>): string {
  return Object.entries(row)
    .map(([name, value]) => `${shownName(name)}=${shownValue(value)}`)
    .join(' ');
}
