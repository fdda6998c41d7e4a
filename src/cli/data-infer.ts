import { inferFile } from '../app/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type CommandCall, isOn, textOption } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { withPassingLine } from './passing-line.ts';
import { shownName } from './shown-text.ts';
import { tableWorkOf } from './table-work.ts';

/** `mlspec data infer FILE [--out SCHEMA]`. */
export async function infer(call: CommandCall, files: readonly string[]): Promise<number> {
  const [path, ...more] = files;
  if (path === undefined || more.length > 0)
    throw new PlatformError('CLI_USAGE', { message: `expected data infer FILE, found ${files.length} files` });
  const { output } = call;
  const [out, label] = [textOption(call, 'out') ?? null, textOption(call, 'label') ?? null];
  const existing = isOn(call, 'force') ? 'replace' : 'refuse';
  const found = await withPassingLine(output, 'looking at columns', (line) =>
    inferFile({ path, label, out, existing, ...tableWorkOf(call, line) }),
  );
  const { schema, text, rowCount, unreadable } = found;
  if (output.json) output.resultJson({ type: 'result', schema, rowCount, unreadable, out });
  else if (out === null) output.result(text.trimEnd());
  for (const name of unreadable) output.say(`${shownName(name)} is of a type that a schema does not speak of`);
  if (out !== null)
    output.say(`wrote ${out}: ${Object.keys(schema.columns).length} columns, inferred from ${rowCount} rows`);
  return exitCodes.done;
}
