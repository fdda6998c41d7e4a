import { PlatformError } from '../errors/index.ts';

/** A value that JSON can hold. Numbers are finite doubles. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
/** A JSON object. Members that are `undefined` count as absent. */
export type JsonObject = { readonly [name: string]: JsonValue | undefined };

/**
 * The one text of a JSON value (RFC 8785, JSON Canonicalization Scheme): members sorted by UTF-16 code units, numbers
 * in ECMAScript's shortest form, no white space. Members that are `undefined` are left out. It takes values, not texts:
 * a number is the double that it is, so that of an integer beyond 2^53 - 1, which some implementations refuse, the text is
 * that of the nearest double; and which of two members with one name counts was decided by whoever parsed them.
 *
 * @throws PlatformError ENCODING_NOT_JSON for NaN, infinities, functions, symbols, bigints, cycles, lone surrogates and
 *   absent elements of arrays
 * @see RFC 8785, section 3.2
 * @example canonicalJson({ b: 1, a: [true, null] }) // '{"a":[true,null],"b":1}'
 */
export function canonicalJson(value: unknown): string {
  return serialize(value, [], new Set());
}

function serialize(value: unknown, path: readonly (string | number)[], above: Set<object>): string {
  switch (typeof value) {
    case 'string':
      return quote(value, path);
    case 'number':
      if (!Number.isFinite(value)) throw notJson(String(value), path);
      return Object.is(value, -0) ? '0' : String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return serializeObject(value, path, above);
    default:
      throw notJson(`a ${typeof value}`, path);
  }
}

function serializeObject(value: object, path: readonly (string | number)[], above: Set<object>): string {
  if (above.has(value)) throw notJson('a cycle', path);
  above.add(value);
  const text = Array.isArray(value)
    ? `[${Array.from(value, (item, index) => serialize(item, [...path, index], above)).join(',')}]`
    : `{${Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
        .map(([name, member]) => `${quote(name, path)}:${serialize(member, [...path, name], above)}`)
        .join(',')}}`;
  above.delete(value);
  return text;
}

function quote(text: string, path: readonly (string | number)[]): string {
  if (!text.isWellFormed()) throw notJson('a string with a lone surrogate', path);
  return JSON.stringify(text);
}

function notJson(found: string, path: readonly (string | number)[]): PlatformError {
  const where = path.length === 0 ? 'the value itself' : `member ${path.join('.')}`;
  return new PlatformError('ENCODING_NOT_JSON', {
    message: `expected a JSON value, found ${found} at ${where}`,
    details: { path: path.join('.') },
  });
}
