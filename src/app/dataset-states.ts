/**
 * States of datasets. A dataset is a source of a declaration, DECLARATION/SOURCE, so that two systems that share a record do not speak of each other's.
 * What may not be used is refused before a run begins, whatever would be reused.
 */
import { userInfo } from 'node:os';
import { didYouMean, formatInstant } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type DatasetStateRecord, datasetStates, type MetadataStore } from '../metadata/index.ts';
import type { Plan } from '../pipeline/index.ts';
import type { ResolvedSpec } from '../spec/index.ts';
import type { Config } from './config.ts';
import { openRecord } from './project-record.ts';
import { withRecord } from './records.ts';

/** The state of a dataset, or one of the changes that led to it. */
export type DatasetState = DatasetStateRecord;

/** A dataset as a list shows it. */
export interface ListedDataset {
  /** DECLARATION/SOURCE. */
  readonly dataset: string;
  readonly state: DatasetState['state'];
  /** Null: its state was never changed. */
  readonly change: DatasetState | null;
}

/**
 * Sets the state of a dataset; the change is added to those before.
 * @param change `dataset` is a source of the project's declaration, or DECLARATION/SOURCE
 * @throws PlatformError CLI_USAGE, DATASET_UNKNOWN, SPEC_NOT_FOUND, SPEC_INVALID
 */
export async function setDatasetState(
  config: Config,
  change: { readonly dataset: string; readonly state: string; readonly reason: string },
): Promise<DatasetState> {
  const state = datasetStates.find((one) => one === change.state);
  if (state === undefined)
    throw new PlatformError('CLI_USAGE', {
      message: `expected a state (${datasetStates.join(', ')}), found ${JSON.stringify(change.state)}`,
      ...didYouMean(change.state, datasetStates),
    });
  if (change.reason.trim() === '')
    throw new PlatformError('CLI_USAGE', { message: 'expected --reason with why the state changes, found none' });
  const dataset = await wholeName(config, change.dataset);
  const record = await openRecord(config);
  try {
    const setBy = `${userInfo().username} at ${config.host}`;
    return await record.metadata.addDatasetState({ dataset, state, reason: change.reason.trim(), setBy });
  } finally {
    await record.close();
  }
}

/** Every change of the state of a dataset, the oldest first. @throws PlatformError DATASET_UNKNOWN, SPEC_NOT_FOUND, SPEC_INVALID */
export async function readDatasetStates(config: Config, name: string): Promise<readonly DatasetState[]> {
  const dataset = await wholeName(config, name);
  return await withRecord(config, ({ metadata }) => metadata.datasetStates(dataset));
}

/** The sources of the project's declaration, where it has a valid one, and every dataset whose state was ever changed. */
export async function listDatasets(config: Config): Promise<readonly ListedDataset[]> {
  const declared = await declaredDatasets(config).catch(() => []);
  const current = await withRecord(config, ({ metadata }) => currentStates(metadata));
  return [...new Set([...declared, ...current.keys()])].sort().map((dataset) => {
    const change = current.get(dataset) ?? null;
    return { dataset, state: change?.state ?? 'active', change };
  });
}

/** The datasets of a declaration that are not active, with the change that made them so. */
export async function datasetsNotActive(metadata: MetadataStore, spec: string): Promise<readonly DatasetState[]> {
  const current = await currentStates(metadata);
  return [...current.values()].filter(
    ({ dataset, state }) => state !== 'active' && dataset.slice(0, dataset.lastIndexOf('/')) === spec,
  );
}

async function currentStates(metadata: MetadataStore): Promise<Map<string, DatasetState>> {
  return new Map((await metadata.datasetStates()).map((change) => [change.dataset, change]));
}

async function declaredDatasets(config: Config): Promise<string[]> {
  const { loadSpec, requireValid } = await import('./load-spec.ts');
  const { name, ingestion } = requireValid(await loadSpec(config, { params: [] }));
  return Object.keys(ingestion.sources).map((source) => `${name}/${source}`);
}

async function wholeName(config: Config, name: string): Promise<string> {
  if (name.includes('/')) return name;
  const declared = await declaredDatasets(config);
  const found = declared.find((one) => one.endsWith(`/${name}`));
  if (found !== undefined) return found;
  const sources = declared.map((one) => one.slice(one.lastIndexOf('/') + 1));
  throw new PlatformError('DATASET_UNKNOWN', {
    message: `expected a source of the declaration (${sources.join(', ')}) or DECLARATION/SOURCE, found ${JSON.stringify(name)}`,
    ...didYouMean(name, sources),
  });
}

/** Refuses a dataset that may not be read. @throws PlatformError DATASET_ARCHIVED */
export async function requireReadable(config: Config, dataset: string): Promise<void> {
  const current = await withRecord(config, ({ metadata }) => currentStates(metadata));
  const change = current.get(dataset);
  if (change?.state === 'archived') throw isArchived([change]);
}

function isArchived(found: readonly DatasetState[]): PlatformError {
  return new PlatformError('DATASET_ARCHIVED', {
    message: `expected datasets that may be read, found ${found.map(describeState).join('; ')}`,
  });
}

/** A plan that is to be carried out. */
export interface IntendedPlan {
  readonly plan: Plan;
  /** Steps of it that are only taken from the record. */
  readonly recordedOnly: ReadonlySet<string>;
  /** `ingestion` of its declaration. */
  readonly ingestion: Pick<ResolvedSpec['ingestion'], 'allow_deprecated'> & { readonly sources: object };
  /** Hears of what is used although it is deprecated. */
  readonly say?: (message: string) => void;
}

/**
 * Refuses a plan that reads an archived dataset, or trains on a deprecated one that the declaration does not allow.
 * @throws PlatformError DATASET_ARCHIVED, DATASET_DEPRECATED
 */
export async function requireUsableDatasets(metadata: MetadataStore, intended: IntendedPlan): Promise<void> {
  const { plan, recordedOnly, ingestion } = intended;
  if (!plan.steps.some(({ stage }) => stage === 'ingestion')) return;
  const sourceOf = ({ dataset }: DatasetState): string => dataset.slice(plan.name.length + 1);
  const isRead = (one: DatasetState): boolean => Object.hasOwn(ingestion.sources, sourceOf(one));
  const found = (await datasetsNotActive(metadata, plan.name)).filter(isRead);
  const archived = found.filter(({ state }) => state === 'archived');
  if (archived.length > 0) throw isArchived(archived);
  if (!plan.steps.some(({ stage, name }) => stage === 'training' && !recordedOnly.has(name))) return;
  const refused = found.filter((one) => !ingestion.allow_deprecated.includes(sourceOf(one)));
  if (refused.length > 0)
    throw new PlatformError('DATASET_DEPRECATED', {
      message: `expected datasets that may be trained on, found ${refused.map(describeState).join('; ')}`,
      hint: `Use other data; or write allow_deprecated: true at ingestion.sources.${sourceOf(refused[0]!)}, if a model is to be trained on it all the same.`,
    });
  for (const one of found) intended.say?.(`training on ${describeState(one)}; the declaration allows it`);
}

/** A change in words. */
export function describeState({ dataset, state, setBy, setAtMs, reason }: DatasetState): string {
  return `${dataset}, ${state} since ${formatInstant(setAtMs)} by ${setBy}: ${reason}`;
}
