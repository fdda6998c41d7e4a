/* A version that is registered again, under another name or the same one: `models:/name/3`, `models:/name@alias`. */
import type { JsonObject } from '../../encoding/index.ts';
import { isPrompt, type ModelRegistry, type ModelVersion, type RegistryTag } from '../../registry/index.ts';
import { badValue } from './message.ts';
import { readAddress } from './source-address.ts';
import { downloadUri } from './version-message.ts';

/** What a request says of the place. */
export interface SourceFields {
  readonly source: string;
  readonly run_id: string | undefined;
  readonly model_id: string | undefined;
  readonly tags: readonly RegistryTag[];
}

/** Where a version comes from. */
export interface VersionSource {
  readonly source: string;
  /** Where that is once addresses of the registry are followed. */
  readonly storageLocation: string;
  readonly runId: string;
  readonly modelId: string | null;
  /** What the MLmodel file there says; `{}` where it cannot be read. */
  readonly signature: JsonObject;
}

/**
 * What the version is that an address names; null where it names something else.
 * @throws PlatformError TRACKING_BAD_VALUE, REGISTRY_MODEL_UNKNOWN, REGISTRY_VERSION_UNKNOWN
 */
export async function followVersion(
  { source, run_id, model_id }: SourceFields,
  registry: ModelRegistry,
): Promise<VersionSource | null> {
  const { scheme, host, path } = readAddress(source);
  if (scheme !== 'models') return null;
  if (host !== '') {
    throw badValue(
      `Invalid model version source: '${source}'. Registered model sources must use the active model registry.`,
    );
  }
  const named = readModelPath(path, source);
  if (named === null) return null;
  const model = await registry.getModel(named.name);
  if (isPrompt(model.tags)) {
    throw badValue(
      `Invalid model version source: '${source}'. Prompt versions cannot be used as model version sources.`,
    );
  }
  const version = await findNamed(named, registry, source);
  const isOther = (given: string | undefined, own: string | null): boolean =>
    given !== undefined && given !== (own ?? '');
  if (isOther(run_id, version.trackedRunId) || isOther(model_id, version.modelId)) {
    throw badValue(
      `Invalid model version source: '${source}'. The run_id and model_id request parameters must match the referenced model version.`,
    );
  }
  return {
    source: `models:/${version.model}/${version.ordinal}`,
    storageLocation: downloadUri(version),
    runId: version.trackedRunId ?? '',
    modelId: version.modelId,
    signature: version.signature,
  };
}

/** What stands behind `models:`, in parts. */
interface NamedVersion {
  readonly name: string;
  /** An ordinal, a stage, a number or `latest`. */
  readonly suffix: string | null;
  readonly alias: string | null;
}

/** Null where it is the id of a logged model. @throws PlatformError TRACKING_BAD_VALUE */
function readModelPath(path: string, source: string): NamedVersion | null {
  const parts = path.replace(/^\/+/, '').split('/');
  const [first = '', suffix] = parts;
  const isWhole = path.startsWith('/') && parts.length <= 2 && first.trim() !== '' && suffix?.trim() !== '';
  if (!isWhole) throw notOwnedModel(source);
  if (suffix !== undefined) return { name: first, suffix, alias: null };
  const at = first.lastIndexOf('@');
  if (at < 0) return null;
  const [name, alias] = [first.slice(0, at), first.slice(at + 1)];
  if (alias.trim() === '') throw notOwnedModel(source);
  return { name, suffix: null, alias };
}

async function findNamed(
  { name, suffix, alias }: NamedVersion,
  registry: ModelRegistry,
  source: string,
): Promise<ModelVersion> {
  if (alias !== null) return await registry.versionByAlias(name, alias);
  if (/^\d+$/.test(suffix!)) return await registry.getVersion({ model: name, ordinal: Number(suffix) });
  const found = await registry.latestVersions(name, suffix!.toLowerCase() === 'latest' ? [] : [suffix!]);
  const latest = found.toSorted((a, b) => b.ordinal - a.ordinal)[0];
  if (latest !== undefined) return latest;
  throw badValue(`No versions of model with name '${name}' found for '${source}'`);
}

function notOwnedModel(source: string): Error {
  return badValue(
    `Invalid model version source: '${source}'. The model_id request parameter must identify the resource that contains the source.`,
  );
}
