/**
 * The folder of an exported run as a Workflow Run RO-Crate, profile *Provenance Run Crate*: the declaration is the workflow,
 * each step a tool, each attempt an action with what it read and left. Files are named as they lie in the folder.
 *
 * @see https://www.researchobject.org/workflow-run-crate/profiles/provenance_run_crate
 */
import { type Digest, digestHex, formatInstant } from '../encoding/index.ts';
import { jsonText, listed, valueText } from './json-text.ts';
import { licenceAddress } from './licence.ts';
import { contentUrn, oneLine, uriPart } from './names.ts';
import { type ArtifactView, lastAttemptsOf, type RunView, type StepView } from './run-view.ts';

/** Where RO-Crate looks for it. */
export const roCratePath = 'ro-crate-metadata.json';

/** What lies in the folder. */
export interface CrateFiles {
  /** Relative paths, `/` between their parts. The file of the crate itself is not among them. */
  readonly paths: readonly string[];
  /** The file with the resolved declaration. */
  readonly declaration: string;
  /** The file of an artifact, or of the list of its files. */
  readonly artifact: (of: Pick<ArtifactView, 'digest' | 'kind'>) => string;
  /** The file of an environment's lock. */
  readonly lock: (digest: Digest) => string;
}

type Entity = Readonly<Record<string, unknown>> & { readonly '@id': string };

const profiles = [
  ['https://w3id.org/ro/wfrun/process/0.5', 'Process Run Crate', '0.5'],
  ['https://w3id.org/ro/wfrun/workflow/0.5', 'Workflow Run Crate', '0.5'],
  ['https://w3id.org/ro/wfrun/provenance/0.5', 'Provenance Run Crate', '0.5'],
  ['https://w3id.org/workflowhub/workflow-ro-crate/1.0', 'Workflow RO-Crate', '1.0'],
] as const;

/** The text of `ro-crate-metadata.json`. */
export function writeRoCrate(run: RunView, files: CrateFiles): string {
  const crate: Crate = { run, files, present: new Set(files.paths) };
  const entities = [
    descriptor,
    ...profiles.map(([id, name, version]) => ({ '@id': id, '@type': 'CreativeWork', name, version })),
    rootOf(crate),
    workflowOf(crate),
    language,
    ...paramsOf(run),
    ...lastAttemptsOf(run).flatMap((step) => [toolOf(step, crate), howToStep(step, crate)]),
    engineOf(run),
    runAction(crate),
    ...organizeAction(run),
    ...run.steps.flatMap((step) => stepActions(step, crate)),
    ...files.paths.map((path) => fileOf(path, crate)),
    ...outsideContent(crate),
  ];
  return jsonText({
    '@context': ['https://w3id.org/ro/crate/1.1/context', { sha256: 'https://w3id.org/ro/terms/workflow-run#sha256' }],
    '@graph': [...new Map(entities.map((entity) => [entity['@id'], entity])).values()],
  });
}

interface Crate {
  readonly run: RunView;
  readonly files: CrateFiles;
  readonly present: ReadonlySet<string>;
}

const descriptor = {
  '@id': roCratePath,
  '@type': 'CreativeWork',
  about: ref('./'),
  conformsTo: [ref('https://w3id.org/ro/crate/1.1'), ref('https://w3id.org/workflowhub/workflow-ro-crate/1.0')],
};

const language: Entity = { '@id': '#mlspec-language', '@type': 'ComputerLanguage', name: 'MLSpec', version: '1' };

function rootOf({ run, files }: Crate): Entity {
  return {
    '@id': './',
    '@type': 'Dataset',
    conformsTo: profiles.map(([id]) => ref(id)),
    name: `${run.name}: ${run.id}`,
    description: run.description === '' ? `Run ${run.id} of ${run.name}, ${run.state}.` : run.description,
    datePublished: formatInstant(run.endedAtMs ?? run.startedAtMs),
    // The profile asks for one.
    license: licenceOf(run),
    mainEntity: ref(uriPath(files.declaration)),
    hasPart: files.paths.map((path) => ref(uriPath(path))),
    mentions: [ref(runId(run)), ...run.steps.map((step) => ref(actionId(step)))],
  };
}

/** What the folder may be used under: it holds model and data. */
function licenceOf({ licence: { model, data } }: RunView): string {
  if (model === null && data === null) return 'No licence was declared.';
  if (model === data) return licenceAddress(model!);
  return `Model: ${model ?? 'none declared'}. Data: ${data ?? 'none declared'}.`;
}

