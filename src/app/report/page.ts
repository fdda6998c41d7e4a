import { formatBytes, formatDuration, formatInstant } from '../../encoding/index.ts';
import { keptFileType } from '../../pipeline/index.ts';
import { lastAttempts } from '../records.ts';
import { crossValidationSection, foldsSection } from './folds-section.ts';
import { historySection } from './history-section.ts';
import { figure, html, type Markup, nothing, number, table } from './html.ts';
import { inspectionSection } from './inspection-section.ts';
import { partsSection } from './parts-section.ts';
import { bars, curve, graph } from './pictures.ts';
import type { ColumnShape, EvaluationShape, MeasuredShape, ReportData } from './read-report.ts';
import { refitsSection } from './refits-section.ts';

const most = { columns: 200, slices: 300, sliceMetrics: 5, steps: 500, features: 100, params: 100, files: 200 };

const style = `body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1c2330;background:#fff}
h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2.2rem 0 .6rem;border-bottom:1px solid #dde3ea;padding-bottom:.2rem}h3{font-size:1rem;margin:1.2rem 0 .3rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{text-align:left;padding:.2rem .8rem .2rem 0;border-bottom:1px solid #edf0f4;vertical-align:top}th{color:#5a6577;font-weight:600}
.faint{color:#667;stroke:#b8c1cc;stroke-dasharray:4 3}.wide{overflow-x:auto}.interval{color:#667;font-size:.85em;white-space:nowrap}figure{display:inline-block;margin:0 1rem 0 0}figcaption{text-align:center}img{max-width:30rem}
code{font:12px ui-monospace,monospace}.bars rect{fill:#5b8fd0}.frame{fill:none;stroke:#b8c1cc}.line{fill:none;stroke:#2f6fc2;stroke-width:1.8}circle{fill:#2f6fc2}svg text{font:11px system-ui,sans-serif;fill:#1c2330}
.edge{fill:none;stroke:#9aa7b6}.node rect{fill:#eef2f7;stroke:#9aa7b6}.complete rect{fill:#e3f4e6;stroke:#58a869}.cached rect{fill:#e6eefb;stroke:#5b8fd0}.failed rect{fill:#fbe5e4;stroke:#cc5a53}.canceled rect{fill:#fdf2db;stroke:#c79a3a}
.pass,.met{color:#217a37;font-weight:600}.fail,.missed{color:#b3312a;font-weight:600}.unknown{color:#946a00;font-weight:600}`;

