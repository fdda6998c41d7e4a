/**
 * Reading what a client of the MLflow REST API sends. A message is a table of fields; each field has a reader. JSON is
 * read as the JSON form of protocol buffers: numbers may come as text, `null` is absent, fields that nobody knows are
 * ignored. Where a value is wrong the texts are those that MLflow's own server answers with.
 */
import { PlatformError } from '../../errors/index.ts';

/** Reads one value; `undefined` is an absent one. The path names it in errors: `metrics[3].value`. */
export interface Reader<Value> {
  (value: unknown, path: string): Value;
  /** In a query the field may be repeated. */
  readonly isList?: true;
  /** The field that is read where this one is absent. */
  readonly otherName?: string;
  /** What clients should send; what is read may be wider, as JSON of protocol buffers is. Left out: anything. */
  readonly schema?: JsonSchema;
  /** Whether it may not be absent. */
  readonly isRequired?: true;
}

/** A JSON Schema (draft 2020-12). */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** The same reader with what it reads. */
function reading<Value>(schema: JsonSchema, read: Reader<Value>): Reader<Value> {
  return Object.assign(read, { schema });
}

/** What a reader returns. */
export type Read<R> = R extends Reader<infer Value> ? Value : never;

const docs = 'See the API docs for more information about request parameters.';

/** A text. */
export const text: Reader<string | undefined> = reading({ type: 'string' }, (value, path) => {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw wrongType(path, value);
  return value;
});

/** A 64-bit integer. @throws PlatformError TRACKING_BAD_VALUE beyond 64 bits */
export const int64: Reader<bigint | undefined> = reading({ type: 'integer', format: 'int64' }, (value, path) => {
  if (value === undefined || value === null) return undefined;
  const whole = typeof value === 'bigint' ? value : wholeOf(value);
  if (whole === null) throw wrongType(path, value);
  if (BigInt.asIntN(64, whole) !== whole) throw wrongType(path, value);
  return whole;
});

function wholeOf(value: unknown): bigint | null {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : null;
  if (typeof value !== 'string') return null;
  if (/^[+-]?\d{1,30}$/.test(value.trim())) return BigInt(value.trim());
  return /^[+-]?\d{1,30}(\.\d{1,30})?(e[+-]?\d{1,2})?$/i.test(value.trim()) ? wholeOf(Number(value)) : null;
}

/** An integer that a double holds exactly: counts and milliseconds. */
export const integer: Reader<number | undefined> = reading({ type: 'integer', format: 'int64' }, (value, path) => {
  // The usual case, without the way over bigint.
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  const whole = int64(value, path);
  if (whole === undefined) return undefined;
  if (!Number.isSafeInteger(Number(whole))) throw wrongType(path, value);
  return Number(whole);
});

/** A double; `"NaN"`, `"Infinity"` and `"-Infinity"` are texts. */
export const double: Reader<number | undefined> = reading(
  { anyOf: [{ type: 'number', format: 'double' }, { enum: ['NaN', 'Infinity', '-Infinity'] }] },
  (value, path) => {
    if (typeof value === 'number') return value;
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'bigint') return Number(value);
    if (typeof value !== 'string') throw wrongType(path, value);
    const number = Number(value.replace(/^(\s*[+-]?)inf(inity)?\s*$/i, '$1Infinity'));
    const isNumeric = value.trim() !== '' && (!Number.isNaN(number) || value === 'NaN');
    if (!isNumeric || /^\s*[+-]?0[xob]/i.test(value)) throw wrongType(path, value);
    return number;
  },
);

/** `true` and `false`, in a query also as text. */
export const boolean: Reader<boolean | undefined> = reading({ type: 'boolean' }, (value, path) => {
  if (value === undefined || value === null) return undefined;
  if (value === true || value === 'true' || value === 'True') return true;
  if (value === false || value === 'false' || value === 'False') return false;
  throw wrongType(path, value);
});

/** One of some words, or its number in their order. @param first the number of the first one; default 1 */
export function oneOf<Word extends string>(words: readonly Word[], first = 1): Reader<Word | undefined> {
  return reading({ type: 'string', enum: words }, (value, path) => {
    const found = typeof value === 'number' ? String(value) : text(value, path);
    if (found === undefined) return undefined;
    const word = words.find((one, index) => one === found || String(index + first) === found);
    if (word !== undefined) return word;
    throw badValue(`Invalid value ${compact(value)} for parameter '${path}' supplied: expected ${words.join(', ')}.`);
  });
}

