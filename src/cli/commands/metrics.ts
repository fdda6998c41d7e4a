import { type EvaluatedMetric, type RunMetrics, readMetrics } from '../../app/index.ts';
import { didYouMean } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type CommandCall, isOn, listOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatMarkdownTable, formatTable } from '../table.ts';

/** `mlspec metrics [run]`: metrics with intervals beside the baselines, and by slice. */
export async function run(call: CommandCall): Promise<number> {
  const measured = await readMetrics(call.config, call.arguments[0] ?? 'latest');
  const names = chosenOf(listOption(call, 'metric'), measured);
  if (call.output.json) call.output.resultJson({ type: 'result', metrics: measured });
  else print(call, measured, names);
  return exitCodes.done;
}

function print(call: CommandCall, measured: RunMetrics, names: readonly string[]): void {
  const table = isOn(call, 'md') ? formatMarkdownTable : formatTable;
  const baselines = Object.keys(measured.baselines);
  const rows = names.map((name) => [
    name,
    show(measured.metrics[name]),
    ...baselines.map((baseline) => show(measured.baselines[baseline]?.[name])),
    measured.metrics[name]?.interval?.method ?? '',
  ]);
  call.output.result(table([`${measured.on} (${measured.rowCount} rows)`, 'new', ...baselines, 'interval'], rows));
  if (measured.folds !== null) printFolds(call, measured.folds, names);
  if (isOn(call, 'slices') && measured.slices.length > 0) {
    call.output.result('');
    call.output.result(
      table(
        ['slice', 'value', 'rows', ...names],
        measured.slices.map((one) => [
          one.slice,
          one.value,
          String(one.rowCount),
          ...names.map((name) => number(one.metrics[name]?.value ?? null)),
        ]),
      ),
    );
  }
  if (measured.importance !== null) {
    call.output.result('');
    call.output.result(
      table(
        ['feature', `drop of ${measured.importance[0]?.metric ?? 'metric'}`],
        measured.importance.map((one) => [one.feature, number(one.drop)]),
      ),
    );
  }
}

function printFolds(
  call: CommandCall,
  { folds, metrics }: RunMetrics['folds'] & object,
  names: readonly string[],
): void {
  const table = isOn(call, 'md') ? formatMarkdownTable : formatTable;
  const rows = names.flatMap((name) => {
    const found = metrics[name];
    if (found === undefined) return [];
    const { mean, deviation, interval } = found;
    const values = folds.map((fold) => number(fold.metrics[name] ?? null));
    return [[name, show({ value: mean, interval }), deviation === null ? '' : number(deviation), ...values]];
  });
  const each = folds.map(({ fold }) => `fold ${fold}`);
  call.output.result('');
  call.output.result(table([`${folds.length} folds of train`, 'mean', 'deviation', ...each], rows));
}

/** The metrics asked for, in that order; all where none is. @throws PlatformError METRIC_UNKNOWN */
function chosenOf(wanted: readonly string[], { metrics, runId }: RunMetrics): string[] {
  const names = Object.keys(metrics);
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown === undefined) return wanted.length === 0 ? names : [...wanted];
  throw new PlatformError('METRIC_UNKNOWN', {
    message: `expected a metric of run ${runId}, found ${JSON.stringify(unknown)}; it has: ${names.join(', ')}`,
    ...didYouMean(unknown, names),
  });
}

function show(metric: EvaluatedMetric | undefined): string {
  if (metric === undefined) return '';
  return metric.interval === null
    ? number(metric.value)
    : `${number(metric.value)} [${number(metric.interval.low)}, ${number(metric.interval.high)}]`;
}

function number(value: number | null): string {
  return value === null ? 'undefined' : value.toFixed(4);
}
