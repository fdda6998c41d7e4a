import { compareFiles, type FileDrift } from '../app/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type CommandCall, isOn, listOption } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { withPassingLine } from './passing-line.ts';
import { shownName } from './shown-text.ts';
import { isClean, readDriftOptions, tellDrift } from './tell-drift.ts';

const shownShares = 3;

/** `mlspec data drift REFERENCE CURRENT [--classifier]`. */
export async function drift(call: CommandCall, files: readonly string[]): Promise<number> {
  const [reference, current, ...more] = files;
  if (reference === undefined || current === undefined || more.length > 0)
    throw new PlatformError('CLI_USAGE', {
      message: `expected data drift REFERENCE CURRENT, found ${files.length} files`,
    });
  const { output } = call;
  const found = await withPassingLine(output, 'comparing columns', (line) =>
    compareFiles({ reference, current, classifier: isOn(call, 'classifier'), ...readDriftOptions(call, line) }),
  );
  requireColumns(listOption(call, 'column'), found);
  if (output.json) output.resultJson({ type: 'result', ...found });
  else {
    for (const name of found.unreadable) output.say(`${shownName(name)} is of a type that is not compared`);
    tellDrift(call, found);
    if (found.separation !== null) tellSeparation(call, found.separation);
  }
  return isClean(found) && found.separation?.drifted !== true ? exitCodes.done : exitCodes.failed;
}

function tellSeparation({ output }: CommandCall, found: NonNullable<FileDrift['separation']>): void {
  const { auc, low, high, threshold, drifted, shares, referenceRows, currentRows } = found;
  const rows = `${referenceRows} rows against ${currentRows}`;
  if (auc === null) {
    output.say(`too few rows for a classifier: ${rows}`);
    return;
  }
  const by = shares
    .slice(0, shownShares)
    .map(({ column, share }) => `${shownName(column)} ${Math.round(100 * share)} %`);
  output.result(
    `all columns together: ${drifted ? 'drifted' : 'not drifted'}, a classifier has an area of ${short(auc)} (${short(low!)} to ${short(high!)}), threshold ${threshold}${by.length === 0 ? '' : `; by ${by.join(', ')}`}`,
  );
  output.say(`the classifier was given ${rows}`);
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
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
