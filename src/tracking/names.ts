/* What names and values may look like, with MLflow's limits and texts. Lengths count UTF-16 units. */
import { posix } from 'node:path';
import { PlatformError } from '../errors/index.ts';
import type { Tag } from './entities.ts';

/** UTF-16 units of the key of a metric, param or tag. */
export const keyLength = 250;
const paramLength = 6000;
const tagLength = 8000;
const experimentNameLength = 500;
const experimentTagLength = 20_000;
const locationLength = 2048;
const keyForm = /^[/\p{L}\p{N}_.\- :]*$/u;
const characters =
  'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).';

/** A value that is wrong. */
export function badValue(message: string): PlatformError {
  return new PlatformError('TRACKING_BAD_VALUE', { message });
}

function invalid(path: string, value: unknown, why: string): PlatformError {
  return badValue(`Invalid value ${JSON.stringify(value)} for parameter '${path}' supplied: ${why}`);
}

/** Checks the key of a metric, param or tag. @throws PlatformError TRACKING_BAD_VALUE */
export function checkKey(key: string, path: string, what: string): void {
  if (!keyForm.test(key)) throw invalid(path, key, characters);
  const normal = posix.normalize(key).replace(/(?<=.)\/$/, '');
  if (key === '' || normal !== key || normal === '.' || normal.startsWith('..') || normal.startsWith('/')) {
    throw invalid(
      path,
      key,
      `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${normal}'`,
    );
  }
  if (key.length > keyLength) throw badValue(`'${what}' exceeds the maximum length of ${keyLength} characters`);
}

/** A name of somebody else's as a key of MLflow's: what may not stand there becomes `_`, what is too long is cut. */
export function keyFor(name: string): string {
  const key = name
    .replaceAll(/[^/\p{L}\p{N}_.\- :]/gu, '_')
    .replaceAll(/\/{2,}|^\/|\/$|(^|(?<=\/))\.{1,2}(?=\/|$)/g, '_');
  return key === '' ? '_' : key.slice(0, keyLength);
}

/** The value of a param as it is kept: what is too long is cut. */
export function keptParamValue(value: string): string {
  return storable(value).slice(0, paramLength);
}

/** The value of a run's tag as it is kept: what is too long is cut. */
export function keptTagValue(value: string): string {
  return storable(value).slice(0, tagLength);
}

/** A param as it is kept: a value that is too long is cut. @throws PlatformError TRACKING_BAD_VALUE */
export function keptParam({ key, value }: Tag, path: string): Tag {
  checkKey(key, path === '' ? 'key' : `${path}.key`, 'Param key');
  return { key, value: keptParamValue(value) };
}

/** A tag of a run as it is kept: a value that is too long is cut. @throws PlatformError TRACKING_BAD_VALUE */
export function keptTag({ key, value }: Tag, path: string): Tag {
  const place = path === '' ? 'key' : `${path}.key`;
  checkKey(key, place, place);
  return { key, value: keptTagValue(value) };
}

/** A tag that a run is made with: MLflow checks its key only when it is set later. @throws PlatformError TRACKING_BAD_VALUE */
export function keptTagOfNewRun({ key, value }: Tag): Tag {
  if (key.length > keyLength) throw badValue(`'key' exceeds the maximum length of ${keyLength} characters`);
  return { key: storable(key), value: keptTagValue(value) };
}

/** A tag of an experiment. @throws PlatformError TRACKING_BAD_VALUE */
export function keptExperimentTag({ key, value }: Tag): Tag {
  checkKey(key, 'key', 'key');
  if (value.length > experimentTagLength)
    throw badValue(`'value' exceeds the maximum length of ${experimentTagLength} characters`);
  return { key, value: storable(value) };
}

/** A text as both databases keep it: PostgreSQL knows no NUL, neither knows half a character. */
export function storable(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes('\0') ? whole.replaceAll('\0', '\uFFFD') : whole;
}

/** Checks the name of an experiment. @throws PlatformError TRACKING_BAD_VALUE */
export function checkExperimentName(name: string): void {
  if (name === '') throw badValue("Invalid experiment name: ''. Experiment name cannot be empty.");
  if (name.length > experimentNameLength)
    throw badValue(`'name' exceeds the maximum length of ${experimentNameLength} characters`);
}

/** Checks where the artifacts of an experiment shall lie. @throws PlatformError TRACKING_BAD_VALUE */
export function checkArtifactLocation(location: string): void {
  if (location.startsWith('runs:')) throw badValue(`Artifact location cannot be a runs:/ URI. Given: '${location}'`);
  if (location.length > locationLength) {
    throw badValue(
      `Invalid artifact path length. The length of the artifact path cannot be greater than ${locationLength} characters.`,
    );
  }
  if (location.includes('#')) throw badValue("'artifact_location' URL can't include fragments or params.");
}

/** An id of an experiment as the number that the tables know. @throws PlatformError TRACKING_BAD_VALUE, TRACKING_UNKNOWN */
export function experimentNumber(id: string): number {
  if (!/^\s*[+-]?\d+\s*$/.test(id))
    throw badValue(`Invalid experiment ID '${id.slice(0, 100)}'. Experiment ID must be a valid integer.`);
  const number = Number(id);
  if (!Number.isSafeInteger(number)) throw unknown(`No Experiment with id=${id} exists`);
  return number;
}

/** Something that is not there. */
export function unknown(message: string): PlatformError {
  return new PlatformError('TRACKING_UNKNOWN', { message });
}
