/** A document as it was read: values with the places at which they stand. */
import type { JsonObject, JsonValue } from '../encoding/index.ts';
import type { Scalar } from './plain-scalar.ts';

/** A stretch of the text, in UTF-16 code units. */
export type Span = readonly [from: number, to: number];

/** A text, a number, true, false or nothing. `plain` is the word as it was written where it stood without quotes. */
export interface ScalarPart {
  readonly kind: 'scalar';
  readonly value: Scalar;
  readonly plain: string | null;
  readonly span: Span;
}

/** A mapping; its members in the order in which they stand. */
export interface MapPart {
  readonly kind: 'map';
  readonly members: ReadonlyMap<string, { readonly key: Span; readonly part: Part }>;
  readonly span: Span;
}

/** A list. */
export interface ListPart {
  readonly kind: 'list';
  readonly items: readonly Part[];
  readonly span: Span;
}

/** A value of a document. */
export type Part = ScalarPart | MapPart | ListPart;

/** Keys and places from the root of a document. */
export type Path = readonly (string | number)[];

/** The value without its places. */
export function plainOf(part: Part): JsonValue {
  if (part.kind === 'scalar') return part.value;
  if (part.kind === 'list') return part.items.map(plainOf);
  return mapValue(part);
}

/** The same of a mapping. */
export function mapValue(part: MapPart): JsonObject {
  return Object.fromEntries([...part.members].map(([name, member]) => [name, plainOf(member.part)]));
}

/** What a value is, in a word, for messages; never the value itself. */
export function describePart(part: Part): string {
  if (part.kind === 'list') return 'a list';
  if (part.kind === 'map') return 'a mapping';
  if (part.value === null) return 'nothing';
  if (typeof part.value === 'string') return 'a text';
  return typeof part.value === 'number' ? 'a number' : `${part.value}`;
}