function workflowOf({ run, files }: Crate): Entity {
  const steps = lastAttemptsOf(run);
  return {
    '@id': uriPath(files.declaration),
    '@type': ['File', 'SoftwareSourceCode', 'ComputationalWorkflow', 'HowTo'],
    name: run.name,
    ...(run.description === '' ? {} : { description: run.description }),
    encodingFormat: 'application/json',
    sha256: digestHex(run.specDigest),
    programmingLanguage: ref(language['@id']),
    // A run that ended before its first step had no tool but the engine.
    hasPart: steps.length === 0 ? [ref(engineId)] : steps.map((step) => ref(toolId(step))),
    ...(steps.length === 0 ? {} : { step: steps.map((step) => ref(howToId(step))) }),
    ...(Object.keys(run.params).length === 0
      ? {}
      : { input: Object.keys(run.params).map((name) => ref(paramId(name))) }),
  };
}

function paramsOf({ params }: RunView): Entity[] {
  return Object.entries(params).flatMap(([name, value]): Entity[] => [
    {
      '@id': paramId(name),
      '@type': 'FormalParameter',
      name,
      additionalType: typeof value === 'number' ? 'Number' : typeof value === 'boolean' ? 'Boolean' : 'Text',
      workExample: ref(`${paramId(name)}-value`),
    },
    {
      '@id': `${paramId(name)}-value`,
      '@type': 'PropertyValue',
      name,
      value: valueText(value),
      exampleOfWork: ref(paramId(name)),
    },
  ]);
}

function toolOf(step: StepView, { files, present }: Crate): Entity {
  const lock = step.environment === null ? null : files.lock(step.environment);
  const code = step.code.map(({ path }) => `code/${path}`).filter((path) => present.has(path));
  return {
    '@id': toolId(step),
    '@type': 'SoftwareApplication',
    name: step.entryPoint === null ? `${step.stage} of MLSpec` : oneLine(step.entryPoint),
    applicationCategory: step.component,
    ...(code.length === 0 ? {} : { hasPart: code.map((path) => ref(uriPath(path))) }),
    ...(lock === null || !present.has(lock) ? {} : { softwareRequirements: ref(uriPath(lock)) }),
  };
}

function howToStep(step: StepView, { run }: Crate): Entity {
  const position = lastAttemptsOf(run).findIndex(({ name }) => name === step.name);
  return {
    '@id': howToId(step),
    '@type': 'HowToStep',
    name: step.name,
    position: String(position),
    workExample: ref(toolId(step)),
  };
}

const engineId = '#mlspec';

function engineOf({ program }: RunView): Entity {
  return { '@id': engineId, '@type': 'SoftwareApplication', name: program.name, softwareVersion: program.version };
}

function runAction({ run, files, present }: Crate): Entity {
  const sources = run.steps.flatMap(({ files: read }) => read.map(({ digest }) => ref(contentUrn(digest))));
  const results = run.models.flatMap(({ artifact }) => artifactRefs([artifact], { run, files, present }));
  return {
    '@id': runId(run),
    '@type': 'CreateAction',
    name: `Run ${run.id} of ${run.name}`,
    instrument: ref(uriPath(files.declaration)),
    ...timesOf(run),
    ...statusOf(run.state, run.steps.find(({ state }) => state === 'FAILED')?.error ?? null),
    ...listed('object', [
      ...Object.keys(run.params).map((name) => ref(`${paramId(name)}-value`)),
      ...distinct(sources),
    ]),
    ...listed('result', results),
  };
}

function organizeAction(run: RunView): Entity[] {
  if (run.steps.length === 0) return [];
  return [
    {
      '@id': `${runId(run)}-organize`,
      '@type': 'OrganizeAction',
      name: `What carried ${run.id} out`,
      instrument: ref(engineId),
      result: ref(runId(run)),
      object: run.steps.map((step) => ref(`${actionId(step)}-control`)),
      ...timesOf(run),
    },
  ];
}

