import { type Digest, isDigest, type JsonObject } from '../encoding/index.ts';
import { assert } from '../errors/index.ts';
import type {
  EnvironmentReference,
  KnownBefore,
  PinnedArtifact,
  PublishedOutput,
  RegisteredBaseline,
} from '../pipeline/index.ts';
import type { ModelRegistry, PackagedVersion } from '../registry/index.ts';
import type { ResolvedSpec } from '../spec/index.ts';
import type { Config } from './config.ts';
import { type EarlierNames, earlierNames, pinEarlier } from './earlier-reports.ts';
import type { ProjectRecord } from './project-record.ts';
import { withRecord } from './records.ts';

const maximumFileBytes = 4 * 1024 * 1024;

/** What a release keeps with the version that it registers, among its properties. */
export interface VersionFacts {
  /** Digest of model and transformation. */
  readonly identity: Digest;
  /** How the data were divided: digest of the split, and what its step was given. */
  readonly split: { readonly digest: Digest; readonly params: JsonObject };
  /** Ids of the parts that were open. */
  readonly parts: readonly string[];
  /** The package that each registered baseline was; null: there was none. */
  readonly against: Readonly<Record<string, Digest | null>>;
}

/** What a plan takes from the record: the model that baselines name, which of its versions by the name of the baseline, and earlier reports. */
export interface BaselineNames {
  readonly model: string;
  /** An alias or version by the name of the baseline. */
  readonly selectors: Readonly<Record<string, string>>;
  /** Null where no check asks what was measured before. */
  readonly earlier: EarlierNames | null;
}

/** The registered models that the baselines of a declaration name, reports of earlier runs, and every artifact that is pinned so. Plain JSON. */
export interface PinnedBaselines extends KnownBefore {
  readonly artifacts: readonly PublishedOutput[];
}

/** What a declaration names of the record. */
export function baselineNames(spec: ResolvedSpec): BaselineNames {
  const selectors = Object.entries(spec.objectives.baselines).flatMap(([name, baseline]) =>
    'model' in baseline ? [[name, baseline.model] as const] : [],
  );
  const model = spec.packaging.name ?? spec.name;
  return { model, selectors: Object.fromEntries(selectors), earlier: earlierNames(spec) };
}

/** All of it as it stands now. A baseline that no version fits is left out; where nothing is named the record is not opened. */
export async function findBaselines(config: Config, names: BaselineNames): Promise<PinnedBaselines> {
  const { selectors, earlier } = names;
  const hasBaselines = Object.keys(selectors).length > 0;
  if (!hasBaselines && earlier === null) return { registered: {}, earlier: {}, artifacts: [] };
  return await withRecord(config, async (record) => {
    const baselines = hasBaselines ? await pinBaselines(record, names) : { registered: {}, artifacts: [] };
    const reports = earlier === null ? { earlier: {}, artifacts: [] } : await pinEarlier(record, earlier);
    return { ...baselines, ...reports, artifacts: [...baselines.artifacts, ...reports.artifacts] };
  });
}

async function pinBaselines(
  record: ProjectRecord,
  { model, selectors }: BaselineNames,
): Promise<Omit<PinnedBaselines, 'earlier'>> {
  // With it the language of the declaration is loaded, which a run without such baselines can do without.
  const { openRegistry } = await import('../registry/index.ts');
  const registry = await openRegistry(record.metadata.database);
  const pinning: Pinning = { record, registry, artifacts: new Map() };
  const registered: Record<string, RegisteredBaseline> = {};
  for (const [name, selector] of Object.entries(selectors)) {
    const version = await registry.findModel(model, selector);
    if (version !== null) registered[name] = await pinVersion(version, name, pinning);
  }
  return { registered, artifacts: [...pinning.artifacts.values()] };
}

interface Pinning {
  readonly record: ProjectRecord;
  readonly registry: ModelRegistry;
  readonly artifacts: Map<Digest, PublishedOutput>;
}

async function pinVersion(version: PackagedVersion, baseline: string, pinning: Pinning): Promise<RegisteredBaseline> {
  const facts = factsOf(version);
  const environment = await packageEnvironment(version.packageDigest, pinning.record);
  const parts = await Promise.all(facts.parts.map((id) => pinArtifact(id, `${labelOf(version)}, its data`, pinning)));
  const pinned = await pinArtifact(version.artifactId, labelOf(version), pinning);
  assert(pinned !== null, `${labelOf(version)} is registered without its package`);
  return {
    package: pinned,
    identity: facts.identity,
    environment,
    split: facts.split,
    openParts: parts.length === 0 || parts.includes(null) ? null : (parts as PinnedArtifact[]),
    before: await pinBefore(version, { baseline, package: facts.against[baseline] ?? null }, pinning),
  };
}

/** Of a version that was registered otherwise than by a release nothing is known but its package. */
function factsOf({ packageDigest, properties }: PackagedVersion): VersionFacts {
  if (isDigest(properties['identity'])) return properties as unknown as VersionFacts;
  return { identity: packageDigest, split: { digest: packageDigest, params: {} }, parts: [], against: {} };
}

function labelOf({ model, version }: PackagedVersion): string {
  return `${model}/${version}`;
}

/** What the version was compared with when it was judged itself. */
async function pinBefore(
  version: PackagedVersion,
  compared: { readonly baseline: string; readonly package: Digest | null },
  pinning: Pinning,
): Promise<RegisteredBaseline | null> {
  if (compared.package === null || compared.package === version.packageDigest) return null;
  const versions = await pinning.registry.versionsOfPackage(compared.package);
  const before = versions.find((candidate) => candidate.model === version.model);
  if (before === undefined) return null;
  // Only its own package counts: what it was compared with in its time is of no use here.
  const alone: PackagedVersion = { ...before, properties: { ...before.properties, against: {} } };
  return await pinVersion(alone, compared.baseline, pinning);
}

/** An artifact by its id, remembered by its digest; null where its content is not kept any more. */
async function pinArtifact(id: string, name: string, { record, artifacts }: Pinning): Promise<PinnedArtifact | null> {
  const [artifact] = await record.metadata.artifacts([id]);
  if (artifact === undefined || !(await record.artifacts.has(artifact.digest))) return null;
  const { type, digest, kind, sizeBytes, properties } = artifact;
  artifacts.set(digest, { artifactId: id, type, digest, kind, sizeBytes, properties });
  return { name, type: type as PinnedArtifact['type'], digest };
}

/** The environment that a package asks for; null where Node answers its model. */
async function packageEnvironment(digest: Digest, { artifacts }: ProjectRecord): Promise<EnvironmentReference | null> {
  const files = await artifacts.entries(digest);
  const read = async (path: string): Promise<string | null> => {
    const file = files.find((entry) => entry.path === path);
    return file === undefined
      ? null
      : (await artifacts.read(file.digest, { maxBytes: maximumFileBytes })).toString('utf8');
  };
  const { library } = JSON.parse((await read('data/package.json')) ?? '{}') as { library?: unknown };
  if (library === 'typescript' || library === 'onnx') return null;
  const lines = ((await read('requirements.txt')) ?? '').split('\n').map((line) => line.trim());
  return { file: null, requirements: lines.filter((line) => line !== '' && !line.startsWith('#')) };
}
