/**
 * A run in W3C ML-Schema and PROV-O. A trained model is the output of an `mls:Run`, which is the training step as a
 * `prov:Activity`; what evaluation measured are its `mls:ModelEvaluation`s. Everything else of the run is PROV: what ML-Schema
 * has no word for (time, agents, digests, the order of steps). Each `mls:Run` satisfies the existential restrictions of the
 * ontology as far as the record has what they ask for.
 *
 * @see https://www.w3.org/2016/10/mls/
 */
import { formatInstant } from '../encoding/index.ts';
import { valueText } from './json-text.ts';
import { contentUrn, oneLine, programUrn, runUrn } from './names.ts';
import { type Graph, type GraphNode, mergeNodes, type Term, writeJsonLd, writeTurtle } from './rdf-graph.ts';
import {
  type ArtifactView,
  type MeasureView,
  type ModelView,
  measuredIn,
  measureText,
  type RunView,
  type StepView,
} from './run-view.ts';

/** ML-Schema and PROV as JSON-LD. */
export function writeMlSchema(run: RunView): string {
  return writeJsonLd(graphOf(run));
}

/** The same graph as Turtle. */
export function writeMlSchemaTurtle(run: RunView): string {
  return writeTurtle(graphOf(run));
}

type Property = readonly [name: string, value: Term];

function graphOf(run: RunView): Graph {
  return {
    prefixes: {
      mls: 'http://www.w3.org/ns/mls#',
      prov: 'http://www.w3.org/ns/prov#',
      dcterms: 'http://purl.org/dc/terms/',
      rdfs: 'http://www.w3.org/2000/01/rdf-schema#',
      xsd: 'http://www.w3.org/2001/XMLSchema#',
    },
    nodes: mergeNodes([
      ...programOf(run),
      ...run.steps.flatMap((step) => activityOf(run, step)),
      ...run.parts.flatMap(({ name, artifact }) => datasetOf(run, name, artifact)),
      ...studyOf(run),
      ...run.models.flatMap((model) => modelNodes(run, model)),
    ]),
  };
}

function programOf(run: RunView): GraphNode[] {
  return [
    node(programUrn(run), ['prov:SoftwareAgent'], [label(`${run.program.name} ${run.program.version}`)]),
    node(
      runUrn(run.id),
      ['prov:Activity'],
      [
        label(`${run.name}, ${run.state}`),
        ['dcterms:identifier', { text: run.id }],
        ...timesOf(run),
        ['prov:wasAssociatedWith', { iri: programUrn(run) }],
        ['prov:used', { iri: contentUrn(run.specDigest) }],
      ],
    ),
    node(
      contentUrn(run.specDigest),
      ['prov:Entity'],
      [
        label(run.name),
        ['dcterms:identifier', { text: run.specDigest }],
        ...(run.description === '' ? [] : [['dcterms:description', { text: run.description }] as const]),
        ...run.owners.map(({ name }): Property => ['prov:wasAttributedTo', { iri: ownerId(run, name) }]),
      ],
    ),
    ...run.owners.map(({ name }) => node(ownerId(run, name), ['prov:Agent'], [label(oneLine(name))])),
  ];
}

function activityOf(run: RunView, step: StepView): GraphNode[] {
  const used = [
    ...step.inputs.map(({ digest }) => digest),
    ...step.files.map(({ digest }) => digest),
    ...step.code.map(({ digest }) => digest),
  ];
  const made = step.state === 'COMPLETE' ? step.outputs : [];
  return [
    node(
      stepId(run, step),
      ['prov:Activity'],
      [
        label(`${step.name}, ${step.state}`),
        ['dcterms:identifier', { text: step.execution }],
        ['dcterms:isPartOf', { iri: runUrn(run.id) }],
        ...timesOf(step),
        ['prov:wasAssociatedWith', { iri: programUrn(run) }],
        ...used.map((digest): Property => ['prov:used', { iri: contentUrn(digest) }]),
        ...step.needs.flatMap((need) => informed(run, need)),
      ],
    ),
    ...step.files.map(({ path, digest }) => entityOf(path, digest)),
    ...step.code.map(({ path, digest }) => entityOf(path, digest)),
    ...step.inputs.map(({ name, digest }) => entityOf(name, digest)),
    ...made.map(({ name, digest }) =>
      node(
        contentUrn(digest),
        ['prov:Entity'],
        [
          label(oneLine(name)),
          ['dcterms:identifier', { text: digest }],
          ['prov:wasGeneratedBy', { iri: stepId(run, step) }],
        ],
      ),
    ),
  ];
}

function informed(run: RunView, need: string): Property[] {
  const last = run.steps.findLast(({ name }) => name === need);
  return last === undefined ? [] : [['prov:wasInformedBy', { iri: stepId(run, last) }]];
}

