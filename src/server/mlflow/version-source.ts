/**
 * Where a client says that a version lies: checked, and followed where it names something of this server.
 *
 * An address of a folder must lie below the artifacts of the run or of the logged model that the request names: else a
 * client could have any folder of the server's machine, or somebody else's artifacts, read under a name of its own.
 */
import { isPrompt, readModelSignature } from '../../registry/index.ts';
import type { LoggedModel } from '../../tracking/index.ts';
import { badValue } from './message.ts';
import { nullWhereUnknown } from './null-where-unknown.ts';
import { followVersion, type SourceFields, type VersionSource } from './registered-source.ts';
import type { Services } from './services.ts';
import { hasWayOut, isInside, isLocal, readAddress } from './source-address.ts';

/** What prompts, which lie nowhere, give as their address. */
const promptPlaces = new Set(['dummy-source', 'prompt-template']);
/** Schemes whose address names a machine, to which a client would be led. */
const schemesOfHosts = new Set('ftp sftp hdfs viewfs http https mlflow-artifacts r2 b2 abfss'.split(' '));

/**
 * Checks and follows an address.
 * @throws PlatformError TRACKING_BAD_VALUE; TRACKING_UNKNOWN for a logged model, REGISTRY_MODEL_UNKNOWN, REGISTRY_VERSION_UNKNOWN for a version that it names
 */
export async function readVersionSource(fields: SourceFields, services: Services): Promise<VersionSource> {
  const { source, tags } = fields;
  const [runId, modelId] = [fields.run_id ?? '', fields.model_id || null];
  if (isPrompt(tags)) {
    if (!promptPlaces.has(source))
      throw badValue(`Invalid prompt source: '${source}'. Prompt sources must use an MLflow placeholder.`);
    return { source, storageLocation: source, runId, modelId, signature: {} };
  }
  refuseHost(source);
  const followed = await followVersion(fields, services.registry);
  if (followed !== null) return followed;
  const model = modelId === null ? null : await findModel(modelId, services);
  const claim: Claim = { source, runId, modelId, model };
  await requireOwn(claim, services);
  if (modelId !== null && model === null) await services.tracking.getLoggedModel(modelId);
  const storageLocation = readAddress(source).scheme === 'models' && model !== null ? model.artifactUri : source;
  return {
    ...{ source, storageLocation, modelId },
    runId: runId === '' ? (model?.sourceRunId ?? '') : runId,
    signature: await readModelSignature(await placeOf(storageLocation, services), services.artifacts),
  };
}

function refuseHost(source: string): void {
  const { scheme, host } = readAddress(source);
  if (!schemesOfHosts.has(scheme) || (scheme === 'mlflow-artifacts' && host === '')) return;
  throw badValue(
    `'source' cannot use the '${scheme}' scheme: it addresses a host other than the tracking server's own artifact storage. Upload the model to this server and register it there.`,
  );
}

/** What is said of an address: that it belongs to a run or to a logged model. */
interface Claim {
  readonly source: string;
  readonly runId: string;
  readonly modelId: string | null;
  readonly model: LoggedModel | null;
}

async function requireOwn(claim: Claim, services: Services): Promise<void> {
  const { source, modelId } = claim;
  const owner = modelId === null ? 'run_id' : 'model_id';
  if (isLocal(source)) {
    const root = await rootOf(claim, services);
    if (isInside(source, root)) return;
    if (root === null && (claim.runId !== '' || modelId !== null)) throw notOwned(source, owner);
    throw badValue(
      `Invalid model version source: '${source}'. To use a local path as a model version source, the ${owner} request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the ${owner}.`,
    );
  }
  if (hasWayOut(source)) {
    throw badValue(
      `Invalid model version source: '${source}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.`,
    );
  }
  const { scheme, host, path } = readAddress(source);
  if (scheme === 'runs') {
    if (modelId === null && host === '' && claim.runId !== '' && path.split('/')[1] === claim.runId) return;
    throw notOwned(source, owner);
  }
  if (scheme === 'models' && (host !== '' || path.slice(1) !== modelId)) throw notOwned(source, 'model_id');
  if (scheme === 'mlflow-artifacts' && !isInside(source, await rootOf(claim, services))) throw notOwned(source, owner);
}

function notOwned(source: string, owner: string): Error {
  return badValue(
    `Invalid model version source: '${source}'. The ${owner} request parameter must identify the resource that contains the source.`,
  );
}

/** Where the artifacts of the run or model lie; null where there is none of that id. */
async function rootOf({ runId, modelId, model }: Claim, services: Services): Promise<string | null> {
  if (modelId !== null) return model?.artifactUri ?? null;
  return runId === '' ? null : await artifactsOfRun(runId, services);
}

async function artifactsOfRun(runId: string, { tracking }: Services): Promise<string | null> {
  const run = await tracking.getRun(runId).catch(nullWhereUnknown);
  return run?.info.artifactUri ?? null;
}

async function findModel(modelId: string, { tracking }: Services): Promise<LoggedModel | null> {
  return await tracking.getLoggedModel(modelId).catch(nullWhereUnknown);
}

/** The address of a folder: one of a run is followed. */
async function placeOf(location: string, services: Services): Promise<string> {
  const { scheme, path } = readAddress(location);
  if (scheme !== 'runs') return location;
  const [runId = '', ...below] = path.slice(1).split('/');
  const root = await artifactsOfRun(runId, services);
  return root === null ? location : [root, ...below].join('/');
}
