/**
 * OpenLineage 2-0-2 events of a run: the run is a job of its own and the parent of its steps, each attempt of a step a run
 * of that step's job. The same functions make the events of an export and those that are posted while a run goes on.
 *
 * @see https://openlineage.io/spec/2-0-2/OpenLineage.json
 */
import { formatInstant } from '../encoding/index.ts';
import { oneLine, programUrn, uuidOf } from './names.ts';
import { datasetFacets, type Facets, facet, inputFacets, outputFacets } from './openlineage-facets.ts';
import type { ArtifactView, RunView, StepView } from './run-view.ts';

/** What events say of the run as a whole. */
export type LineageRun = Pick<RunView, 'id' | 'name' | 'description' | 'owners' | 'program'>;

/** One event, to be written as JSON. */
export type LineageEvent = Readonly<Record<string, unknown>>;

/** All events of a run in the order of time, an event a line (NDJSON). */
export function writeOpenLineage(run: RunView): string {
  const events = [runEvent(run, 'START', run.startedAtMs), ...run.steps.flatMap((step) => stepEvents(run, step))];
  if (run.state !== 'RUNNING' && run.endedAtMs !== null) events.push(runEvent(run, runEnds[run.state], run.endedAtMs));
  const order = events.map((event, index) => ({ event, index, time: String(event['eventTime']) }));
  order.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.index - b.index));
  return order.map(({ event }) => `${JSON.stringify(event, (_, value) => wellFormed(value))}\n`).join('');
}

/** The type of the event that ends a run, by how it ended. */
export const runEnds = { COMPLETE: 'COMPLETE', FAILED: 'FAIL', CANCELED: 'ABORT' } as const;
const stepEnds: Readonly<Record<string, string>> = { ...runEnds, CACHED: 'COMPLETE' };

/** An event of the run itself: `START`, `COMPLETE`, `FAIL` or `ABORT`. */
export function runEvent(run: LineageRun, eventType: string, atMs: number): LineageEvent {
  const of = programUrn(run);
  return {
    ...envelope(of, eventType, atMs),
    run: {
      runId: uuidOf(run.id),
      facets: { processing_engine: engineFacet(run), mlspec_run: facet(of, runSchema, { run: run.id }) },
    },
    job: {
      namespace,
      name: run.name,
      facets: {
        jobType: jobType(of, 'DAG'),
        ...(run.description === ''
          ? {}
          : { documentation: facet(of, '1-1-0/DocumentationJobFacet', { description: run.description }) }),
        ...(run.owners.length === 0
          ? {}
          : {
              ownership: facet(of, '1-0-1/OwnershipJobFacet', {
                owners: run.owners.map(({ name }) => ({ name: oneLine(name) })),
              }),
            }),
      },
    },
  };
}

/** The start of an attempt and, where it has ended, its end. */
export function stepEvents(run: LineageRun, step: StepView): LineageEvent[] {
  const end = stepEnds[step.state];
  const start = stepEvent(run, step, { eventType: 'START', atMs: step.startedAtMs });
  if (end === undefined || step.endedAtMs === null) return [start];
  return [start, stepEvent(run, step, { eventType: end, atMs: step.endedAtMs })];
}

/** One event of an attempt; what was made is told with its end alone. */
export function stepEvent(
  run: LineageRun,
  step: StepView,
  { eventType, atMs }: { readonly eventType: string; readonly atMs: number },
): LineageEvent {
  const of = programUrn(run);
  const isEnd = eventType !== 'START';
  return {
    ...envelope(of, eventType, atMs),
    run: { runId: uuidOf(step.execution), facets: stepRunFacets(run, step, isEnd) },
    job: {
      namespace,
      name: `${run.name}.${step.name}`,
      facets: {
        jobType: jobType(of, 'TASK'),
        ...(step.sql === null ? {} : { sql: facet(of, '1-1-0/SQLJobFacet', { query: step.sql }) }),
      },
    },
    inputs: [...outsideDatasets(of, step), ...step.inputs.map((one) => inputDataset(run, one))],
    outputs: isEnd ? step.outputs.map((one) => outputDataset(run, step, one)) : [],
  };
}

