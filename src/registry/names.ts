/* What names and values may look like: those of releases by our own rules, those of clients by MLflow's and in its words. */
import { PlatformError } from '../errors/index.ts';
import { checkKey, storable } from '../tracking/index.ts';
import type { RegistryTag } from './model-registry.ts';
import { parseVersionPrefix } from './version.ts';

/** The tag of every version that holds its number. */
export const versionTag = 'mlspec.version';

const resolvesElsewhere =
  'Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to';
const limits = { modelName: 256, alias: 255, tagValue: 100_000 };

/** Checks the name under which a release registers. @throws PlatformError REGISTRY_BAD_NAME */
export function checkReleaseName(name: string): void {
  if (/^[\p{L}\p{N}_](?:[\p{L}\p{N} ._-]{0,198}[\p{L}\p{N}_.-])?$/u.test(name)) return;
  throw badName(`expected the name of a model, found ${JSON.stringify(name.slice(0, 100))}`);
}

/** Checks an alias that a person of this project gives. @throws PlatformError REGISTRY_BAD_NAME */
export function checkAlias(alias: string): void {
  const isName = /^[\p{L}_][\p{L}\p{N}._-]{0,199}$/u.test(alias);
  if (isName && alias !== 'latest' && parseVersionPrefix(alias) === null) return;
  throw badName(`expected the name of an alias, found ${JSON.stringify(alias.slice(0, 100))}`);
}

/** Checks the name that a client gives a model. @param path the name of the parameter @throws PlatformError REGISTRY_BAD_NAME */
export function checkModelName(name: string, path = 'name'): void {
  if (name.trim() === '') throw badName(`Missing value for required parameter '${path}'.`);
  if (/[/:]/.test(name)) throw badName(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`);
  if (name === '.' || name.startsWith('..')) throw badName(invalid('name', name, `${resolvesElsewhere} '${name}'`));
  if (name.length > limits.modelName) throw badName(tooLong(path, limits.modelName));
  if (name.includes('\0') || !name.isWellFormed())
    throw badName(invalid('name', name, 'Names cannot contain NUL or half a character.'));
}

/** Checks the form of an alias that a client names. @throws PlatformError REGISTRY_BAD_NAME */
export function checkClientAlias(alias: string): void {
  if (alias === '') throw badName('Registered model alias name cannot be empty.');
  if (!/^[\p{L}\p{N}_-]*$/u.test(alias))
    throw badName(
      `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    );
  if (alias.length > limits.alias) throw badName(tooLong('Registered model alias name', limits.alias));
}

/** The same, of one that is to be set. @throws PlatformError REGISTRY_BAD_NAME */
export function checkNewClientAlias(alias: string): void {
  checkClientAlias(alias);
  if (alias.toLowerCase() === 'latest') throw badName("'latest' alias name (case insensitive) is reserved.");
  if (/^v\d+$/i.test(alias) || /^v(?:-\d+){1,3}$/.test(alias))
    throw badName(`Version alias name '${alias}' is reserved.`);
}

/** A tag as it is kept. @throws PlatformError REGISTRY_BAD_VALUE, TRACKING_BAD_VALUE */
export function keptTag({ key, value }: RegistryTag): RegistryTag {
  checkTagKey(key);
  if (value.length > limits.tagValue) throw badValue(tooLong('value', limits.tagValue));
  return { key, value: storable(value) };
}

/** The same of a version, whose number nobody sets. @throws PlatformError REGISTRY_BAD_VALUE */
export function keptVersionTag(tag: RegistryTag): RegistryTag {
  refuseVersionTag(tag.key);
  return keptTag(tag);
}

/** @throws PlatformError REGISTRY_BAD_VALUE for the tag that holds the number of a version */
export function refuseVersionTag(key: string): void {
  if (key === versionTag)
    throw badValue(`The tag '${versionTag}' holds the number of the version, which is derived: it cannot be changed.`);
}

/** Checks the key of a tag. @throws PlatformError TRACKING_BAD_VALUE */
export function checkTagKey(key: string): void {
  checkKey(key, 'key', 'key');
}

/** The name of a model or an alias that is not allowed. */
export function badName(message: string): PlatformError {
  return new PlatformError('REGISTRY_BAD_NAME', { message });
}

/** A value that is not allowed. */
export function badValue(message: string): PlatformError {
  return new PlatformError('REGISTRY_BAD_VALUE', { message });
}

function invalid(path: string, value: string, why: string): string {
  return `Invalid value ${JSON.stringify(value)} for parameter '${path}' supplied: ${why}`;
}

function tooLong(what: string, limit: number): string {
  return `'${what}' exceeds the maximum length of ${limit} characters`;
}
