import { type Anomaly, type CheckResult, checkFile, weightOf } from '../app/index.ts';
import { visibleText } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type CommandCall, listOption, textOption } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { numberOf } from './number-option.ts';
import { withPassingLine } from './passing-line.ts';
import { shownName, shownValue } from './shown-text.ts';
import { tableWorkOf } from './table-work.ts';

const longestPatch = 200;
const shownExamples = 3;

/** `mlspec data check FILE [--schema SCHEMA [--environment NAME] [--compare OLDER [--key COLUMN]] [--accept ID]] [--checks CHECKS [--history FILE]]`. */
export async function check(call: CommandCall, files: readonly string[]): Promise<number> {
  const { output } = call;
  const asked = askedOf(call, files);
  const found = await withPassingLine(output, 'looking at columns', (line) =>
    checkFile({ ...asked, config: call.config, ...tableWorkOf(call, line) }),
  );
  if (output.json) output.resultJson({ type: 'result', ...found });
  else tell(call, asked, found);
  const fails =
    found.anomalies.some(({ severity }) => severity === 'fail') || found.checks.some((one) => weightOf(one) === 'fail');
  return fails ? exitCodes.failed : exitCodes.done;
}

type Asked = Parameters<typeof checkFile>[0];
type Found = Awaited<ReturnType<typeof checkFile>>;

function askedOf(call: CommandCall, files: readonly string[]): Asked {
  const [path, ...more] = files;
  const text = (name: string): string | null => textOption(call, name) ?? null;
  const [schemaPath, checksPath] = [text('schema'), text('checks')];
  if (path === undefined || more.length > 0 || (schemaPath === null && checksPath === null))
    throw new PlatformError('CLI_USAGE', {
      message: `expected data check FILE --schema SCHEMA, --checks CHECKS or both, found ${path === undefined || more.length > 0 ? `${files.length} files` : 'neither --schema nor --checks'}`,
    });
  const [accept, key] = [listOption(call, 'accept'), listOption(call, 'key')];
  const [compare, environment] = [text('compare'), text('environment')];
  if (schemaPath === null && (accept.length > 0 || compare !== null || environment !== null))
    throw new PlatformError('CLI_USAGE', {
      message: 'expected --schema with --accept, --compare or --environment, which are about it, found none',
    });
  const [history, dataset] = [text('history'), text('dataset')];
  if ((history !== null && checksPath === null) || (dataset !== null && history === null))
    throw new PlatformError('CLI_USAGE', {
      message:
        history === null
          ? 'expected --history with --dataset, which is a name in it, found none'
          : 'expected --checks with --history, which keeps the values that checks name, found none',
    });
  const tolerance = numberOf(textOption(call, 'tolerance') ?? '0', '--tolerance', Number.MAX_VALUE);
  const schema = { schemaPath, compare, key, tolerance, environment, accept };
  const kept = { history, dataset, quarantine: text('quarantine') };
  return { path, ...schema, checksPath, asOf: text('asOf'), ...kept };
}

function tell(call: CommandCall, asked: Asked, found: Found): void {
  const { schemaPath, checksPath, quarantine, history } = asked;
  const { output } = call;
  const { anomalies, accepted, rowCount, unreadable, checks, quarantinedRows } = found;
  for (const anomaly of anomalies) showAnomaly(call, anomaly);
  for (const result of checks.filter(isNotPassed)) showCheck(call, result);
  if (history !== null) tellHistory(call, history, found);
  for (const one of accepted) output.say(`accepted ${one.id}: ${patchText(one.patch)} in ${schemaPath}`);
  for (const name of unreadable) output.say(`${shownName(name)} is of a type that is not looked at`);
  const counted = [
    ...(schemaPath === null ? [] : [countsOf('anomalies', anomalies)]),
    ...(checksPath === null ? [] : [countsOf(`of ${checks.length} checks`, weightsOf(checks))]),
    `${rowCount} rows`,
    ...(quarantinedRows === null ? [] : [`${quarantinedRows} written to ${quarantine}`]),
  ];
  output.say(counted.join('; '));
}

/** What is to be done about unusual values, and what of the file could not be read. */
function tellHistory({ output }: CommandCall, path: string, { checks, damagedLines }: Found): void {
  const file = visibleText(path);
  if (checks.some(({ judged }) => judged?.verdict === 'unusual'))
    output.say(
      `if what is unusual is meant, see mlspec data history ${file}, and mlspec data history accept ${file} ID`,
    );
  if (damagedLines.length > 0)
    output.say(`${file} has lines that cannot be read and take no part: ${damagedLines.join(', ')}`);
}

function weightsOf(checks: readonly CheckResult[]): { readonly severity: 'fail' | 'warn' }[] {
  return checks.flatMap((one) => {
    const weight = weightOf(one);
    return weight === 'passed' ? [] : [{ severity: weight }];
  });
}

function isNotPassed({ outcome }: CheckResult): boolean {
  return outcome !== 'passed';
}

function countsOf(what: string, found: readonly { readonly severity: 'fail' | 'warn' }[]): string {
  const failed = found.filter(({ severity }) => severity === 'fail').length;
  return `${failed} ${what} fail, ${found.length - failed} warn`;
}

function showCheck({ output }: CommandCall, result: CheckResult): void {
  const { outcome, that, where, message, examples, at } = result;
  const weight = weightOf(result) === 'fail' ? 'fail' : 'warn';
  const style = weight === 'fail' ? 'bad' : 'warn';
  const restricted = where === null ? '' : ` where ${visibleText(where)}`;
  const word = outcome === 'broken' ? `${weight} broken` : weight;
  output.result(`${output.style(style, word)} ${visibleText(that)}${restricted}: ${visibleText(message)}`);
  if (at !== null) {
    const [before, part] = [visibleText(that.slice(0, at.start)), visibleText(that.slice(at.start, at.end))];
    output.result(`  ${visibleText(that)}`);
    output.result(`  ${' '.repeat(before.length)}${'^'.repeat(Math.max(1, part.length))}`);
  }
  for (const row of examples.slice(0, shownExamples)) {
    const cells = Object.entries(row).map(
      ([name, value]) => `${shownName(name)} ${shownValue(value === null ? null : String(value))}`,
    );
    output.result(`  ${cells.join(', ')}`);
  }
}

function showAnomaly({ output }: CommandCall, anomaly: Anomaly): void {
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
