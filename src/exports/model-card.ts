/**
 * A model card as Hugging Face's hub reads it: front matter (YAML, of which every value is written as JSON, which is YAML)
 * and a page for people. Licence, intended use and limits stand in it only where the declaration says them.
 *
 * @see https://github.com/huggingface/hub-docs/blob/main/modelcard.md
 */
import { formatInstant } from '../encoding/index.ts';
import { valueText } from './json-text.ts';
import { markdown, markdownTable } from './markdown.ts';
import { oneLine } from './names.ts';
import {
  type EvaluationView,
  type MeasureView,
  type ModelView,
  measuredIn,
  type PartView,
  type RunView,
  sliceText,
} from './run-view.ts';

/** The card of the models of a run; empty where it made none. */
export function writeModelCard(run: RunView): string {
  if (run.models.length === 0) return '';
  return `${frontMatter(run)}\n${page(run)}`;
}

/** What the hub calls a kind of task over tables; it has no word for the others. */
const hubTasks: Readonly<Record<string, string>> = {
  binary: 'tabular-classification',
  multiclass: 'tabular-classification',
  multilabel: 'tabular-classification',
  regression: 'tabular-regression',
  forecasting: 'time-series-forecasting',
};

function frontMatter(run: RunView): string {
  const [library] = run.models.flatMap((model) => model.library?.name ?? []);
  const task = hubTasks[run.task?.kind ?? ''];
  const index = run.models.flatMap((model) => modelIndex(run, model));
  const metrics = [...new Set(run.models.flatMap(({ evaluation }) => overall(evaluation).map(({ metric }) => metric)))];
  const values: Readonly<Record<string, unknown>> = {
    ...hubLicence(run.licence.model),
    ...(library === undefined ? {} : { library_name: library }),
    ...(task === undefined ? {} : { pipeline_tag: task }),
    tags: ['mlspec', ...(run.task === null ? [] : [run.task.kind])],
    ...(metrics.length === 0 ? {} : { metrics }),
    ...(index.length === 0 ? {} : { 'model-index': index }),
  };
  const lines = Object.entries(values).map(([name, value]) => `${name}: ${yamlText(value)}`);
  return ['---', ...lines, '---', ''].join('\n');
}

/** What the hub calls licences is lower case, and of a list of its own; any other is `other`, with a name. */
const hubLicences = ['apache-2.0', 'mit', 'bsd-2-clause', 'bsd-3-clause', 'isc', 'mpl-2.0', 'cc0-1.0', 'cc-by-4.0'];

function hubLicence(licence: string | null): Readonly<Record<string, string>> {
  if (licence === null) return {};
  const name = licence.toLowerCase();
  return hubLicences.includes(name) ? { license: name } : { license: 'other', license_name: oneLine(licence) };
}

