/**
 * CycloneDX 1.7 as a bill of materials for machine learning: the model with its card, the data it was made from, the
 * packages it was made with, and the workflow that made it. Members without a source in the record are left out.
 *
 * @see https://cyclonedx.org/docs/1.7/json/
 */
import { type Digest, digestHex, formatInstant } from '../encoding/index.ts';
import { jsonText, valueText } from './json-text.ts';
import { isLicenceExpression } from './licence.ts';
import { contentUrn, oneLine, packageUrl, uuidOf } from './names.ts';
import {
  type ArtifactView,
  lastAttemptsOf,
  type MeasureView,
  type ModelView,
  measuredIn,
  type PartView,
  type RunView,
  type StepView,
  sliceText,
} from './run-view.ts';

type Json = Readonly<Record<string, unknown>>;

/** The bill of materials of a run's models; of a run without one, of its data and workflow. */
export function writeCycloneDx(run: RunView): string {
  const [main, ...others] = run.models;
  const packages = packageComponents(run);
  return jsonText({
    $schema: 'http://cyclonedx.org/schema/bom-1.7.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.7',
    serialNumber: `urn:uuid:${uuidOf(`cyclonedx:${run.id}`)}`,
    version: 1,
    metadata: {
      timestamp: formatInstant(run.endedAtMs ?? run.startedAtMs),
      lifecycles: [{ phase: 'build' }],
      tools: { components: [{ type: 'application', name: run.program.name, version: run.program.version }] },
      ...authors(run),
      component:
        main === undefined
          ? { type: 'application', 'bom-ref': 'run', name: run.name, ...described(run) }
          : modelComponent(run, main),
      properties: properties({
        'mlspec:run': run.id,
        'mlspec:state': run.state,
        'mlspec:declaration': run.specDigest,
        'mlspec:plan': run.planDigest,
        'mlspec:record': run.recordDigest,
        'mlspec:commit': run.git?.commit,
        'mlspec:log': run.log,
        'mlspec:layout': run.layout?.digest,
      }),
    },
    components: [...others.map((model) => modelComponent(run, model)), ...run.parts.map(dataComponent), ...packages],
    dependencies: dependenciesOf(run),
    formulation: [{ 'bom-ref': 'formula', workflows: [workflowOf(run)] }],
  });
}

function modelComponent(run: RunView, model: ModelView): Json {
  return {
    type: 'machine-learning-model',
    'bom-ref': modelRef(model),
    name: model.name,
    ...(model.version === null ? {} : { version: model.version }),
    ...described(run),
    ...licensed(run.licence.model),
    ...hashesOf(model.artifact),
    modelCard: {
      modelParameters: modelParameters(run, model),
      ...quantitativeAnalysis(model),
      ...considerations(run),
    },
    properties: properties({
      'mlspec:artifact': model.artifact.digest,
      'mlspec:library': model.library === null ? null : `${model.library.name} ${model.library.version ?? ''}`.trim(),
      'mlspec:statement': model.training.statement?.digest,
      'mlspec:log-index': model.training.statement?.logIndex?.toString(),
      ...Object.fromEntries(
        Object.entries(model.training.params).map(([name, value]) => [`mlspec:param:${name}`, valueText(value)]),
      ),
    }),
  };
}

/** How a kind of task is learnt; kinds of which that depends on the project are left out. */
const approaches: Readonly<Record<string, string>> = {
  binary: 'supervised',
  multiclass: 'supervised',
  multilabel: 'supervised',
  regression: 'supervised',
  ranking: 'supervised',
  forecasting: 'supervised',
  clustering: 'unsupervised',
};

function modelParameters(run: RunView, model: ModelView): Json {
  const approach = approaches[run.task?.kind ?? ''];
  const formats = (columns: ModelView['inputs']): Json[] =>
    columns.map(({ name, type }) => ({ format: `${oneLine(name)}: ${type}` }));
  return {
    ...(approach === undefined ? {} : { approach: { type: approach } }),
    ...(run.task === null ? {} : { task: run.task.kind }),
    ...(model.architecture === null ? {} : { modelArchitecture: model.architecture }),
    ...(run.parts.length === 0 ? {} : { datasets: run.parts.map((part) => ({ ref: partRef(part) })) }),
    ...(model.inputs.length === 0 ? {} : { inputs: formats(model.inputs) }),
    ...(model.outputs.length === 0 ? {} : { outputs: formats(model.outputs) }),
  };
}

function quantitativeAnalysis({ evaluation }: ModelView): Json {
  const measures = measuredIn(evaluation);
  if (measures.length === 0) return {};
  const part = evaluation!.on;
  return { quantitativeAnalysis: { performanceMetrics: measures.map((measure) => performanceMetric(measure, part)) } };
}

function performanceMetric(
  { metric, value, slice, interval }: MeasureView & { readonly value: number },
  part: string,
): Json {
  return {
    type: metric,
    value: String(value),
    slice: slice === null ? part : `${part}, ${sliceText(slice)}`,
    ...(interval === null
      ? {}
      : { confidenceInterval: { lowerBound: String(interval.low), upperBound: String(interval.high) } }),
  };
}

