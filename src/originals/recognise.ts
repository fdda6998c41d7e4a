/** Which schema a document is of: by what it says of itself, or by its keys where it is of the specification's examples. */
import type { MapPart, Part, Path, Span } from './part.ts';
import { base, registry001 } from './registry-0-0-1.ts';
import { registry010 } from './registry-0-1-0.ts';
import type { OriginalRule } from './rules.ts';
import type { Fields } from './schema.ts';
import { shapes } from './specification.ts';
import { bareName, fieldNamed, typeNamed } from './spelling.ts';

/** Where a schema comes from: a registry by its version, or the examples of the specification, which have none. */
export type Origin = '0.0.1' | '0.1.0' | 'specification';

/** A schema, by origin and type. */
export interface OriginalSchema {
  readonly origin: Origin;
  readonly type: string;
  readonly fields: Fields;
}

const registries = { '0.0.1': registry001, '0.1.0': registry010 } as const;

/** Every schema of both registries, then every shape of the specification. */
export const originalSchemas: readonly OriginalSchema[] = [
  ...Object.entries(registry001).map(([type, own]) => schemaOf('0.0.1', type, own)),
  ...Object.entries(registry010).map(([type, own]) => schemaOf('0.1.0', type, own)),
  ...Object.entries(shapes).map(([type, { fields }]) => schemaOf('specification', type, fields)),
];

function schemaOf(origin: Origin, type: string, own: Fields): OriginalSchema {
  if (origin === 'specification') return { origin, type, fields: own };
  const { step_id: _, ...ofLog } = base;
  return { origin, type, fields: { ...(type === 'log' ? ofLog : base), ...own } };
}

/** What became of a document, or what to say of it. */
export type Recognised =
  | { readonly schema: OriginalSchema }
  | {
      readonly rule: OriginalRule;
      readonly path: Path;
      readonly span: Span;
      readonly message: string;
      readonly suggestion: string;
    };

/** The schema of a document. */
export function recognise(document: MapPart): Recognised {
  const { type, version } = headOf(document);
  if (type !== null) return byType(document, type, version);
  const shape = Object.entries(shapes).find(([, { marks }]) =>
    marks.every((keys) => keys.some((key) => hasKey(document, key))),
  );
  if (shape !== undefined) return { schema: named('specification', shape[0]) };
  return {
    rule: 'original/unrecognised',
    path: [],
    span: document.span,
    message: 'the document names no schema_type and has the keys of no example of the specification',
    suggestion: `write schema_type and schema_version, such as datapath and 0.0.1, or the keys of ${Object.keys(shapes).join(', ')}`,
  };
}

interface Head {
  readonly key: string;
  readonly part: Part;
}

function headOf(document: MapPart): { readonly type: Head | null; readonly version: Head | null } {
  const head: { type: Head | null; version: Head | null } = { type: null, version: null };
  for (const [key, { part }] of document.members) {
    const name = fieldNamed(base, key);
    if (name === 'schema_type') head.type ??= { key, part };
    if (name === 'schema_version') head.version ??= { key, part };
  }
  return head;
}

function hasKey(document: MapPart, name: string): boolean {
  const bare = bareName(name);
  return document.members.has(name) || [...document.members.keys()].some((key) => bareName(key) === bare);
}

function byType(document: MapPart, { key, part }: Head, version: Head | null): Recognised {
  const word = part.kind === 'scalar' && typeof part.value === 'string' ? part.value : null;
  const places = Object.entries(registries).flatMap(([origin, types]) => {
    const type = word === null ? null : typeNamed(Object.keys(types), word);
    return type === null ? [] : [{ origin: origin as keyof typeof registries, type }];
  });
  if (places.length === 0) {
    const types = [...new Set(Object.values(registries).flatMap((one) => Object.keys(one)))];
    return {
      rule: 'original/unknown-type',
      path: [key],
      span: part.span,
      message: `no registry has a schema of type ${shown(word)}`,
      suggestion: `write one of ${types.join(', ')}`,
    };
  }
  const asked = version?.part.kind === 'scalar' ? version.part.value : null;
  const place = places.find(({ origin }) => origin === asked);
  if (place !== undefined) return { schema: named(place.origin, place.type) };
  return {
    rule: 'original/unknown-version',
    path: version === null ? [] : [version.key],
    span: version?.part.span ?? document.members.get(key)!.key,
    message: `expected the version of a registry that has ${places[0]!.type}, found ${version === null ? 'none' : shown(asked)}`,
    suggestion: `write schema_version: ${places.map(({ origin }) => origin).join(' or ')}`,
  };
}

function named(origin: Origin, type: string): OriginalSchema {
  return originalSchemas.find((one) => one.origin === origin && one.type === type)!;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : 'no text';
}
