/** Versions by what people write behind the name of a model. */
import type { Session, SqlValue } from '../database/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { ModelVersion, PackagedVersion } from './model-registry.ts';
import { highestFirst, versionsWhere } from './rows.ts';
import { parseVersionPrefix } from './version.ts';

/** A version by `latest`, by its number or the beginning of it, or by alias; null where there is none. */
export async function findVersion(session: Session, name: string, selector: string): Promise<ModelVersion | null> {
  const first = async (where: string, parameters: readonly SqlValue[]): Promise<ModelVersion | null> =>
    (await versionsWhere(session, `v.model = ? and ${where} ${highestFirst} limit 1`, [name, ...parameters]))[0] ??
    null;
  if (selector === 'latest') return await first('true', []);
  const prefix = parseVersionPrefix(selector);
  if (prefix === null) {
    const pointed = 'v.ordinal = (select ordinal from model_aliases where model = ? and alias = ?)';
    return await first(pointed, [name, selector]);
  }
  const { major, minor, pipeline } = prefix;
  if (minor === null) return await first('v.major = ?', [major]);
  if (pipeline === null) return await first('v.major = ? and v.minor = ?', [major, minor]);
  return await first('v.major = ? and v.minor = ? and v.pipeline = ?', [major, minor, pipeline]);
}

/** The same; explains what is missing. @throws PlatformError REGISTRY_MODEL_UNKNOWN, REGISTRY_VERSION_UNKNOWN */
export async function requireVersion(session: Session, name: string, selector: string): Promise<ModelVersion> {
  const found = await findVersion(session, name, selector);
  if (found !== null) return found;
  const shown = (text: string): string => JSON.stringify(text.slice(0, 100));
  const known = await session.first('select name from registered_models where name = ?', [name]);
  if (known === null) {
    throw new PlatformError('REGISTRY_MODEL_UNKNOWN', {
      message: `expected a registered model, found none named ${shown(name)}`,
      details: { model: name.slice(0, 100) },
    });
  }
  throw new PlatformError('REGISTRY_VERSION_UNKNOWN', {
    message: `expected a version or alias of model ${name}, found ${shown(selector)}`,
    details: { model: name, selector: selector.slice(0, 100) },
  });
}

/** A version that is a package. @throws PlatformError REGISTRY_NO_PACKAGE */
export function requirePackage(version: ModelVersion): PackagedVersion {
  if (version.packageDigest !== null) return version as PackagedVersion;
  throw new PlatformError('REGISTRY_NO_PACKAGE', {
    message: `expected a version that a release registered, found ${version.model}/${version.version}, which a client registered at ${version.source ?? 'no address'}`,
    details: { model: version.model, version: version.version },
  });
}
