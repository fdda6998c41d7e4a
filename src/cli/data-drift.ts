import { compareFiles, type FileDrift } from '../app/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type CommandCall, listOption } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { withPassingLine } from './passing-line.ts';
import { shownName } from './shown-text.ts';
import { isClean, readDriftOptions, tellDrift } from './tell-drift.ts';

/** `mlspec data drift REFERENCE CURRENT`. */
export async function drift(call: CommandCall, files: readonly string[]): Promise<number> {
  const [reference, current, ...more] = files;
  if (reference === undefined || current === undefined || more.length > 0)
    throw new PlatformError('CLI_USAGE', {
      message: `expected data drift REFERENCE CURRENT, found ${files.length} files`,
    });
  const { output } = call;
  const found = await withPassingLine(output, 'comparing columns', (say) =>
    compareFiles({ reference, current, ...readDriftOptions(call, say) }),
  );
  requireColumns(listOption(call, 'column'), found);
  if (output.json) output.resultJson({ type: 'result', ...found });
  else {
    for (const name of found.unreadable) output.say(`${shownName(name)} is of a type that is not compared`);
    tellDrift(call, found);
  }
  return isClean(found) ? exitCodes.done : exitCodes.failed;
}

function requireColumns(names: readonly string[], found: FileDrift): void {
  const there = [
    ...found.columns.map(({ name }) => name),
    ...found.onlyReference,
    ...found.onlyCurrent,
    ...found.differentTypes.map(({ name }) => name),
  ];
  const missing = names.find((name) => !there.includes(name));
  if (missing === undefined) return;
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected --column to name a column of the files, found ${JSON.stringify(missing)}`,
  });
}