function entityOf(name: string, digest: ArtifactView['digest']): GraphNode {
  return node(contentUrn(digest), ['prov:Entity'], [label(oneLine(name)), ['dcterms:identifier', { text: digest }]]);
}

/** A part as a dataset with its columns as features; what was counted and measured are their characteristics. */
function datasetOf(run: RunView, name: string, artifact: ArtifactView): GraphNode[] {
  const id = contentUrn(artifact.digest);
  const rows = runUrn(run.id, 'data', name, 'rows');
  const features = artifact.columns.map((column) => ({
    column,
    id: runUrn(run.id, 'data', name, 'column', column.name),
  }));
  return [
    node(
      id,
      ['mls:Dataset', 'prov:Entity'],
      [
        label(name),
        ['dcterms:identifier', { text: artifact.digest }],
        ...(artifact.rowCount === null ? [] : [['mls:hasQuality', { iri: rows }] as const]),
        ...features.map((feature): Property => ['mls:hasPart', { iri: feature.id }]),
      ],
    ),
    ...(artifact.rowCount === null
      ? []
      : [characteristic(rows, 'mls:DatasetCharacteristic', ['rows', { number: artifact.rowCount }])]),
    ...features.flatMap((feature) => {
      const found = artifact.statistics.find((one) => one.name === feature.column.name);
      const qualities =
        found === undefined ? [] : Object.entries(found).filter(([, value]) => typeof value === 'number');
      return [
        node(
          feature.id,
          ['mls:Feature'],
          [
            label(oneLine(feature.column.name)),
            ['dcterms:type', { text: feature.column.type }],
            ...qualities.map(([quality]): Property => ['mls:hasQuality', { iri: `${feature.id}:${quality}` }]),
          ],
        ),
        ...qualities.map(([quality, value]) =>
          characteristic(`${feature.id}:${quality}`, 'mls:FeatureCharacteristic', [
            quality,
            { number: value as number },
          ]),
        ),
      ];
    }),
  ];
}

function characteristic(id: string, type: string, [name, value]: readonly [string, Term]): GraphNode {
  return node(id, [type], [label(name), ['mls:hasValue', value]]);
}

/** The declaration as a study, the run as an experiment of it. Without a trained model there is none. */
function studyOf(run: RunView): GraphNode[] {
  if (run.models.length === 0) return [];
  const experiment = runUrn(run.id, 'experiment');
  const study = runUrn('study', run.name);
  return [
    node(study, ['mls:Study'], [label(run.name), ['mls:hasPart', { iri: experiment }]]),
    node(
      experiment,
      ['mls:Experiment'],
      [label(run.id), ...run.models.map(({ training }): Property => ['mls:hasPart', { iri: stepId(run, training) }])],
    ),
  ];
}

function modelNodes(run: RunView, model: ModelView): GraphNode[] {
  const { training, artifact, evaluation } = model;
  const ids = idsOf(run, model);
  const settings = Object.entries({ seed: training.seed, ...training.params }).filter(([, value]) => value !== null);
  const data = model.trainedOn.length > 0 ? model.trainedOn : training.inputs.filter(({ type }) => type === 'Dataset');
  return [
    node(
      stepId(run, training),
      ['mls:Run', 'prov:Activity'],
      [
        ['mls:achieves', { iri: ids.task }],
        ['mls:executes', { iri: ids.implementation }],
        ['mls:realizes', { iri: ids.algorithm }],
        ...data.map(({ digest }): Property => ['mls:hasInput', { iri: contentUrn(digest) }]),
        ...settings.map(([name]): Property => ['mls:hasInput', { iri: ids.setting(name) }]),
        ['mls:hasOutput', { iri: contentUrn(artifact.digest) }],
        ...measuredIn(evaluation).map((measure): Property => ['mls:hasOutput', { iri: ids.evaluation(measure) }]),
      ],
    ),
    ...data.map(({ name, digest }) => node(contentUrn(digest), ['mls:Dataset', 'prov:Entity'], [label(oneLine(name))])),
    node(
      contentUrn(artifact.digest),
      ['mls:Model', 'prov:Entity'],
      [
        label(model.version === null ? model.name : `${model.name} ${model.version}`),
        ['dcterms:identifier', { text: artifact.digest }],
      ],
    ),
    ...implementationNodes(model, { ids, settings }),
    ...evaluationNodes(run, model),
  ];
}

