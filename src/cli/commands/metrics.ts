import { type EvaluatedMetric, type RunMetrics, readMetrics } from '../../app/index.ts';
import { type CommandCall, isOn } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatMarkdownTable, formatTable } from '../table.ts';

/** `mlspec metrics [run]`: metrics with intervals beside the baselines, and by slice. */
export async function run(call: CommandCall): Promise<number> {
  const measured = await readMetrics(call.config, call.arguments[0] ?? 'latest');
  if (call.output.json) call.output.resultJson({ type: 'result', metrics: measured });
  else if (measured === null) call.output.say('this run has no evaluation');
  else print(call, measured);
  return measured === null ? exitCodes.failed : exitCodes.done;
}

function print(call: CommandCall, measured: RunMetrics): void {
  const table = isOn(call, 'md') ? formatMarkdownTable : formatTable;
  const baselines = Object.keys(measured.baselines);
  const rows = Object.entries(measured.metrics).map(([name, metric]) => [
    name,
    show(metric),
    ...baselines.map((baseline) => show(measured.baselines[baseline]?.[name])),
    metric.interval?.method ?? '',
  ]);
  call.output.result(table([`${measured.on} (${measured.rowCount} rows)`, 'new', ...baselines, 'interval'], rows));
  if (isOn(call, 'slices') && measured.slices.length > 0) {
    const names = Object.keys(measured.slices[0]!.metrics);
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

function show(metric: EvaluatedMetric | undefined): string {
  if (metric === undefined) return '';
  return metric.interval === null
    ? number(metric.value)
    : `${number(metric.value)} [${number(metric.interval.low)}, ${number(metric.interval.high)}]`;
}

function number(value: number | null): string {
  return value === null ? 'undefined' : value.toFixed(4);
}