/** The same, absent or empty being an error. */
export function required<Value>(reader: Reader<Value | undefined>): Reader<Value> {
  const read: Reader<Value> = (value, path) => {
    const found = value === '' ? undefined : reader(value, path);
    if (found === undefined || value === undefined || value === null) throw missing(path);
    return found;
  };
  const { schema } = reader;
  const isText = schema?.['type'] === 'string' && schema['enum'] === undefined;
  return Object.assign(
    read,
    reader,
    { isRequired: true as const },
    isText ? { schema: { ...schema, minLength: 1 } } : {},
  );
}

/** The same, which clients also give under another name. */
export function orNamed<Value>(reader: Reader<Value>, otherName: string): Reader<Value> {
  const read: Reader<Value> = (value, path) => reader(value, path);
  return Object.assign(read, reader, { otherName });
}

/** Values in order; an absent list is an empty one. */
export function list<Value>(item: Reader<Value>): Reader<readonly Exclude<Value, undefined>[]> {
  const read: Reader<readonly Exclude<Value, undefined>[]> = (value, path) => {
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw wrongType(path, value);
    return value.map((one, index) => {
      const found = item(one, `${path}[${index}]`);
      if (found === undefined) throw wrongType(`${path}[${index}]`, one);
      return found as Exclude<Value, undefined>;
    });
  };
  return Object.assign(read, { isList: true as const, schema: { type: 'array', items: item.schema ?? {} } });
}

/** What a message's fields read to. */
export type Fields<Table> = { readonly [Name in keyof Table]: Read<Table[Name]> };

/** A message with its fields, which are read in order. */
export interface Message<Table> extends Reader<Fields<Table> | undefined> {
  readonly table: Table;
}

/** A message of fields. */
export function message<Table extends Readonly<Record<string, Reader<unknown>>>>(table: Table): Message<Table> {
  const entries = Object.entries(table).map(([name, reader]) => ({
    reader,
    name: named(name),
    other: otherOf(reader),
  }));
  const read: Reader<Fields<Table> | undefined> = (value, path) => {
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'object' || Array.isArray(value)) throw wrongType(path, value);
    const found: Record<string, unknown> = {};
    for (const { reader, name, other } of entries) {
      const place = path === '' ? name.name : `${path}.${name.name}`;
      found[name.name] = reader(field(value, name) ?? (other === null ? undefined : field(value, other)), place);
    }
    return found as Fields<Table>;
  };
  return Object.assign(read, { table, schema: schemaOf(table) });
}

function schemaOf(table: Readonly<Record<string, Reader<unknown>>>): JsonSchema {
  const fields = Object.entries(table);
  const required = fields.filter(([, reader]) => reader.isRequired).map(([name]) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(([name, reader]) => [name, reader.schema ?? {}])),
    ...(required.length === 0 ? {} : { required }),
  };
}

/** The names of a field: `run_id`, which in JSON may also be `runId`. */
interface FieldName {
  readonly name: string;
  readonly jsonName: string;
}

function named(name: string): FieldName {
  return { name, jsonName: name.replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase()) };
}

function otherOf({ otherName }: Reader<unknown>): FieldName | null {
  return otherName === undefined ? null : named(otherName);
}

function field(message: object, { name, jsonName }: FieldName): unknown {
  const given = message as Readonly<Record<string, unknown>>;
  const hasName = Object.hasOwn(given, name);
  if (jsonName === name || !Object.hasOwn(given, jsonName)) return hasName ? given[name] : undefined;
  if (hasName) throw badValue(`Request specifies both '${name}' and '${jsonName}'; provide only one of them.`);
  return given[jsonName];
}

/** A wrong value, in words for whoever wrote the request. */
export function badValue(text: string): PlatformError {
  return new PlatformError('TRACKING_BAD_VALUE', { message: text });
}

/** A value that is absent and may not be. */
export function missing(path: string): PlatformError {
  return badValue(`Missing value for required parameter '${path}'. ${docs}`);
}

function wrongType(path: string, value: unknown): PlatformError {
  const shown = path === '' ? 'request' : path;
  return badValue(
    `Invalid value ${compact(value)} for parameter '${shown}' supplied:  Hint: Value was of type '${pythonType(value)}'. ${docs}`,
  );
}

function compact(value: unknown): string {
  const shown = JSON.stringify(value, (_key, one) => (typeof one === 'bigint' ? String(one) : one)) ?? 'null';
  return shown.length <= 200 ? shown : `${shown.slice(0, 200)}…`;
}

/** The name of a value's type as MLflow's users know it. */
function pythonType(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  const names: Readonly<Record<string, string>> = { string: 'str', boolean: 'bool', object: 'dict', bigint: 'int' };
  return names[typeof value] ?? typeof value;
}