/** The page about a run: one document that asks for nothing else. */
export function renderPage(data: ReportData): string {
  const { run } = data.recorded;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"><meta name="viewport" content="width=device-width"><title>${run.spec} ${run.id}</title><style>${{ markup: style }}</style></head><body>
<h1>${run.spec}</h1>
${facts(data)}
${section('Gates', gates(data))}
${data.evaluation === null ? nothing : evaluationSections(data.evaluation)}
${section('Fitted again', data.refits === null ? nothing : refitsSection(data.refits))}
${crossValidation(data)}
${section('Parts', data.split === null ? nothing : partsSection(data.split))}
${section('Folds', data.folds === null ? nothing : foldsSection(data.folds))}
${section('Groups after each step', data.inspection === null ? nothing : inspectionSection(data.inspection))}
${section('Values against earlier runs', historySection(data.judged))}
${section('Steps', steps(data))}
${section('Kept files', keptFiles(data))}
${data.statistics.map(({ part, rowCount, columns }) => section(`Statistics of ${part}, ${number(rowCount)} rows`, columnTable(columns)))}
</body></html>
`;
  return page.markup;
}

function section(title: string, content: Markup): Markup {
  return content === nothing ? nothing : html`<section><h2>${title}</h2>${content}</section>`;
}

function crossValidation({ crossValidation: found }: ReportData): Markup {
  return found === null ? nothing : section(`Metrics over ${found.folds.length} folds`, crossValidationSection(found));
}

function facts({ recorded, version }: ReportData): Markup {
  const { run } = recorded;
  const took = run.endedAtMs === null ? '' : formatDuration(run.endedAtMs - run.startedAtMs);
  const commit = run.git === null ? 'none' : `${run.git.commit}${run.git.clean ? '' : ' with changes'}`;
  const params = Object.entries(run.params).slice(0, most.params);
  const rows: (readonly [string, string])[] = [
    ['run', run.id],
    ['state', run.state],
    ['started', `${formatInstant(run.startedAtMs)}${took === '' ? '' : `, took ${took}`}`],
    ['commit', commit],
    ['declaration', run.specDigest],
    ['plan', run.planDigest],
    ['record', String(run.details['record'] ?? 'none')],
    ...params.map(([name, value]) => [`param ${name}`, JSON.stringify(value)] as const),
    ['written by', `mlspec ${version}`],
  ];
  return html`<table><tbody>${rows.map(([name, value]) => html`<tr><th>${name}</th><td><code>${value}</code></td></tr>`)}</tbody></table>`;
}

function gates({ verdicts }: ReportData): Markup {
  if (verdicts.length === 0) return nothing;
  const look = {
    pass: 'pass',
    fail: 'fail',
    withheld: 'unknown',
    'unknown-before': 'unknown',
    skipped: 'unknown',
  } as const;
  return table(
    ['gate', 'verdict', 'part', 'reliability', 'uses left', ''],
    verdicts.map((one) => [
      html`${one.gate}`,
      html`<span class="${look[one.verdict] ?? 'unknown'}">${one.verdict}</span>`,
      html`${one.part ?? ''}`,
      html`${number(one.reliability)}`,
      html`${number(one.usesLeft)}`,
      html`${one.says}`,
    ]),
  );
}

function evaluationSections(evaluation: EvaluationShape): Markup {
  return html`${section('Objectives on open data', objectives(evaluation))}${section(`Metrics on ${evaluation.on}, ${number(evaluation.rowCount)} rows`, metricTable(evaluation))}${section('Curves', curves(evaluation))}${section('Confusion', confusion(evaluation))}${section('Slices', slices(evaluation))}${section('Overfitting', overfitting(evaluation))}${section('Importance', importance(evaluation))}`;
}

function objectives(evaluation: EvaluationShape): Markup {
  const rows = Object.entries(evaluation.objectives ?? {}).map(([name, one]) => [
    html`${name}`,
    html`<code>${one.that}</code>`,
    html`${figure(one.value)}`,
    one.met === null
      ? html`not measured`
      : html`<span class="${one.met ? 'met' : 'missed'}">${one.met ? 'met' : 'missed'}</span>`,
    html`${one.gate}`,
  ]);
  return rows.length === 0 ? nothing : table(['objective', '', 'value', '', 'gate'], rows);
}

function metricTable(evaluation: EvaluationShape): Markup {
  const baselines = Object.entries(evaluation.baselines ?? {});
  return table(
    ['metric', 'new', ...baselines.map(([name]) => name)],
    Object.entries(evaluation.metrics).map(([name, value]) => [
      html`${name}`,
      measured(value),
      ...baselines.map(([, metrics]) => measured(metrics[name])),
    ]),
  );
}

function measured(metric: MeasuredShape | undefined): Markup {
  if (metric === undefined || metric.value === null) return html`–`;
  const { interval } = metric;
  if (interval === null) return html`${figure(metric.value)}`;
  return html`<span title="${interval.method}">${figure(metric.value)} <span class="interval">[${figure(interval.low)}, ${figure(interval.high)}]</span></span>`;
}

function curves({ curves: all }: EvaluationShape): Markup {
  if (all === null || all === undefined) return nothing;
  return html`${curve({ title: 'ROC', x: 'false positive rate', y: 'true positive rate', points: all.roc, hasDiagonal: true })}${curve({ title: 'Precision and recall', x: 'recall', y: 'precision', points: all.precisionRecall, hasDiagonal: false })}${curve({ title: 'Calibration', x: 'mean score', y: 'share of positives', points: all.calibration, hasDiagonal: true })}`;
}

function confusion({ confusion: counts, classes }: EvaluationShape): Markup {
  if (!counts || !classes || classes.length > 30) return nothing;
  return table(
    ['actual, down; predicted, across', ...classes.map(String)],
    counts.map((row, index) => [html`${String(classes[index])}`, ...row.map((count) => html`${number(count)}`)]),
  );
}

function slices(evaluation: EvaluationShape): Markup {
  const shown = evaluation.slices.slice(0, most.slices);
  if (shown.length === 0) return nothing;
  const names = sliceMetrics(evaluation);
  const rows = shown.map((one) => [
    html`${one.slice}`,
    html`${one.value}`,
    html`${number(one.rowCount)}`,
    ...names.map((name) => measured(one.metrics[name])),
  ]);
  return html`<div class="wide">${table(['slice', 'value', 'rows', ...names], rows)}</div>${rest(evaluation.slices.length, most.slices)}`;
}

/** The metrics that a row of slices has room for: first those that an objective speaks of. */
function sliceMetrics(evaluation: EvaluationShape): string[] {
  const names = Object.keys(evaluation.slices[0]!.metrics);
  const texts = Object.values(evaluation.objectives ?? {}).map((one) => one.that);
  const isWanted = (name: string): boolean => texts.some((text) => new RegExp(`\\b${name}\\b`).test(text));
  return [...names.filter(isWanted), ...names.filter((name) => !isWanted(name))].slice(0, most.sliceMetrics);
}

function overfitting({ overfitting: found, on }: EvaluationShape): Markup {
  if (found === undefined) return nothing;
  const look = { fine: 'met', overfitted: 'missed' }[found.verdict] ?? 'unknown';
  return table(
    ['metric', 'train', on, 'gap', 'at most', ''],
    [
      [
        html`${found.metric}`,
        measured(found.train),
        measured(found.part),
        measured(found.gap),
        html`${number(found.mostGap)}`,
        html`<span class="${look}">${found.verdict}</span>`,
      ],
    ],
  );
}

function importance({ importance: features }: EvaluationShape): Markup {
  if (!features || features.length === 0) return nothing;
  const largest = Math.max(...features.map((one) => Math.abs(one.drop)), Number.MIN_VALUE);
  return table(
    ['feature', `drop of ${features[0]!.metric}`, ''],
    features
      .slice(0, most.features)
      .map((one) => [
        html`${one.feature}`,
        html`${number(one.drop)}`,
        html`<svg class="bars" width="200" height="10" role="img"><rect width="${number((200 * Math.max(0, one.drop)) / largest)}" height="10"/></svg>`,
      ]),
  );
}

function steps({ recorded, plan }: ReportData): Markup {
  const attempts = lastAttempts(recorded);
  const drawn = plan.map(({ name, needs }) => ({
    name,
    needs,
    state: attempts.get(name)?.execution.state ?? 'not run',
  }));
  const rows = [...attempts.values()].slice(0, most.steps).map(({ execution, outputs }) => [
    html`${execution.step}`,
    html`${execution.state}`,
    html`${execution.endedAtMs === null ? '' : formatDuration(execution.endedAtMs - execution.startedAtMs)}`,
    html`<code>${outputs
      .filter(({ artifact }) => artifact.type !== 'Log' && artifact.type !== keptFileType)
      .map((output) => `${output.port} ${output.artifact.digest.slice(7, 15)}`)
      .join(', ')}</code>`,
    html`${execution.error === null ? '' : `${execution.error.code}: ${execution.error.message}`}`,
  ]);
  return html`${graph(drawn)}${table(['step', 'state', 'took', 'outputs', ''], rows)}`;
}

function keptFiles({ recorded, pictures }: ReportData): Markup {
  const rows = [...lastAttempts(recorded).values()].flatMap(({ execution, outputs }) =>
    outputs
      .filter(({ artifact }) => artifact.type === keptFileType)
      .map(({ port, artifact }) => [
        html`${execution.step}`,
        html`${port}`,
        html`${formatBytes(artifact.sizeBytes)}`,
        html`<code>${artifact.digest.slice(7, 15)}</code>`,
      ]),
  );
  if (rows.length === 0) return nothing;
  const shown = pictures.map(
    ({ name, data }) =>
      html`<figure><img src="${{ markup: data }}" alt="${name}"><figcaption>${name}</figcaption></figure>`,
  );
  return html`${table(['step', 'file', 'size', 'digest'], rows.slice(0, most.files))}${rest(rows.length, most.files)}${shown}`;
}

function columnTable(columns: readonly ColumnShape[]): Markup {
  const rows = columns
    .slice(0, most.columns)
    .map((column) => [
      html`${column.name}`,
      html`${column.type}`,
      html`${number(column.missingCount)}`,
      html`${number(column.distinctCount)}`,
      html`${number(column.numbers?.mean)}`,
      html`${number(column.numbers?.standardDeviation)}`,
      html`${column.numbers ? `${number(column.numbers.min)} … ${number(column.numbers.max)}` : ''}${column.times ? `${column.times.min ?? ''} … ${column.times.max ?? ''}` : ''}`,
      distribution(column),
    ]);
  return html`<div class="wide">${table(['column', 'type', 'missing', 'distinct', 'mean', 'deviation', 'range', 'distribution'], rows)}</div>${rest(columns.length, most.columns)}`;
}

function distribution(column: ColumnShape): Markup {
  const histogram = column.numbers?.histogram ?? column.times?.histogram ?? null;
  if (histogram === null)
    return bars(
      column.top.slice(0, 20).map((one) => one.count),
      column.top.map((one) => String(one.value)),
    );
  const edge = (value: number | string | undefined): string =>
    typeof value === 'number' ? number(value) : (value ?? '');
  return bars(
    histogram.counts.slice(0, 60),
    histogram.counts.map((_, index) => `${edge(histogram.edges[index])} to ${edge(histogram.edges[index + 1])}`),
  );
}

function rest(count: number, shown: number): Markup {
  return count <= shown ? nothing : html`<p class="faint">and ${number(count - shown)} more in the record</p>`;
}