function implementationNodes(
  { training, library, architecture }: ModelView,
  { ids, settings }: { readonly ids: Ids; readonly settings: readonly (readonly [string, unknown])[] },
): GraphNode[] {
  const entryPoint = oneLine(training.entryPoint ?? training.component);
  return [
    node(ids.algorithm, ['mls:Algorithm'], [label(architecture ?? entryPoint)]),
    node(
      ids.implementation,
      ['mls:Implementation'],
      [
        label(entryPoint),
        ['mls:implements', { iri: ids.algorithm }],
        ['mls:hasQuality', { iri: `${ids.implementation}:component` }],
        ...settings.map(([name]): Property => ['mls:hasHyperParameter', { iri: ids.parameter(name) }]),
      ],
    ),
    characteristic(`${ids.implementation}:component`, 'mls:ImplementationCharacteristic', [
      'component',
      { text: training.component },
    ]),
    node(
      ids.software,
      ['mls:Software'],
      [
        label(library === null ? entryPoint : `${library.name} ${library.version ?? ''}`.trim()),
        ['mls:hasPart', { iri: ids.implementation }],
      ],
    ),
    ...settings.flatMap(([name, value]) => [
      node(ids.parameter(name), ['mls:HyperParameter'], [label(oneLine(name))]),
      node(
        ids.setting(name),
        ['mls:HyperParameterSetting'],
        [
          ['mls:specifiedBy', { iri: ids.parameter(name) }],
          ['mls:hasValue', typeof value === 'number' ? { number: value } : { text: valueText(value as string) }],
        ],
      ),
    ]),
  ];
}

function evaluationNodes(run: RunView, model: ModelView): GraphNode[] {
  const ids = idsOf(run, model);
  const { evaluation } = model;
  const measures = measuredIn(evaluation);
  const task = node(
    ids.task,
    ['mls:Task'],
    [
      label(
        run.task === null
          ? run.name
          : `${run.task.kind}${run.task.label === null ? '' : ` of ${oneLine(run.task.label)}`}`,
      ),
      ...(evaluation === null ? [] : [['mls:definedOn', { iri: ids.specification }] as const]),
    ],
  );
  if (evaluation === null || measures.length === 0) return [task];
  const names = [...new Set(measures.map(({ metric }) => metric))];
  const step = run.steps.findLast(({ name }) => name === evaluation.step);
  return [
    task,
    node(
      ids.specification,
      ['mls:EvaluationSpecification'],
      [
        label(`on ${evaluation.on}`),
        ['mls:defines', { iri: ids.task }],
        ['mls:hasPart', { iri: ids.procedure }],
        ...names.map((name): Property => ['mls:hasPart', { iri: ids.measure(name) }]),
      ],
    ),
    node(
      ids.procedure,
      ['mls:EvaluationProcedure'],
      [label(`${evaluation.rowCount} rows of the part ${evaluation.on}`)],
    ),
    ...names.map((name) => node(ids.measure(name), ['mls:EvaluationMeasure'], [label(name)])),
    ...measures.map((measure) =>
      node(
        ids.evaluation(measure),
        ['mls:ModelEvaluation', 'prov:Entity'],
        [
          label(oneLine(measureText(measure))),
          ['mls:specifiedBy', { iri: ids.measure(measure.metric) }],
          ['mls:hasValue', { number: measure.value }],
          ...(step === undefined ? [] : [['prov:wasGeneratedBy', { iri: stepId(run, step) }] as const]),
          ['prov:wasDerivedFrom', { iri: contentUrn(model.artifact.digest) }],
        ],
      ),
    ),
  ];
}

type Ids = ReturnType<typeof idsOf>;

function idsOf(run: RunView, model: ModelView) {
  const of = (...parts: readonly string[]): string => runUrn(run.id, 'model', model.name, ...parts);
  return {
    task: of('task'),
    algorithm: of('algorithm'),
    implementation: of('implementation'),
    software: of('software'),
    specification: of('evaluation-specification'),
    procedure: of('evaluation-procedure'),
    parameter: (name: string) => of('parameter', name),
    setting: (name: string) => of('setting', name),
    measure: (name: string) => of('measure', name),
    evaluation: ({ metric, slice }: MeasureView) =>
      slice === null ? of('measured', metric) : of('measured', metric, slice.name, slice.value),
  } as const;
}

function timesOf({ startedAtMs, endedAtMs }: Pick<StepView, 'startedAtMs' | 'endedAtMs'>): Property[] {
  const end: Property[] = endedAtMs === null ? [] : [['prov:endedAtTime', { instant: formatInstant(endedAtMs) }]];
  return [['prov:startedAtTime', { instant: formatInstant(startedAtMs) }], ...end];
}

function node(id: string, types: readonly string[], properties: readonly Property[]): GraphNode {
  return { id, types, properties };
}

function label(text: string): Property {
  return ['rdfs:label', { text }];
}

function stepId(run: RunView, { execution }: StepView): string {
  return runUrn(run.id, 'execution', execution);
}

function ownerId(run: RunView, name: string): string {
  return runUrn(run.id, 'owner', name);
}
