/**
 * Whether a value is of its kind. What the original library takes is taken (numbers and truth values as texts, too), with
 * differences: a whole number must be whole, where the library cuts it; memory may be an amount such as 64Gi; every step of a
 * workflow is checked, where the library looks at the first, and may name a schema of a registry that is not known here.
 */
import { describePart, type MapPart, type Part, type Path } from './part.ts';
import type { Scalar } from './plain-scalar.ts';
import type { ValueKind } from './schema.ts';

/** A value that is wrong: where below the field, what was expected, what was found. */
export interface Wrong {
  readonly path: Path;
  readonly part: Part;
  readonly expected: string;
}

const semver =
  /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/;
const time =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt ]|[ \t]+)(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d*)?)?[ \t]*(?:Z|[-+]\d{1,2}(?::?\d{2})?)?$/;
const truth = /^(?:t|true|on|y|yes|1|f|false|off|n|no|0)$/i;
const number = /^[-+]?(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+)(?:[eE][-+]?\d+)?$/;
const wholeText = /^[-+]?\d+(?:_\d+)*$/;
const email = /^[^\s@]+@(?:[^\s@.]+(?:\.[^\s@.]+)+|localhost)$/;
const interfaceTypes = new Set(
  'Integer String Float Bool List Dict GcsPath GCPPath GCRPath GCPRegion GCPProjectID LocalPath Dataset AzureSku'.split(
    ' ',
  ),
);

const isText = (value: Scalar): value is string => typeof value === 'string';

/** What a single value must be, by kind. */
const scalars: Readonly<
  Partial<Record<ValueKind, { readonly says: string; readonly holds: (value: Scalar) => boolean }>>
