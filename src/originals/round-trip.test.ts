/*
 * Nothing is lost: made-up documents of every schema, written as YAML in several ways, are read, written in the one spelling and
 * read again, and are the same.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { documentsOf } from '../../test/originals/generate.ts';
import type { JsonObject, JsonValue } from '../encoding/index.ts';
import {
  fieldAliases,
  originalRecord,
  originalSchemas,
  readOriginalRecord,
  readOriginals,
  writeOriginal,
} from './index.ts';
import type { Fields } from './schema.ts';

const keep = { file: 'x.yaml', credentials: 'keep' } as const;

/** Ways to write one document. */
const ways: readonly ((document: JsonObject) => string)[] = [
  (document) => JSON.stringify(document),
  (document) => stringify(document, { version: '1.1', aliasDuplicateObjects: false }),
  (document) =>
    stringify(document, {
      version: '1.1',
      aliasDuplicateObjects: false,
      defaultStringType: 'QUOTE_SINGLE',
      lineWidth: 0,
    }),
];

describe.each(originalSchemas)('$origin $type', (schema) => {
  it('is the same after it was written and read again', () => {
    fc.assert(
      fc.property(documentsOf(schema), fc.nat(ways.length - 1), (document, way) => {
        const text = ways[way]!(document);
        const [read, ...more] = readOriginals(Buffer.from(text), keep).documents;
        expect(more).toEqual([]);
        expect(isSame(read!.document, document), text).toBe(true);
        expect(read).toMatchObject({ origin: schema.origin, type: schema.type, spelled: [] });
        const kept = readOriginalRecord(originalRecord(read!))!;
        const written = writeOriginal(kept);
        const again = readOriginals(Buffer.from(written), keep);
        expect(again.documents, written).toEqual([read]);
        expect(writeOriginal(again.documents[0]!)).toBe(written);
      }),
      { numRuns: 25 },
    );
  });
});

/** Every other name that a key can be written with, and the keys of the groups below likewise. */
function respell(document: JsonObject, fields: Fields, choose: (names: readonly string[]) => string): JsonObject {
  const entries = Object.entries(document).map(([name, value]): [string, JsonValue] => {
    const field = fields[name];
    const aliases = (fieldAliases[name] ?? []).filter((alias) => !Object.hasOwn(fields, alias));
    const names = [name, name.toUpperCase(), name.replaceAll(/[_-]/g, ''), ...aliases];
    const inner =
      field?.kind === 'group' && typeof value === 'object' && value !== null && !Array.isArray(value)
        ? respell(value as JsonObject, field.fields, choose)
        : value;
    return [field === undefined ? name : choose(names), inner as JsonValue];
  });
  return Object.fromEntries(entries);
}

const registries = originalSchemas.filter(({ origin }) => origin !== 'specification');

it.each(registries)(
  '$origin $type: other spellings and unknown fields are kept, and give the same document',
  (schema) => {
    fc.assert(
      fc.property(documentsOf(schema), fc.infiniteStream(fc.nat()), (made, choices) => {
        const document = { ...made, 'no such field': { a: [made['run_id'] ?? null] } };
        const spelled = respell(document, schema.fields, (names) => names[choices.next().value! % names.length]!);
        const plain = readOriginals(Buffer.from(JSON.stringify(document)), keep);
        const other = readOriginals(Buffer.from(JSON.stringify(spelled)), keep);
        expect(other.documents.map(({ document: read }) => read)).toEqual(
          plain.documents.map(({ document: read }) => read),
        );
        expect(other.findings.filter(({ rule }) => rule !== 'original/spelling').map(({ rule }) => rule)).toEqual(
          plain.findings.map(({ rule }) => rule),
        );
        expect(plain.documents[0]!.document).toHaveProperty(['no such field', 'a', 0]);
      }),
      { numRuns: 15 },
    );
  },
);

it('no text makes the reader throw, and what it takes is written and read again as it is', () => {
  const schemas = fc.constantFrom(...originalSchemas);
  const texts = schemas.chain((schema) =>
    fc
      .tuple(documentsOf(schema), fc.nat(ways.length - 1), fc.nat(), fc.string({ unit: 'binary', maxLength: 6 }))
      .map(([document, way, at, piece]) => {
        const text = ways[way]!(document);
        const place = at % (text.length + 1);
        return `${text.slice(0, place)}${piece}${text.slice(place + (at % 7))}`;
      }),
  );
  fc.assert(
    fc.property(fc.oneof(texts, fc.string({ unit: 'binary', maxLength: 200 })), (text) => {
      const { documents, findings } = readOriginals(Buffer.from(text), keep);
      for (const { message, suggestion, position } of findings) {
        expect(message).not.toBe('');
        expect(suggestion).not.toBe('');
        expect(position!.offset).toBeLessThanOrEqual(text.length);
      }
      if (findings.some(({ severity }) => severity === 'error')) return;
      const written = documents.map(writeOriginal).join('---\n');
      const again = readOriginals(Buffer.from(written), keep).documents;
      expect(again, written).toEqual(documents.map((one) => ({ ...one, spelled: [] })));
    }),
    { numRuns: 1500 },
  );
});

/** Equal, where a number that PyYAML takes for a text (`1e-7`) counts as this text. */
function isSame(read: JsonValue | undefined, given: JsonValue | undefined): boolean {
  if (typeof given === 'number' && typeof read === 'string') return Number(read) === given;
  if (typeof given !== 'object' || given === null) return read === given || (read === 0 && given === 0);
  if (typeof read !== 'object' || read === null) return false;
  const names = Object.keys(given);
  const right = given as Readonly<Record<string, JsonValue>>;
  const left = read as Readonly<Record<string, JsonValue>>;
  return names.length === Object.keys(left).length && names.every((name) => isSame(left[name], right[name]));
}
