import { type Anomaly, checkFile } from '../app/index.ts';
import { visibleText } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type CommandCall, listOption, textOption } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { numberOf } from './number-option.ts';
import { withPassingLine } from './passing-line.ts';
import { shownName, shownValue } from './shown-text.ts';

const longestPatch = 200;

/** `mlspec data check FILE --schema SCHEMA [--environment NAME] [--compare OLDER [--key COLUMN]] [--accept ID]`. */
export async function check(call: CommandCall, files: readonly string[]): Promise<number> {
  const [path, ...more] = files;
  const schemaPath = textOption(call, 'schema');
  if (path === undefined || more.length > 0 || schemaPath === undefined)
    throw new PlatformError('CLI_USAGE', {
      message: `expected data check FILE --schema SCHEMA, found ${schemaPath === undefined ? 'no --schema' : `${files.length} files`}`,
    });
  const { output, signal } = call;
  const [compare, environment] = [textOption(call, 'compare') ?? null, textOption(call, 'environment') ?? null];
  const [accept, key] = [listOption(call, 'accept'), listOption(call, 'key')];
  const tolerance = numberOf(textOption(call, 'tolerance') ?? '0', '--tolerance', Number.MAX_VALUE);
  const found = await withPassingLine(output, 'looking at columns', () =>
    checkFile({ path, schemaPath, compare, key, tolerance, environment, accept, signal }),
  );
  const { anomalies, accepted, rowCount, unreadable } = found;
  const failed = anomalies.filter(({ severity }) => severity === 'fail').length;
  if (output.json) output.resultJson({ type: 'result', ...found });
  else {
    for (const anomaly of anomalies) show(call, anomaly);
    for (const one of accepted) output.say(`accepted ${one.id}: ${patchText(one.patch)} in ${schemaPath}`);
    for (const name of unreadable) output.say(`${shownName(name)} is of a type that a schema does not speak of`);
    output.say(`${failed} anomalies fail, ${anomalies.length - failed} warn; ${rowCount} rows`);
  }
  return failed === 0 ? exitCodes.done : exitCodes.failed;
}

function show({ output }: CommandCall, anomaly: Anomaly): void {
  const { id, reason, severity, message, failingRows, rowCount, patch } = anomaly;
  const style = severity === 'fail' ? 'bad' : 'warn';
  output.result(`${output.style(style, severity)} ${id} ${reason}: ${message}`);
  if (failingRows !== null) {
    const values = anomaly.examples.map(({ value, count }) => `${shownValue(value)} (${count})`);
    output.result(`  ${rowCount} rows${values.length === 0 ? '' : `, with ${values.join(', ')}`}`);
    output.result(`  look: ${visibleText(failingRows)}`);
  }
  if (patch !== null) output.result(`  --accept ${id}: ${patchText(patch)}`);
}

function patchText(patch: Anomaly['patch']): string {
  if (patch === null) return '';
  const place = patch.path.map(shownName).join('.');
  if (patch.value === null) return `removes ${place}`;
  const value = visibleText(JSON.stringify(patch.value));
  return `sets ${place} to ${value.length > longestPatch ? `${value.slice(0, longestPatch)}…` : value}`;
}