> = {
  string: { says: 'a text', holds: isText },
  path: { says: 'a path, as a text', holds: isText },
  bucket: { says: 'the name of a bucket, as a text', holds: isText },
  uuid: { says: 'a UUID', holds: (value) => isText(value) && isUuid(value) },
  uri: {
    says: 'an address with its scheme, such as https://host',
    holds: (value) => isText(value) && /^[^:/?#]+:/.test(value),
  },
  email: { says: 'an e-mail address', holds: (value) => isText(value) && email.test(value) },
  semver: { says: 'a version of three numbers, such as 1.0.0', holds: (value) => isText(value) && semver.test(value) },
  datetime: { says: 'a time, such as 2020-01-31T12:00:00Z', holds: (value) => isText(value) && isTime(value) },
  boolean: { says: 'true or false', holds: (value) => typeof value === 'boolean' || truth.test(String(value)) },
  float: {
    says: 'a number',
    holds: (value) => typeof value === 'number' || (isText(value) && number.test(value.trim())),
  },
  int: {
    says: 'a whole number',
    holds: (value) => Number.isInteger(value) || (isText(value) && wholeText.test(value.trim())),
  },
  quantity: {
    says: 'a whole number or an amount such as 64Gi',
    holds: (value) =>
      Number.isInteger(value) || (isText(value) && /^\d+(?:\.\d+)?(?:[KMGTPE]i?)?B?$/i.test(value.trim())),
  },
};

/** All that is wrong with a value that stands there and is not empty. */
export function checkValue(kind: ValueKind, part: Part): readonly Wrong[] {
  if (kind === 'any') return [];
  const scalar = scalars[kind];
  if (scalar !== undefined) {
    const holds = part.kind === 'scalar' && scalar.holds(part.value);
    return holds ? [] : [{ path: [], part, expected: scalar.says }];
  }
  if (kind === 'dict') return part.kind === 'map' ? [] : [{ path: [], part, expected: 'a mapping' }];
  if (kind === 'workflow_steps') return checkSteps(part);
  if (part.kind !== 'list') return [{ path: [], part, expected: 'a list' }];
  const check = items[kind];
  return check === undefined
    ? []
    : part.items.flatMap((item, index) => check(item).map((wrong) => below(index, wrong)));
}

/** The form that a path or the name of a bucket was meant to have, where a text has another; null where it is right. */
export function wrongForm(kind: ValueKind, value: Scalar): string | null {
  if (!isText(value)) return null;
  if (kind === 'path')
    return /^[a-z0-9\-._~%!$&'()*+,;=:@/]+$/.test(value) ? null : 'small letters, digits and punctuation';
  if (kind !== 'bucket') return null;
  const isName = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(value) && !/\.\.|\.-|-\.|^[\d.]+\.[\d.]*$/.test(value);
  return isName && value.length >= 3 && value.length <= 63 ? null : '3 to 63 small letters, digits, - and .';
}

/** Kinds of lists, by what each item must be. */
const items: Readonly<Partial<Record<ValueKind, (item: Part) => readonly Wrong[]>>> = {
  list: (part) => (part.kind === 'scalar' && part.value === null ? [{ path: [], part, expected: 'a value' }] : []),
  list_strings: (item) => checkValue('string', item),
  list_of_tensor_shapes: checkShape,
  list_interfaces: checkInterface,
};

function below(key: string | number, { path, ...wrong }: Wrong): Wrong {
  return { ...wrong, path: [key, ...path] };
}

/** `[name, [sizes]]`. */
function checkShape(part: Part): readonly Wrong[] {
  if (part.kind !== 'list' || part.items.length !== 2)
    return [{ path: [], part, expected: 'a name and a list of sizes' }];
  const [name, sizes] = part.items as [Part, Part];
  const wrong = checkValue('string', name).map((one) => below(0, one));
  if (sizes.kind !== 'list') return [...wrong, { path: [1], part: sizes, expected: 'a list of whole numbers' }];
  return [
    ...wrong,
    ...sizes.items.flatMap((size, index) => checkValue('int', size).map((one) => below(1, below(index, one)))),
  ];
}

/** `{name, type, default, description}`, or one name with the rest inside it. */
function checkInterface(part: Part): readonly Wrong[] {
  if (part.kind !== 'map' || part.members.size === 0) return [{ path: [], part, expected: 'a name with its type' }];
  if (part.members.has('name')) return checkPort(part);
  const [[name, { part: inner }]] = part.members as Iterable<[string, { part: Part }]> as [[string, { part: Part }]];
  return inner.kind === 'map'
    ? checkPort(inner).map((wrong) => below(name, wrong))
    : [{ path: [name], part: inner, expected: 'a mapping with type' }];
}

function checkPort(port: MapPart): readonly Wrong[] {
  const wrong: Wrong[] = [];
  for (const key of ['name', 'description']) {
    const part = port.members.get(key)?.part;
    if (part !== undefined) wrong.push(...checkValue('string', part).map((one) => below(key, one)));
  }
  const type = port.members.get('type')?.part;
  if (type === undefined) return wrong;
  const word = typeWord(type);
  const expected = `one of ${[...interfaceTypes].join(', ')}`;
  if (word === null || !interfaceTypes.has(word)) return [...wrong, { path: ['type'], part: type, expected }];
  const byDefault = port.members.get('default')?.part;
  if (byDefault === undefined || canBe(word, byDefault)) return wrong;
  return [...wrong, { path: ['default'], part: byDefault, expected: `a value that can be ${word}` }];
}

/** The type itself, or the only key of a mapping, below which its properties stand. */
function typeWord(part: Part): string | null {
  if (part.kind === 'map' && part.members.size === 1) return [...part.members.keys()][0]!;
  return part.kind === 'scalar' && typeof part.value === 'string' ? part.value : null;
}

/** Whether Python could make a value of the type from it. */
function canBe(type: string, part: Part): boolean {
  const isScalar = part.kind === 'scalar';
  const value = isScalar ? part.value : null;
  const isNumber = typeof value === 'number' || typeof value === 'boolean';
  if (type === 'Integer') return isScalar && (isNumber || (isText(value) && wholeText.test(value.trim())));
  if (type === 'Float') return isScalar && (isNumber || (isText(value) && number.test(value.trim())));
  if (type === 'List') return !isScalar || isText(value);
  if (type === 'Dict') return part.kind === 'map' || (part.kind === 'list' && part.items.length === 0) || value === '';
  return true;
}

/** Steps by name, each with `input`, `execution` and `output`, which name a schema. */
function checkSteps(part: Part): readonly Wrong[] {
  if (part.kind !== 'map' || part.members.size === 0) return [{ path: [], part, expected: 'steps by name' }];
  return [...part.members].flatMap(([name, step]) => checkStep(step.part).map((wrong) => below(name, wrong)));
}

function checkStep(step: Part): readonly Wrong[] {
  if (step.kind !== 'map') return [{ path: [], part: step, expected: 'input, execution and output' }];
  const wrong: Wrong[] = [];
  for (const key of ['next', 'previous']) {
    const part = step.members.get(key)?.part;
    if (part !== undefined) wrong.push(...checkValue('string', part).map((one) => below(key, one)));
  }
  for (const key of ['input', 'execution', 'output']) {
    const part: Part = step.members.get(key)?.part ?? step;
    const isThere = part !== step && part.kind === 'map';
    if (!isThere)
      wrong.push({ path: part === step ? [] : [key], part, expected: `${key} with schema_type and schema_version` });
    else wrong.push(...checkReference(part).map((one) => below(key, one)));
  }
  return wrong;
}

function checkReference(part: MapPart): readonly Wrong[] {
  return (['schema_type', 'schema_version'] as const).flatMap((key) => {
    const value = part.members.get(key)?.part;
    if (value === undefined) return [{ path: [], part, expected: key }];
    return checkValue(key === 'schema_type' ? 'string' : 'semver', value).map((one) => below(key, one));
  });
}

/** As Python's `uuid.UUID` takes it: with or without `urn:`, `uuid:`, braces and hyphens. */
function isUuid(text: string): boolean {
  const bare = text
    .replace('urn:', '')
    .replace('uuid:', '')
    .replace(/^[{}]+|[{}]+$/g, '')
    .replaceAll('-', '');
  return /^[0-9a-fA-F]{32}$/.test(bare);
}

/** A moment of the calendar. */
function isTime(text: string): boolean {
  const found = time.exec(text);
  if (found === null) return false;
  const [year, month, day, hour, minute, second] = found.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const last = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  return month >= 1 && month <= 12 && day >= 1 && day <= last && year >= 1 && hour < 24 && minute < 60 && second < 60;
}

/** What a wrong value is, for messages. */
export function foundText(part: Part): string {
  if (part.kind !== 'scalar' || typeof part.value !== 'string') return describePart(part);
  return JSON.stringify(part.value.length > 60 ? `${part.value.slice(0, 60)}…` : part.value);
}