function stepRunFacets(run: LineageRun, step: StepView, isEnd: boolean): Facets {
  const of = programUrn(run);
  const parent = { run: { runId: uuidOf(run.id) }, job: { namespace, name: run.name } };
  const { error, statement } = step;
  return {
    parent: facet(of, '1-2-0/ParentRunFacet', { ...parent, root: parent }),
    processing_engine: engineFacet(run),
    ...(isEnd && error !== null
      ? {
          errorMessage: facet(of, '1-0-1/ErrorMessageRunFacet', {
            message: `${error.code}: ${error.message}`,
            programmingLanguage: languages[step.component] ?? step.component,
          }),
        }
      : {}),
    mlspec_execution: facet(of, executionSchema, {
      execution: step.execution,
      attempt: step.attempt,
      ...(isEnd ? { state: step.state } : {}),
      ...(isEnd && statement !== null
        ? { statement: statement.digest, ...(statement.logIndex === null ? {} : { logIndex: statement.logIndex }) }
        : {}),
    }),
  };
}

const languages: Readonly<Record<string, string>> = {
  python: 'PYTHON',
  typescript: 'TYPESCRIPT',
  sql: 'SQL',
  builtin: 'TYPESCRIPT',
};

/** The namespace of jobs and of what they make. */
const namespace = 'mlspec';
const runSchema = 'urn:mlspec:openlineage:run:v1';
const executionSchema = 'urn:mlspec:openlineage:execution:v1';

function envelope(producer: string, eventType: string, atMs: number): LineageEvent {
  return {
    eventType,
    eventTime: formatInstant(atMs),
    producer,
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
  };
}

function engineFacet(run: LineageRun): Facets {
  return facet(programUrn(run), '1-1-1/ProcessingEngineRunFacet', {
    version: run.program.version,
    name: run.program.name,
  });
}

function jobType(of: string, kind: string): Facets {
  return facet(of, '2-0-4/JobTypeJobFacet', { processingType: 'BATCH', integration: 'MLSPEC', jobType: kind });
}

function datasetName(run: LineageRun, { name }: ArtifactView): string {
  return `${run.name}/${oneLine(name)}`;
}

function inputDataset(run: LineageRun, artifact: ArtifactView): LineageEvent {
  const of = programUrn(run);
  return {
    namespace,
    name: datasetName(run, artifact),
    facets: datasetFacets(of, artifact),
    inputFacets: inputFacets(of, artifact),
  };
}

function outputDataset(run: LineageRun, step: StepView, artifact: ArtifactView): LineageEvent {
  const of = programUrn(run);
  const source = step.inputs.find(({ port }) => port === artifact.port) ?? null;
  const lineage = artifact.type === 'Dataset' && source !== null ? step.features : [];
  return {
    namespace,
    name: datasetName(run, artifact),
    facets: {
      ...datasetFacets(of, artifact),
      ...(lineage.length === 0
        ? {}
        : {
            columnLineage: facet(of, '1-2-0/ColumnLineageDatasetFacet', {
              fields: Object.fromEntries(
                lineage.map(({ name, sources, expression }) => [
                  name,
                  {
                    inputFields: sources.map((field) => ({
                      namespace,
                      name: datasetName(run, source!),
                      field,
                      transformations: [
                        {
                          type: 'DIRECT',
                          subtype: 'TRANSFORMATION',
                          ...(expression === null ? {} : { description: expression }),
                        },
                      ],
                    })),
                  },
                ]),
              ),
            }),
          }),
    },
    outputFacets: outputFacets(of, artifact),
  };
}

/** Files from outside, by the path that is declared. */
function outsideDatasets(of: string, { files }: StepView): LineageEvent[] {
  return files.map(({ path, digest }) => ({
    namespace: 'file',
    name: path,
    facets: {
      version: facet(of, '1-0-1/DatasetVersionDatasetFacet', { datasetVersion: digest }),
      datasetType: facet(of, '1-0-1/DatasetTypeDatasetFacet', { datasetType: 'FILE' }),
    },
    inputFacets: {},
  }));
}

function wellFormed(value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}
