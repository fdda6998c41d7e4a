/**
 * SPDX 3.0.1 with the AI, Dataset and Build profiles, as JSON-LD: a package for each model and each part of the data, the
 * packages of the environment, and the training that made the one of the others. A document claims conformance to the AI
 * and Dataset profiles only where somebody is declared who supplies them; licences that nobody declared are *no assertion*.
 *
 * @see https://spdx.github.io/spdx-spec/v3.0.1/
 */
import { type Digest, digestHex, digestOf, formatInstant, type JsonObject } from '../encoding/index.ts';
import { jsonText, listed, valueText } from './json-text.ts';
import { isLicenceExpression } from './licence.ts';
import { contentUrn, oneLine, packageUrl, runUrn } from './names.ts';
import {
  type ArtifactView,
  type MeasureView,
  type ModelView,
  measuredIn,
  type PackageView,
  type PartView,
  type RunView,
  sliceText,
} from './run-view.ts';

type Element = Readonly<Record<string, unknown>> & { readonly spdxId: string };

const creationInfo = '_:creation';
const noLicence = 'https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertionLicense';

/** The document of a run's models and data. */
export function writeSpdx(run: RunView): string {
  const agents = agentsOf(run);
  const elements = [
    ...agents,
    ...run.parts.map((part) => datasetPackage(run, part)),
    ...packagesOf(run).map((one) => libraryPackage(run, one)),
    ...run.models.flatMap((model) => [aiPackage(run, model), trainingBuild(run, model)]),
    ...licenceElements(run),
    ...relationshipsOf(run),
  ];
  const roots =
    run.models.length > 0 ? run.models.map((model) => modelId(run, model)) : run.parts.map((part) => partId(run, part));
  const isSupplied = run.owners.length > 0;
  const document = {
    type: 'SpdxDocument',
    spdxId: runUrn(run.id, 'spdx'),
    creationInfo,
    name: `${run.name}: ${run.id}`,
    ...(run.description === '' ? {} : { description: run.description }),
    profileConformance: ['core', 'software', 'build', 'simpleLicensing', ...(isSupplied ? ['ai', 'dataset'] : [])],
    rootElement: roots.length > 0 ? roots : [programId(run)],
    element: elements.map(({ spdxId }) => spdxId),
  };
  const creation = {
    type: 'CreationInfo',
    '@id': creationInfo,
    specVersion: '3.0.1',
    created: secondsOf(run.endedAtMs ?? run.startedAtMs),
    createdBy: [programId(run)],
  };
  return jsonText({
    '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld',
    '@graph': [creation, document, ...elements],
  });
}

function agentsOf(run: RunView): Element[] {
  return [
    { type: 'SoftwareAgent', spdxId: programId(run), creationInfo, name: `${run.program.name} ${run.program.version}` },
    ...[...new Set(run.owners.map(({ name }) => name))].map((name) => ({
      type: 'Agent',
      spdxId: ownerId(run, name),
      creationInfo,
      name: oneLine(name),
    })),
  ];
}

function aiPackage(run: RunView, model: ModelView): Element {
  const { training, artifact, evaluation } = model;
  const measures = measuredIn(evaluation);
  const prepared = run.steps
    .flatMap(({ features }) => features)
    .flatMap(({ name, expression }) => (expression === null ? [] : [`${name} = ${expression}`]));
  const thresholds = (evaluation?.objectives ?? []).map(({ name, that }) => entry(name, that));
  return {
    type: 'ai_AIPackage',
    spdxId: modelId(run, model),
    creationInfo,
    name: model.name,
    ...supplied(run),
    ...(run.description === '' ? {} : { description: run.description }),
    ...identified(artifact),
    software_packageVersion: model.version ?? artifact.digest,
    software_primaryPurpose: 'model',
    software_downloadLocation: contentUrn(artifact.digest),
    releaseTime: secondsOf(training.endedAtMs ?? training.startedAtMs),
    ...(model.architecture === null ? {} : { ai_typeOfModel: [model.architecture] }),
    ...listed('ai_hyperparameter', entriesOf(training.params)),
    ...listed('ai_modelDataPreprocessing', [...new Set(prepared)]),
    ...listed(
      'ai_metric',
      measures.map((measure) => entry(metricName(measure, evaluation!.on), metricText(measure))),
    ),
    ...listed('ai_metricDecisionThreshold', thresholds),
  };
}

function metricName({ metric, slice }: MeasureView, part: string): string {
  return slice === null ? `${metric} on ${part}` : `${metric} on ${part}, ${sliceText(slice)}`;
}

function metricText({ value, interval }: MeasureView): string {
  return interval === null ? String(value) : `${value} [${interval.low}, ${interval.high}] ${interval.method}`;
}

function datasetPackage(run: RunView, part: PartView): Element {
  const { artifact } = part;
  const made = run.steps.findLast(({ name }) => name === artifact.step);
  const madeAt = secondsOf(made?.endedAtMs ?? run.startedAtMs);
  return {
    type: 'dataset_DatasetPackage',
    spdxId: partId(run, part),
    creationInfo,
    name: part.name,
    ...(run.owners.length === 0 ? {} : { originatedBy: [ownerId(run, run.owners[0]!.name)] }),
    ...identified(artifact),
    software_primaryPurpose: 'data',
    software_downloadLocation: contentUrn(artifact.digest),
    builtTime: madeAt,
    releaseTime: madeAt,
    dataset_datasetType: ['structured'],
    dataset_datasetSize: artifact.sizeBytes,
    ...(part.isSealed ? { dataset_dataCollectionProcess: 'A sealed part, set aside for gates.' } : {}),
  };
}