function dataComponent(part: PartView): Json {
  const { artifact } = part;
  return {
    type: 'data',
    'bom-ref': partRef(part),
    name: part.name,
    ...hashesOf(artifact),
    data: [
      {
        type: 'dataset',
        name: part.name,
        ...(artifact.columns.length === 0
          ? {}
          : {
              contents: {
                properties: artifact.columns.map(({ name, type }) => ({ name: `column:${name}`, value: type })),
              },
            }),
      },
    ],
    properties: properties({
      'mlspec:artifact': artifact.digest,
      'mlspec:rows': artifact.rowCount?.toString(),
      'mlspec:sealed': String(part.isSealed),
    }),
  };
}

function packageComponents(run: RunView): Json[] {
  const packages = new Map(
    Object.values(run.environments)
      .flatMap(({ packages: all }) => all)
      .map(({ name, version }) => [packageUrl({ name, version }), { name, version }]),
  );
  return [...packages].map(([purl, one]) => ({ type: 'library', 'bom-ref': purl, ...one, purl }));
}

function dependenciesOf(run: RunView): Json[] {
  return run.models.map((model) => {
    const { environment } = model.training;
    const packages = environment === null ? [] : (run.environments[environment]?.packages ?? []);
    const parts = run.parts.filter(({ artifact }) => model.trainedOn.some(({ digest }) => digest === artifact.digest));
    return {
      ref: modelRef(model),
      dependsOn: [...parts.map(partRef), ...new Set(packages.map(packageUrl))],
    };
  });
}

/** What a step of a stage is, in the words of CycloneDX, which has none for learning. */
const taskTypes: Readonly<Record<string, string>> = {
  ingestion: 'copy',
  validation: 'test',
  training: 'build',
  evaluation: 'test',
  testing: 'test',
  packaging: 'release',
};

function workflowOf(run: RunView): Json {
  const steps = lastAttemptsOf(run);
  const types = [...new Set(steps.map(({ stage }) => taskTypes[stage] ?? 'other'))];
  const ran = new Set(steps.map(({ name }) => name));
  return {
    'bom-ref': 'workflow',
    uid: run.id,
    name: run.name,
    ...described(run),
    taskTypes: types.length === 0 ? ['other'] : types,
    ...(run.endedAtMs === null ? {} : { timeEnd: formatInstant(run.endedAtMs) }),
    timeStart: formatInstant(run.startedAtMs),
    tasks: steps.map(taskOf),
    taskDependencies: steps.map(({ name, needs }) => ({
      ref: stepRef(name),
      dependsOn: needs.filter((need) => ran.has(need)).map(stepRef),
    })),
  };
}

function taskOf(step: StepView): Json {
  return {
    'bom-ref': stepRef(step.name),
    uid: step.execution,
    name: step.name,
    taskTypes: [taskTypes[step.stage] ?? 'other'],
    timeStart: formatInstant(step.startedAtMs),
    ...(step.endedAtMs === null ? {} : { timeEnd: formatInstant(step.endedAtMs) }),
    ...(step.inputs.length === 0 ? {} : { inputs: step.inputs.map(resourceOf) }),
    ...(step.outputs.length === 0
      ? {}
      : { outputs: step.outputs.map((one) => ({ type: 'artifact', ...resourceOf(one) })) }),
    properties: properties({
      'mlspec:stage': step.stage,
      'mlspec:state': step.state,
      'mlspec:statement': step.statement?.digest,
      'mlspec:log-index': step.statement?.logIndex?.toString(),
      'mlspec:error': step.error?.code,
    }),
  };
}

function resourceOf({ port, digest }: ArtifactView): Json {
  return { resource: { externalReference: contentReference(port, digest) } };
}

function contentReference(port: string, digest: Digest): Json {
  return {
    type: 'other',
    url: contentUrn(digest),
    comment: port,
    hashes: [{ alg: 'SHA-256', content: digestHex(digest) }],
  };
}

/** Only files have a digest of their bytes; that of a tree is of the list of its files, and stands among the properties. */
function hashesOf({ kind, digest }: ArtifactView): Json {
  return kind === 'file' ? { hashes: [{ alg: 'SHA-256', content: digestHex(digest) }] } : {};
}

function authors({ owners }: RunView): Json {
  if (owners.length === 0) return {};
  return { authors: owners.map(({ name, email }) => ({ name, ...(email === null ? {} : { email }) })) };
}

function licensed(licence: string | null): Json {
  if (licence === null) return {};
  return { licenses: [isLicenceExpression(licence) ? { expression: licence } : { license: { name: licence } }] };
}

function considerations({ intendedUse, limitations }: RunView): Json {
  if (intendedUse === '' && limitations.length === 0) return {};
  return {
    considerations: {
      ...(intendedUse === '' ? {} : { useCases: [intendedUse] }),
      ...(limitations.length === 0 ? {} : { technicalLimitations: [...limitations] }),
    },
  };
}

function described({ description }: RunView): Json {
  return description === '' ? {} : { description };
}

function properties(values: Readonly<Record<string, string | null | undefined>>): Json[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [{ name, value }],
  );
}

function modelRef({ name }: ModelView): string {
  return `model:${name}`;
}

function partRef({ name }: PartView): string {
  return `data:${name}`;
}

function stepRef(name: string): string {
  return `step:${name}`;
}
