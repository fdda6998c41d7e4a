import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Digest, digestHex, pathExists } from '../encoding/index.ts';
import { resolveEnvironment } from '../environments/index.ts';
import { PlatformError } from '../errors/index.ts';
import { readPackageFacts } from '../models/index.ts';
import { openRegistry } from '../registry/index.ts';
import type { Config } from './config.ts';
import { findVersion } from './find-version.ts';
import { packageDigest } from './package-digest.ts';
import type { ProjectRecord } from './project-record.ts';
import { lastAttempts, readRun, withRecord } from './records.ts';

/** A package on disk, ready to be served. */
export interface ServablePackage {
  readonly packageDir: string;
  readonly name: string | null;
  readonly version: string | null;
  /** Of the files as they lie there now; null where no store could hold them. */
  readonly digest: Digest | null;
}

/**
 * The package that a name means: a folder, `model`, `model/version` or `model/alias` of the registry, or a run that made
 * one. Packages of the record are copied out, verified, into the state folder.
 *
 * @throws PlatformError SERVE_NOTHING with what was looked for
 */
export async function findPackage(config: Config, name: string | undefined): Promise<ServablePackage> {
  if (name !== undefined && (await pathExists(join(resolve(config.projectRoot, name), 'MLmodel')))) {
    const packageDir = resolve(config.projectRoot, name);
    return { packageDir, name: null, version: null, digest: await packageDigest(packageDir) };
  }
  return await withRecord(config, async (record) => {
    const registered = await findRegistered(record, name);
    if (registered !== null) return { ...registered, packageDir: await place(config, record, registered.digest) };
    const digest = await findInRun(record, name ?? 'latest');
    if (digest !== null) return { packageDir: await place(config, record, digest), name: null, version: null, digest };
    throw new PlatformError('SERVE_NOTHING', {
      message: `expected a registered model, a run with a package or a package folder, found nothing named ${JSON.stringify(name ?? 'latest')}`,
    });
  });
}

/**
 * The package of a registered version, `model`, `model/version` or `model/alias`; of the first model where no name is given.
 * @throws PlatformError REGISTRY_VERSION_UNKNOWN
 */
export async function findRegistered(
  record: ProjectRecord,
  name: string | undefined,
): Promise<{ digest: Digest; name: string; version: string } | null> {
  const { database } = record.metadata;
  const meant = name ?? (await (await openRegistry(database)).listModels())[0]?.name;
  const version = meant === undefined ? null : await findVersion(database, meant);
  return version === null ? null : { digest: version.packageDigest, name: version.model, version: version.version };
}

/** The package that a run made; null where it made none, and where there is no such run. */
export async function findInRun(record: ProjectRecord, name: string): Promise<Digest | null> {
  const run = await readRun(record, name).catch(() => null);
  const output =
    run === null
      ? undefined
      : lastAttempts(run)
          .get('packaging')
          ?.outputs.find((candidate) => candidate.port === 'package');
  return output?.artifact.digest ?? null;
}

async function place(config: Config, record: ProjectRecord, digest: Digest): Promise<string> {
  const folder = join(config.stateDir, 'served', digestHex(digest).slice(0, 32));
  // What lies there from before was within everybody's reach since.
  if ((await packageDigest(folder).catch(() => null)) === digest) return folder;
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(config.stateDir, 'served'), { recursive: true });
  await record.artifacts.materialize(digest, folder);
  return folder;
}

/** The interpreter with a package's requirements, its environment made where it is not there yet; null where ONNX answers. */
export async function packagePython(
  config: Config,
  packageDir: string,
  options: { readonly signal: AbortSignal; readonly onProgress: (message: string) => void },
): Promise<string | null> {
  if ((await readPackageFacts(packageDir)).onnx !== null) return null;
  const environment = await resolveEnvironment(
    { file: join(packageDir, 'requirements.txt'), requirements: [], installer: 'auto', python: config.python },
    { cacheDir: config.cacheDir, env: config.env, ...options },
  );
  return environment.python;
}
