/**
 * A run's models in FAIR4ML 0.1.0, the vocabulary of the Research Data Alliance, with the data in Croissant's and
 * schema.org's words.
 *
 * @see https://rda-fair4ml.github.io/FAIR4ML-schema/release/0.1.0/
 */
import { formatInstant } from '../encoding/index.ts';
import { valueText } from './json-text.ts';
import { licenceAddress } from './licence.ts';
import { contentUrn, oneLine, runUrn } from './names.ts';
import { type GraphNode, mergeNodes, type Term, writeJsonLd } from './rdf-graph.ts';
import {
  type EvaluationView,
  type ModelView,
  measuredIn,
  measureText,
  type PartView,
  type RunView,
} from './run-view.ts';

type Property = readonly [name: string, value: Term];

/** The models as JSON-LD; empty where the run made none. */
export function writeFair4ml(run: RunView): string {
  if (run.models.length === 0) return '';
  return writeJsonLd({
    prefixes: {
      fair4ml: 'https://w3id.org/fair4ml#',
      schema: 'https://schema.org/',
      cr: 'http://mlcommons.org/croissant/',
      xsd: 'http://www.w3.org/2001/XMLSchema#',
    },
    nodes: mergeNodes([...run.models.flatMap((model) => modelNodes(run, model)), ...run.parts.map(datasetOf)]),
  });
}

function modelNodes(run: RunView, model: ModelView): GraphNode[] {
  const { evaluation, training } = model;
  const evaluated = evaluation === null ? [] : run.parts.filter(({ name }) => name === evaluation.on);
  const properties: Property[] = [
    ['schema:name', { text: model.name }],
    ['schema:identifier', { text: model.artifact.digest }],
    ['schema:dateCreated', { instant: formatInstant(training.endedAtMs ?? training.startedAtMs) }],
    ...(run.description === '' ? [] : [['schema:description', { text: run.description }] as const]),
    ...(run.licence.model === null ? [] : [['schema:license', { text: licenceAddress(run.licence.model) }] as const]),
    ...(run.intendedUse === '' ? [] : [['fair4ml:intendedUse', { text: run.intendedUse }] as const]),
    ...run.limitations.map((text): Property => ['fair4ml:modelRisksBiasLimitations', { text }]),
    ...(model.version === null ? [] : [['schema:version', { text: model.version }] as const]),
    ...(run.task === null ? [] : [['fair4ml:mlTask', { text: run.task.kind }] as const]),
    ...(model.architecture === null ? [] : [['fair4ml:modelCategory', { text: model.architecture }] as const]),
    ...model.trainedOn.map(({ digest }): Property => ['fair4ml:trainedOn', { iri: contentUrn(digest) }]),
    // `validatedOn` is what a model was measured on while it was made; the test on a sealed part tells one bit alone.
    ...evaluated.map(({ artifact }): Property => ['fair4ml:validatedOn', { iri: contentUrn(artifact.digest) }]),
    ...testedOn(run).map(({ artifact }): Property => ['fair4ml:testedOn', { iri: contentUrn(artifact.digest) }]),
    ...measuredIn(evaluation).map(
      (measure): Property => ['fair4ml:hasEvaluation', { iri: measureId(run, model, measure) }],
    ),
    ...Object.entries(training.params).map(
      ([name]): Property => ['schema:additionalProperty', { iri: paramId(run, model, name) }],
    ),
  ];
  return [
    { id: contentUrn(model.artifact.digest), types: ['fair4ml:MLModel'], properties },
    ...evaluationNodes(run, model),
    ...Object.entries(training.params).map(([name, value]) => ({
      id: paramId(run, model, name),
      types: ['schema:PropertyValue'],
      properties: [
        ['schema:name', { text: oneLine(name) }],
        ['schema:value', typeof value === 'number' ? { number: value } : { text: valueText(value) }],
      ] as const,
    })),
  ];
}

/** Sealed parts that a gate of the run read. */
function testedOn(run: RunView): PartView[] {
  const read = new Set(
    run.steps.filter(({ stage }) => stage === 'testing').flatMap(({ inputs }) => inputs.map(({ digest }) => digest)),
  );
  return run.parts.filter(({ isSealed, artifact }) => isSealed && read.has(artifact.digest));
}

function evaluationNodes(run: RunView, model: ModelView): GraphNode[] {
  const { evaluation } = model;
  const part = run.parts.find(({ name }) => name === evaluation?.on);
  return measuredIn(evaluation).map((measure) => {
    const { metric, value, interval, slice } = measure;
    return {
      id: measureId(run, model, measure),
      types: ['fair4ml:MLModelEvaluation'],
      properties: [
        ['schema:name', { text: slice === null ? metric : oneLine(measureText(measure)) }],
        ['fair4ml:evaluatedMLModel', { iri: contentUrn(model.artifact.digest) }],
        ...(part === undefined
          ? []
          : [['fair4ml:evaluationDataset', { iri: contentUrn(part.artifact.digest) }] as const]),
        ['fair4ml:evaluationMetrics', { text: metric }],
        ['schema:value', { number: value }],
        ...(interval === null
          ? []
          : ([
              ['schema:minValue', { number: interval.low }],
              ['schema:maxValue', { number: interval.high }],
              ['schema:measurementTechnique', { text: interval.method }],
            ] as const)),
      ],
    };
  });
}

function datasetOf({ name, artifact }: PartView): GraphNode {
  return {
    id: contentUrn(artifact.digest),
    types: ['schema:Dataset', 'cr:Dataset'],
    properties: [
      ['schema:name', { text: name }],
      ['schema:identifier', { text: artifact.digest }],
      ...artifact.columns.map((column): Property => ['schema:variableMeasured', { text: oneLine(column.name) }]),
    ],
  };
}

function measureId(run: RunView, model: ModelView, { metric, slice }: EvaluationView['measures'][number]): string {
  return runUrn(run.id, 'model', model.name, 'measured', metric, ...(slice === null ? [] : [slice.name, slice.value]));
}

function paramId(run: RunView, model: ModelView, name: string): string {
  return runUrn(run.id, 'model', model.name, 'parameter', name);
}
