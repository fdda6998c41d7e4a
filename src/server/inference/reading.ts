import { PlatformError } from '../../errors/index.ts';

/** A JSON object whose keys are not known yet. */
export type JsonMap = Readonly<Record<string, unknown>>;

/** @throws PlatformError SERVING_BAD_REQUEST */
export function wrong(message: string): PlatformError {
  return new PlatformError('SERVING_BAD_REQUEST', { message: message.slice(0, 1_000) });
}

/** The value as a JSON object. @throws PlatformError SERVING_BAD_REQUEST */
export function asMap(value: unknown, what: string): JsonMap {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(`expected ${what} to be an object, found ${kindOf(value)}`);
  return value as JsonMap;
}

/** The value as a list. @throws PlatformError SERVING_BAD_REQUEST */
export function asList(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(`expected ${what} to be a list, found ${kindOf(value)}`);
  return value;
}

/** The value as a text. @throws PlatformError SERVING_BAD_REQUEST */
export function asText(value: unknown, what: string): string {
  if (typeof value !== 'string') throw wrong(`expected ${what} to be a text, found ${kindOf(value)}`);
  return value;
}

/** What a JSON value is, in a word. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

/** An object without a prototype, so that no name of a column can reach one. */
export function emptyRow(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}
