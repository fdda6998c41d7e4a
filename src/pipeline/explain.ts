/**
 * Why a step ran again, or why it was reused: the ingredients of its key are compared with those of the nearest earlier
 * execution, and each difference is named as the user knows it.
 */
import { canonicalJson, type JsonObject, type JsonValue } from '../encoding/index.ts';
import type { CodeDifference } from './code-set.ts';
import { identifiedFile } from './declared-files.ts';
import type { KeyIngredients } from './execution-key.ts';

/** One reason for running again. */
export interface Reason {
  readonly what:
    | 'parameter'
    | 'input'
    | 'code'
    | 'environment'
    | 'package'
    | 'interpreter'
    | 'image'
    | 'column'
    | 'rows'
    | 'external'
    | 'component'
    | 'output'
    | 'secret'
    | 'seed';
  /** The parameter, port, file or package; of what a step has one of, the same word as `what`. */
  readonly name: string;
  readonly before: JsonValue;
  readonly now: JsonValue;
}

/** What differs between the ingredients of two static keys. Empty where the keys are equal. */
export function compareIngredients(before: KeyIngredients, after: KeyIngredients): Reason[] {
  return [
    ...compareTrees('component', before.component, after.component),
    ...compareTrees('parameter', before.params, after.params),
    ...compareTrees('input', before.inputs, after.inputs),
    ...compareTrees('output', before.outputs, after.outputs),
    ...compareTrees('external', before.external, after.external),
    ...compareTrees(
      'secret',
      Object.fromEntries(before.secrets.map((name) => [name, true])),
      Object.fromEntries(after.secrets.map((name) => [name, true])),
    ),
    ...(before.environment === after.environment
      ? []
      : [{ what: 'environment' as const, name: 'environment', before: before.environment, now: after.environment }]),
    ...(before.seed === after.seed
      ? []
      : [{ what: 'seed' as const, name: 'seed', before: before.seed, now: after.seed }]),
  ];
}

/**
 * Packages that two environment locks pin differently, or the image. A lock is `{packages: {name: version}}` among other
 * members, of a container `{image, id}`.
 */
export function compareLocks(before: JsonObject | null, after: JsonObject | null): Reason[] {
  const image = after?.['image'];
  if (typeof image === 'string' && before?.['id'] !== undefined && before['id'] !== after!['id'])
    return [{ what: 'image', name: image, before: before['id'], now: toJson(after!['id']) }];
  const packagesOf = (lock: JsonObject | null): JsonObject => (isObject(lock?.['packages']) ? lock['packages'] : {});
  const reasons = compareTrees('package', packagesOf(before), packagesOf(after));
  const python = (lock: JsonObject | null): JsonValue => lock?.['python'] ?? null;
  return canonicalJson(python(before)) === canonicalJson(python(after))
    ? reasons
    : [...reasons, { what: 'interpreter', name: 'Python', before: python(before), now: python(after) }];
}

/** How the columns of two tables or schemas differ, each with what is said of it: a type, or a tree of settings. */
export function compareColumns(before: JsonObject, after: JsonObject): Reason[] {
  return compareTrees('column', before, after);
}

/** Differences of code as reasons. */
export function codeReasons(differences: readonly CodeDifference[]): Reason[] {
  return differences.map((difference) => ({
    what: 'code',
    name: difference.path,
    before: null,
    now: difference.change,
  }));
}

/** One reason as a sentence. */
export function describeReason(reason: Reason): string {
  const { what, name } = reason;
  if (what === 'code') return `${name} ${reason.now}`;
  if (what === 'input') return describeInput(reason);
  if (what === 'external') return describeExternal(reason);
  if (what === 'rows') return `${reason.before} rows became ${reason.now}`;
  const change =
    reason.before === null
      ? `is new: ${short(reason.now)}`
      : reason.now === null
        ? `is gone (was ${short(reason.before)})`
        : `changed from ${short(reason.before)} to ${short(reason.now)}`;
  return `${subjectOf(reason)} ${change}`;
}

function subjectOf({ what, name }: Reason): string {
  if (what === 'environment' || what === 'seed') return `the ${what}`;
  return what === 'interpreter' ? name : `${what} ${name}`;
}

function describeInput({ name, before, now }: Reason): string {
  if (before === null) return `input ${name} is new`;
  return `input ${name} ${now === null ? 'is gone' : 'has other content'}`;
}

function describeExternal(reason: Reason): string {
  const file = identifiedFile(reason.name);
  const name = file === null ? reason.name : `file ${file}`;
  if (reason.before === null) return `${name} is new`;
  return reason.now === null ? `${name} is gone` : `${name} changed`;
}

function short(value: JsonValue): string {
  const text = typeof value === 'string' ? value : canonicalJson(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Differences between two JSON trees, one for each leaf (or list) that differs, named by its dotted path. */
function compareTrees(what: Reason['what'], before: unknown, after: unknown, path: readonly string[] = []): Reason[] {
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) => compareTrees(what, before[name], after[name], [...path, name]));
  }
  const [left, right] = [toJson(before), toJson(after)];
  if (canonicalJson(left) === canonicalJson(right)) return [];
  return [{ what, name: path.join('.') || what, before: left, now: right }];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toJson(value: unknown): JsonValue {
  return value === undefined ? null : (value as JsonValue);
}