function stepActions(step: StepView, crate: Crate): Entity[] {
  const values = step.entryPoint === null ? [] : Object.entries(step.params);
  const valueId = (name: string): string => `${actionId(step)}-param-${uriPart(name)}`;
  const sources = step.files.map(({ digest }) => ref(contentUrn(digest)));
  return [
    {
      '@id': actionId(step),
      '@type': 'CreateAction',
      name: `${step.name}, attempt ${step.attempt}${step.state === 'CACHED' ? ', reused' : ''}`,
      instrument: ref(toolId(step)),
      ...timesOf(step),
      ...statusOf(step.state, step.error),
      ...listed('object', [
        ...artifactRefs(step.inputs, crate),
        ...sources,
        ...values.map(([name]) => ref(valueId(name))),
      ]),
      ...listed('result', artifactRefs(step.outputs, crate)),
      ...(step.statement === null ? {} : { identifier: step.statement.digest }),
    },
    {
      '@id': `${actionId(step)}-control`,
      '@type': 'ControlAction',
      name: `${step.name}, attempt ${step.attempt}`,
      instrument: ref(howToId(step)),
      object: ref(actionId(step)),
    },
    ...values.map(([name, value]) => ({
      '@id': valueId(name),
      '@type': 'PropertyValue',
      name,
      value: valueText(value),
    })),
  ];
}

function timesOf({ startedAtMs, endedAtMs }: Pick<StepView, 'startedAtMs' | 'endedAtMs'>): object {
  return {
    startTime: formatInstant(startedAtMs),
    ...(endedAtMs === null ? {} : { endTime: formatInstant(endedAtMs) }),
  };
}

function statusOf(state: string, error: StepView['error']): object {
  const status =
    state === 'COMPLETE' || state === 'CACHED'
      ? 'Completed'
      : state === 'RUNNING' || state === 'NEW'
        ? 'Active'
        : 'Failed';
  return {
    actionStatus: ref(`http://schema.org/${status}ActionStatus`),
    ...(status === 'Failed' ? { error: error === null ? state : `${error.code}: ${error.message}` } : {}),
  };
}

/** Where content lies in the folder; what is not there is named by its digest. */
function artifactRefs(artifacts: readonly ArtifactView[], { files, present }: Crate): { readonly '@id': string }[] {
  return distinct(
    artifacts.map((artifact) => {
      const path = files.artifact(artifact);
      return ref(present.has(path) ? uriPath(path) : contentUrn(artifact.digest));
    }),
  );
}

/** Content that actions name and that is not in the folder: outside files, what earlier runs made, what is not kept. */
function outsideContent({ run, files, present }: Crate): Entity[] {
  const read = run.steps.flatMap((step) => step.files.map(({ path, digest }) => contentOf(path, digest)));
  const absent = run.steps
    .flatMap(({ inputs, outputs }) => [...inputs, ...outputs])
    .filter((artifact) => !present.has(files.artifact(artifact)))
    .map(({ name, digest }) => contentOf(name, digest));
  return [...read, ...absent];
}

function contentOf(name: string, digest: Digest): Entity {
  return { '@id': contentUrn(digest), '@type': 'CreativeWork', name: oneLine(name), sha256: digestHex(digest) };
}

const formats: readonly (readonly [ending: string, type: string])[] = [
  ['.json', 'application/json'],
  ['.jsonl', 'application/jsonl'],
  ['.html', 'text/html'],
  ['.ts', 'text/x-typescript'],
  ['.py', 'text/x-python'],
  ['.sql', 'application/sql'],
];

function fileOf(path: string, { run, files }: Crate): Entity {
  if (path === files.declaration) return workflowOf({ run, files, present: new Set() });
  const format = formats.find(([ending]) => path.endsWith(ending))?.[1];
  const artifact = run.steps.flatMap(({ outputs }) => outputs).find((one) => files.artifact(one) === path);
  return {
    '@id': uriPath(path),
    '@type': 'File',
    name: oneLine(artifact === undefined ? path : artifact.name),
    ...(format === undefined ? {} : { encodingFormat: format }),
    ...(artifact === undefined ? {} : { sha256: digestHex(artifact.digest), additionalType: artifact.type }),
  };
}

function distinct(list: readonly { readonly '@id': string }[]): { readonly '@id': string }[] {
  return [...new Map(list.map((one) => [one['@id'], one])).values()];
}

function ref(id: string): { readonly '@id': string } {
  return { '@id': id };
}

function uriPath(path: string): string {
  return path.split('/').map(uriPart).join('/');
}

function runId({ id }: RunView): string {
  return `#${id}`;
}

function actionId({ execution }: StepView): string {
  return `#${execution}`;
}

function toolId({ name }: StepView): string {
  return `#tool-${uriPart(name)}`;
}

function howToId({ name }: StepView): string {
  return `#step-${uriPart(name)}`;
}

function paramId(name: string): string {
  return `#param-${uriPart(name)}`;
}
