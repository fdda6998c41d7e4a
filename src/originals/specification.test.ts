/* Every field of the specification's example files has its place, in whichever spelling it stands there. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentsOf } from '../../test/originals/generate.ts';
import type { JsonObject, JsonValue } from '../encoding/index.ts';
import { fieldsIn, landingsOf, originalSchemas, readOriginals, shapes } from './index.ts';
import type { Fields } from './schema.ts';
import { fieldNamed } from './spelling.ts';

const keep = { file: 'x', credentials: 'keep' } as const;

const { files } = JSON.parse(
  readFileSync(new URL('../../test/golden/originals/specification-fields.json', import.meta.url), 'utf8'),
) as { files: Record<string, { shape: string; fields: readonly string[] }> };

/** Where a path leads in a shape; null where some part of it is no field. What is below a free field is part of its value. */
function find(fields: Fields, path: readonly string[]): string | null {
  const name = fieldNamed(fields, path[0]!);
  if (name === null) return null;
  const field = fields[name]!;
  if (field.kind !== 'group' || path.length === 1) return name;
  const inner = find(field.fields, path.slice(1));
  return inner === null ? null : `${name}.${inner}`;
}

describe.each(Object.entries(files))('%s', (_, { shape, fields }) => {
  it('is whole in the table', () => {
    expect(fields.filter((path) => find(shapes[shape]!.fields, path.split('.')) === null)).toEqual([]);
  });

  it('is told by its keys', () => {
    const document: Record<string, JsonValue> = {};
    for (const path of fields) put(document, path.split('.'));
    const { documents, findings } = readOriginals(Buffer.from(JSON.stringify(document)), keep);
    const twice = fields.some((path) => /mlSpecVersion|feature_schema|endpoing|_file_paths/.test(path));
    expect(
      findings.filter(({ rule, severity }) => severity === 'error' && !(twice && rule === 'original/duplicate-key')),
    ).toEqual([]);
    expect(documents).toMatchObject([{ origin: 'specification', type: shape }]);
  });
});

function put(document: Record<string, JsonValue>, [name, ...rest]: readonly string[]): void {
  if (rest.length === 0) document[name!] ??= 'x';
  else {
    document[name!] ??= {};
    put(document[name!] as Record<string, JsonValue>, rest);
  }
}

it('every shape has an example, and every field of a shape stands in one', () => {
  for (const [shape, { fields }] of Object.entries(shapes)) {
    const examples = Object.values(files).filter((one) => one.shape === shape);
    const named = new Set(examples.flatMap((one) => one.fields.map((path) => find(fields, path.split('.')))));
    const all = [...fieldsIn(fields)]
      .filter(({ field }) => field.kind !== 'group')
      .map(({ path }) => path.replaceAll('[]', ''));
    expect(
      all.filter((path) => !named.has(path)).filter((path) => !isBeside.test(path)),
      shape,
    ).toEqual([]);
  }
});

/** Fields that stand for two kinds of one place, or in every shape though not in each example. */
const isBeside = /schema_version$|_local\.(?:url|path)$|url$/;

it.each(originalSchemas)('$origin $type: what is to land among values and metrics does', (schema) => {
  fc.assert(
    fc.property(documentsOf(schema), (made) => {
      const { document } = readOriginals(Buffer.from(JSON.stringify(made)), keep).documents[0]!;
      const { values, metrics } = landingsOf({
        origin: schema.origin,
        type: schema.type,
        document,
        written: [],
        spelled: [],
      });
      for (const { path, field } of fieldsIn(schema.fields)) {
        if (field.kind === 'group' || path.includes('[]')) continue;
        const value = valueAt(document, path.split('.'));
        if (field.lands === 'value' && (typeof value === 'string' || typeof value === 'number'))
          expect(values[path]).toBe(value);
        if (field.lands === 'metric' && typeof value === 'number') expect(metrics[path]).toBe(value);
        if ('credential' in field) expect(values).not.toHaveProperty([path]);
      }
    }),
    { numRuns: 10 },
  );
});

function valueAt(document: JsonObject, [name, ...rest]: readonly string[]): JsonValue | undefined {
  const value = document[name!];
  if (rest.length === 0 || typeof value !== 'object' || value === null || Array.isArray(value))
    return rest.length === 0 ? value : undefined;
  return valueAt(value as JsonObject, rest);
}
