import type { RunSummary, SummaryMetric } from '../app/index.ts';
import { formatDuration } from '../encoding/index.ts';
import type { Output, Style } from './output.ts';
import { formatTable } from './table.ts';

const shownMetrics = ['accuracy', 'auc', 'cost', 'recall', 'precision', 'log_loss', 'rmse', 'mae', 'r2', 'ndcg', 'map'];

/** Prints what a run came to: for people on standard error and as text on standard output, or one JSON result. */
export function printSummary(output: Output, summary: RunSummary): void {
  if (output.json) return void output.resultJson({ type: 'result', ...summary });
  output.say('');
  printFailures(output, summary);
  printMetrics(output, summary);
  printObjectives(output, summary);
  printGates(output, summary);
  if (summary.declaredOnly.length > 0)
    output.say(
      output.style(
        'dim',
        `declared, not carried out yet: ${summary.declaredOnly.map((one) => one.section).join(', ')}`,
      ),
    );
  const style: Style = summary.state === 'COMPLETE' ? 'good' : summary.state === 'FAILED' ? 'bad' : 'warn';
  const counts = Object.entries(summary.counts)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
  output.result(
    `${output.style(style, summary.state)} ${summary.name} in ${formatDuration(summary.durationMs)} (${counts})`,
  );
  if (summary.modelVersion !== null)
    output.result(`model    ${summary.name}/${summary.modelVersion}${awaited(summary)}`);
  output.result(`run      ${summary.runId}`);
  output.result(`record   ${summary.record}`);
  output.result(`next     ${output.style('name', summary.next)}`);
}

function printFailures(output: Output, summary: RunSummary): void {
  for (const { step, error } of summary.failed) {
    output.say(
      `${output.style('bad', `error[${error?.code ?? 'PIPELINE_STEP_FAILED'}]`)} ${step}: ${error?.message ?? ''}`,
    );
    if (error?.traceback !== undefined) output.say(output.style('dim', error.traceback.trimEnd()));
    if (error?.hint !== undefined) output.say(`  ${output.style('dim', 'what to do:')} ${error.hint}`);
  }
  for (const { step, reason } of summary.skipped) output.say(output.style('dim', `skipped ${step}: ${reason}`));
}

function printMetrics(output: Output, summary: RunSummary): void {
  const names = shownMetrics.filter((name) => summary.metrics[name] !== undefined);
  if (names.length === 0) return;
  const baselines = Object.keys(summary.baselines);
  const rows = names.map((name) => [
    name,
    showMetric(summary.metrics[name]),
    ...baselines.map((baseline) => showMetric(summary.baselines[baseline]?.[name])),
  ]);
  output.say(formatTable([`on ${summary.on}`, 'new', ...baselines], rows));
  output.say('');
}

function showMetric(metric: SummaryMetric | undefined): string {
  if (metric === undefined || metric.value === null) return '–';
  const value = metric.value.toFixed(4);
  return metric.low === null || metric.high === null
    ? value
    : `${value}  [${metric.low.toFixed(4)}, ${metric.high.toFixed(4)}]`;
}

function printObjectives(output: Output, summary: RunSummary): void {
  const rows = Object.entries(summary.objectives);
  if (rows.length === 0) return;
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, objective] of rows) {
    const style: Style = objective.met === null ? 'dim' : objective.met ? 'good' : 'bad';
    const met = objective.met === null ? 'not measured' : objective.met ? 'met' : 'missed';
    const value = objective.value === null ? `  ${objective.reason ?? ''}` : `  ${objective.value.toFixed(4)}`;
    output.say(
      `objective ${name.padEnd(width)}  ${output.style(style, met.padEnd(12))}  ${objective.that}${output.style('dim', value)}`,
    );
  }
  output.say('');
}

function printGates(output: Output, summary: RunSummary): void {
  for (const gate of summary.gates) {
    const style: Style = gate.verdict === 'pass' ? 'good' : gate.verdict === 'fail' ? 'bad' : 'warn';
    output.say(
      `gate ${gate.gate.padEnd(12)} ${output.style(style, gate.verdict === 'unknown-before' ? 'unknown' : gate.verdict)}  ${gate.says}`,
    );
  }
  for (const isolation of new Set(summary.gates.map((gate) => gate.isolation)))
    output.say(output.style('dim', `sealed: ${isolation}`));
  if (summary.gates.length > 0) output.say('');
}

function awaited({ name, modelVersion, approvalsAwaited }: RunSummary): string {
  if (approvalsAwaited === 0) return '';
  return `, in production after ${approvalsAwaited} approvals: mlspec approve ${name}/${modelVersion}`;
}
