import { type DividedFile, type FileSplit, splitFile } from '../app/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type CommandCall, isOn, listOption, textOption } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { withPassingLine } from './passing-line.ts';
import { formatTable } from './table.ts';
import { tableWorkOf } from './table-work.ts';

/** `mlspec data split FILE --out FOLDER [--by RULE] [--parts NAME=SHARE,…]`. */
export async function split(call: CommandCall, files: readonly string[]): Promise<number> {
  const [path, ...more] = files;
  if (path === undefined || more.length > 0)
    throw new PlatformError('CLI_USAGE', { message: `expected data split FILE, found ${files.length} files` });
  const out = textOption(call, 'out');
  if (out === undefined)
    throw new PlatformError('CLI_USAGE', { message: 'expected --out with a folder for the parts, found none' });
  const { output } = call;
  const options = {
    path,
    out,
    by: ruleOf(call),
    parts: partsOf(listOption(call, 'parts')),
    salt: textOption(call, 'salt') ?? '',
    gap: textOption(call, 'gap') ?? null,
    key: listOption(call, 'key'),
    folds: foldsOf(call),
    format: textOption(call, 'format') === 'csv' ? ('csv' as const) : ('parquet' as const),
    existing: isOn(call, 'force') ? ('replace' as const) : ('refuse' as const),
  };
  const found = await withPassingLine(output, 'dividing rows', (line) =>
    splitFile({ ...options, ...tableWorkOf(call, line) }),
  );
  if (output.json) {
    output.resultJson({ type: 'result', ...found });
    return exitCodes.done;
  }
  const rows = Object.entries(found.parts).map(([name, part]) => [name, String(part.rowCount), found.files[name]!]);
  output.result(formatTable(['part', 'rows', 'file'], rows));
  if (found.folds !== null) output.result(`\n${foldTable(found.folds)}`);
  if (found.droppedRows > 0) output.say(`${found.droppedRows} rows in the gaps are in no part`);
  output.say(`by ${found.rule}; no key is in two parts`);
  if (found.folds !== null) output.say(`folds by ${found.folds.rule}; no fold trains on a key that it holds out`);
  return exitCodes.done;
}

function foldTable({ parts }: NonNullable<DividedFile['folds']>): string {
  const rows = Object.entries(parts).map(([name, { rowCount, trainRowCount, drift }]) => [
    name,
    String(trainRowCount),
    String(rowCount),
    (drift ?? []).flatMap((column) => (column.drifted ? [column.name] : [])).join(', '),
  ]);
  return formatTable(['fold', 'train', 'held_out', 'unlike train in'], rows);
}

/** `--folds 5 --folds-by rule`. */
function foldsOf(call: CommandCall): FileSplit['folds'] {
  const [count, by] = [textOption(call, 'folds'), textOption(call, 'foldsBy')];
  if (count !== undefined) return { count: wholeNumberOf(count), by: by ?? 'hash' };
  if (by === undefined) return null;
  throw new PlatformError('CLI_USAGE', { message: 'expected --folds with a number beside --folds-by, found none' });
}

function wholeNumberOf(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new PlatformError('CLI_USAGE', { message: `expected --folds to be a whole number, found ${text}` });
}

function ruleOf(call: CommandCall): string {
  const rules = listOption(call, 'by');
  if (rules.length <= 1) return rules[0] ?? 'hash';
  throw new PlatformError('CLI_USAGE', { message: `expected one rule after --by, found ${rules.join(', ')}` });
}

/** `train=80%` and `test=20%` are shares, `train` and `test` names. */
function partsOf(written: readonly string[]): Record<string, string> | string[] {
  const shares = written.filter((part) => part.includes('='));
  if (shares.length === 0) return [...written];
  if (shares.length < written.length)
    throw new PlatformError('CLI_USAGE', {
      message: `expected --parts with a share for each part or for none, found ${written.join(',')}`,
    });
  return Object.fromEntries(
    shares.map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  );
}