function libraryPackage(run: RunView, one: PackageView): Element {
  return {
    type: 'software_Package',
    spdxId: packageId(run, one),
    creationInfo,
    name: one.name,
    software_packageVersion: one.version,
    software_packageUrl: packageUrl(one),
    software_primaryPurpose: 'library',
  };
}

function trainingBuild(run: RunView, { training }: ModelView): Element {
  return {
    type: 'build_Build',
    spdxId: runUrn(run.id, 'build', training.execution),
    creationInfo,
    name: training.name,
    build_buildType: `urn:mlspec:step:${training.component}:v1`,
    build_buildId: training.execution,
    build_buildStartTime: secondsOf(training.startedAtMs),
    ...(training.endedAtMs === null ? {} : { build_buildEndTime: secondsOf(training.endedAtMs) }),
    ...listed('build_parameter', entriesOf(training.params)),
    ...(training.entryPoint === null ? {} : { build_configSourceEntrypoint: [oneLine(training.entryPoint)] }),
  };
}

/** Each declared licence once: an expression where it has that form, else a text. */
function licenceElements(run: RunView): Element[] {
  const declared = [
    ...(run.models.length > 0 && run.licence.model !== null ? [run.licence.model] : []),
    ...(run.parts.length > 0 && run.licence.data !== null ? [run.licence.data] : []),
  ];
  return [...new Set(declared)].map((licence) => ({
    ...(isLicenceExpression(licence)
      ? { type: 'simplelicensing_LicenseExpression', simplelicensing_licenseExpression: licence }
      : { type: 'simplelicensing_SimpleLicensingText', simplelicensing_licenseText: licence }),
    spdxId: licenceId(run, licence),
    creationInfo,
  }));
}

function licenceId(run: RunView, licence: string): string {
  return runUrn(run.id, 'licence', digestHex(digestOf(licence)).slice(0, 16));
}

function relationshipsOf(run: RunView): Element[] {
  const { model: ofModel, data: ofData } = run.licence;
  const licensed = [
    ...run.models.map((model) => [modelId(run, model), ofModel] as const),
    ...run.parts.map((part) => [partId(run, part), ofData] as const),
  ];
  return [
    ...licensed.flatMap(([id, licence]) => [
      relationship(run, [id, 'hasConcludedLicense', [noLicence]]),
      relationship(run, [id, 'hasDeclaredLicense', [licence === null ? noLicence : licenceId(run, licence)]]),
    ]),
    ...run.models.flatMap((model) => modelRelationships(run, model)),
  ];
}

function modelRelationships(run: RunView, model: ModelView): Element[] {
  const { training, trainedOn, evaluation } = model;
  const id = modelId(run, model);
  const build = runUrn(run.id, 'build', training.execution);
  const learnt = run.parts.filter(({ artifact }) => trainedOn.some(({ digest }) => digest === artifact.digest));
  const tested = run.parts.filter(({ name }) => name === evaluation?.on);
  const environment = training.environment === null ? [] : (run.environments[training.environment]?.packages ?? []);
  const facts: readonly Fact[] = [
    [id, 'trainedOn', learnt.map((part) => partId(run, part))],
    [id, 'testedOn', tested.map((part) => partId(run, part))],
    [id, 'dependsOn', environment.map((one) => packageId(run, one))],
    [build, 'hasInput', learnt.map((part) => partId(run, part))],
    [build, 'hasOutput', [id]],
  ];
  return facts.filter(([, , to]) => to.length > 0).map((fact) => relationship(run, fact));
}

type Fact = readonly [from: string, type: string, to: readonly string[]];

function relationship(run: RunView, [from, relationshipType, to]: Fact): Element {
  return {
    type: 'Relationship',
    spdxId: `${runUrn(run.id, 'relationship')}:${relationshipType}:${from.slice('urn:mlspec:'.length)}`,
    creationInfo,
    from,
    relationshipType,
    to,
  };
}

function packagesOf(run: RunView): PackageView[] {
  const all = Object.values(run.environments).flatMap(({ packages }) => packages);
  return [...new Map(all.map((one) => [packageId(run, one), one])).values()];
}

/** Of a file the hash of its bytes; of a tree the digest of the list of its files, as an identifier. */
function identified({ kind, digest }: ArtifactView): object {
  return kind === 'file' ? { verifiedUsing: [hashOf(digest)] } : { externalIdentifier: [identifierOf(digest)] };
}

function hashOf(digest: Digest): object {
  return { type: 'Hash', algorithm: 'sha256', hashValue: digestHex(digest) };
}

function identifierOf(digest: Digest): object {
  return { type: 'ExternalIdentifier', externalIdentifierType: 'other', identifier: contentUrn(digest) };
}

function supplied(run: RunView): object {
  return run.owners.length === 0 ? {} : { suppliedBy: ownerId(run, run.owners[0]!.name) };
}

function entriesOf(params: JsonObject): object[] {
  return Object.entries(params).map(([name, value]) => entry(name, valueText(value)));
}

function entry(key: string, value: string): object {
  return { type: 'DictionaryEntry', key, value };
}

/** SPDX has whole seconds. */
function secondsOf(atMs: number): string {
  return `${formatInstant(atMs).slice(0, 19)}Z`;
}

function modelId(run: RunView, { name }: ModelView): string {
  return runUrn(run.id, 'model', name);
}

function partId(run: RunView, { name }: PartView): string {
  return runUrn(run.id, 'data', name);
}

function packageId(run: RunView, { name, version }: PackageView): string {
  return runUrn(run.id, 'package', name, version);
}

function programId(run: RunView): string {
  return runUrn(run.id, 'program');
}

function ownerId(run: RunView, name: string): string {
  return runUrn(run.id, 'owner', name);
}