/** JSON is YAML but for characters that YAML does not let stand by themselves. */
function yamlText(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u00ad\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function modelIndex(run: RunView, model: ModelView): object[] {
  const { evaluation } = model;
  const measures = measuredIn(evaluation);
  if (evaluation === null || measures.length === 0) return [];
  const slices = new Map(measures.map((measure) => [sliceName(measure), measure.slice]));
  const results = [...slices].map(([name, slice]) => ({
    task: { type: hubTasks[run.task?.kind ?? ''] ?? run.task?.kind ?? 'custom' },
    dataset: {
      type: run.name,
      name: oneLine(`${run.name}, ${evaluation.on}${slice === null ? '' : `, ${name}`}`),
      split: evaluation.on,
      ...(slice === null ? {} : { args: { slice: oneLine(slice.name), value: oneLine(slice.value) } }),
    },
    metrics: measures
      .filter((measure) => sliceName(measure) === name)
      .map(({ metric, value }) => ({ type: metric, value, name: metric })),
  }));
  return [{ name: oneLine(model.name), results }];
}

function sliceName({ slice }: Pick<MeasureView, 'slice'>): string {
  return slice === null ? '' : oneLine(sliceText(slice));
}

function page(run: RunView): string {
  const sections = [
    `# ${markdown(run.name)}`,
    run.description === '' ? '' : markdown(run.description),
    usesSection(run),
    ...run.models.flatMap((model) => [modelSection(run, model), metricsSection(model), slicesSection(model)]),
    objectivesSection(run),
    dataSection(run.parts),
    evidenceSection(run),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function usesSection({ intendedUse, limitations, licence }: RunView): string {
  const limits = limitations.map((text) => `- ${markdown(text)}`).join('\n');
  return [
    intendedUse === '' ? '' : `## Intended use\n\n${markdown(intendedUse)}`,
    limits === '' ? '' : `## Limitations\n\n${limits}`,
    licence.model === null ? '' : `## Licence\n\n${markdown(licence.model)}`,
  ]
    .filter((section) => section !== '')
    .join('\n\n');
}

function modelSection(run: RunView, model: ModelView): string {
  const { library, training } = model;
  const [environment] = training.environment === null ? [] : [run.environments[training.environment]];
  return markdownTable(
    `## Model${run.models.length > 1 ? ` ${markdown(model.name)}` : ''}`,
    ['', ''],
    [
      ...(model.version === null ? [] : [['version', model.version]]),
      ...(run.task === null
        ? []
        : [['task', `${run.task.kind}${run.task.label === null ? '' : ` of ${run.task.label}`}`]]),
      ...(library === null ? [] : [['library', `${library.name} ${library.version ?? ''}`.trim()]]),
      ...(model.architecture === null ? [] : [['class', model.architecture]]),
      ...(environment === undefined ? [] : [['Python', environment.python]]),
      ...(model.inputs.length === 0
        ? []
        : [['inputs', model.inputs.map(({ name, type }) => `${name} (${type})`).join(', ')]]),
      ...(model.outputs.length === 0
        ? []
        : [['outputs', model.outputs.map(({ name, type }) => `${name} (${type})`).join(', ')]]),
      ...Object.entries(training.params).map(([name, value]) => [`parameter ${name}`, valueText(value)]),
      ...(run.owners.length === 0
        ? []
        : [['owners', run.owners.map(({ name, email }) => (email === null ? name : `${name} <${email}>`)).join(', ')]]),
    ],
  );
}

function metricsSection({ evaluation }: ModelView): string {
  if (evaluation === null) return '';
  return markdownTable(
    `## Metrics\n\nOn the part \`${evaluation.on}\`, ${evaluation.rowCount} rows.`,
    ['metric', 'value', 'interval', 'method'],
    overall(evaluation).map(({ metric, value, interval }) => [
      metric,
      String(value),
      intervalText(interval),
      methodText(interval),
    ]),
  );
}

function slicesSection({ evaluation }: ModelView): string {
  return markdownTable(
    '## Metrics by slice',
    ['slice', 'rows', 'metric', 'value', 'interval'],
    measuredIn(evaluation).flatMap((measure) =>
      measure.slice === null
        ? []
        : [
            [
              sliceName(measure),
              String(measure.slice.rowCount),
              measure.metric,
              String(measure.value),
              intervalText(measure.interval),
            ],
          ],
    ),
  );
}

function overall(evaluation: EvaluationView | null): ReturnType<typeof measuredIn> {
  return measuredIn(evaluation).filter(({ slice }) => slice === null);
}

function intervalText(interval: MeasureView['interval']): string {
  return interval === null ? '' : `${interval.low} to ${interval.high}`;
}

function methodText(interval: MeasureView['interval']): string {
  if (interval === null) return '';
  return interval.confidence === null ? interval.method : `${interval.method}, ${interval.confidence * 100} %`;
}

function objectivesSection(run: RunView): string {
  const measured = run.models.flatMap(({ evaluation }) => evaluation?.objectives ?? []);
  return markdownTable(
    '## Objectives',
    ['objective', 'says', 'gate', 'value', 'verdict'],
    [
      ...measured.map(({ name, that, gate, value, met }) => [
        ...[name, that, gate, value === null ? '' : String(value)],
        met === null ? 'not measured' : met ? 'met' : 'missed',
      ]),
      ...run.gates.map(({ name, says, verdict, reliability }) => [
        name,
        says,
        `reliability ${reliability}`,
        '',
        verdict,
      ]),
    ],
  );
}

function dataSection(parts: readonly PartView[]): string {
  return markdownTable(
    '## Data',
    ['part', 'rows', 'sealed', 'content'],
    parts.map(({ name, isSealed, artifact }) => [
      name,
      String(artifact.rowCount ?? ''),
      isSealed ? 'yes' : 'no',
      artifact.digest,
    ]),
  );
}

function evidenceSection(run: RunView): string {
  return markdownTable(
    '## Evidence',
    ['', ''],
    [
      ['run', `${run.id}, ${run.state}`],
      ...(run.endedAtMs === null ? [] : [['ended', formatInstant(run.endedAtMs)]]),
      ['declaration', run.specDigest],
      ...(run.recordDigest === null ? [] : [['record', run.recordDigest]]),
      ...run.models.map(({ name, artifact }) => [`content of ${name}`, artifact.digest]),
      ...(run.git === null ? [] : [['commit', `${run.git.commit}${run.git.clean ? '' : ', with changes'}`]]),
      ...(run.log === null ? [] : [['log', run.log]]),
      ...(run.signers.length === 0 ? [] : [['signed by', run.signers.join(', ')]]),
      ['made by', `${run.program.name} ${run.program.version}`],
    ],
  );
}
