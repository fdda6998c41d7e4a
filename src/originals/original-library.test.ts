/*
 * Held to the original library: every field of every schema that it registers is in our table with the same demands, and of
 * made-up documents we complain about the same fields. The values were made by test/golden/originals/make-values.py.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Field, fieldsIn, type OriginalSchema, originalSchemas, readOriginals, typeAliases } from './index.ts';

const golden = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../test/golden/originals/${name}`, import.meta.url), 'utf8'));

interface GoldenField {
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  readonly empty: boolean;
  readonly allowed?: readonly string[];
}

const library = golden<{
  readonly files: readonly { file: string; version: string; type: string; paths: readonly string[] }[];
  readonly registered: Readonly<Record<string, readonly GoldenField[]>>;
}>('mlspeclib-fields.json');

/** Our schema of a type, whichever of its spellings is given. */
function schemaOf(version: string, type: string): OriginalSchema {
  const kept = Object.entries(typeAliases).find(([, aliases]) => aliases.includes(type))?.[0] ?? type;
  return originalSchemas.find((one) => one.origin === version && one.type === kept)!;
}

const tableOf = (schema: OriginalSchema): ReadonlyMap<string, Field> =>
  new Map([...fieldsIn(schema.fields)].map(({ path, field }) => [path, field]));

describe('the fields of both registries', () => {
  it.each(library.files)('$file is whole in the table', ({ version, type, paths }) => {
    const table = tableOf(schemaOf(version, type));
    expect(paths.filter((path) => !table.has(path))).toEqual([]);
  });

  it.each(Object.entries(library.registered))('%s asks for the same', (name, fields) => {
    const [version, type] = name.split(' ') as [string, string];
    const table = tableOf(schemaOf(version, type));
    const ours = fields.map(({ path }) => {
      const field = table.get(path);
      if (field === undefined) return { path };
      if (field.kind === 'group') return { path, type: 'Nested', required: false, empty: false };
      const { required, allowed } = field;
      const empty = field.empty || !required;
      return { path, type: classOf[field.kind], required, empty, ...(allowed === undefined ? {} : { allowed }) };
    });
    expect(ours).toEqual(fields);
    const known = new Set(fields.map(({ path }) => path));
    const more = [...table.keys()].filter((path) => !known.has(path));
    expect(more).toEqual(name === '0.0.1 data_source' ? ['source_uri'] : []);
  });

  it('are all registered, but for the file that the library does not look for', () => {
    const files = library.files.map(({ version, type }) => `${version} ${type}`);
    expect([...new Set(files)].filter((name) => library.registered[name] === undefined)).toEqual(['0.0.1 environment']);
  });
});

/** The library's class for a kind. */
const classOf: Readonly<Record<string, string>> = {
  boolean: 'Boolean',
  bucket: 'String',
  datetime: 'DateTime',
  dict: 'Dict',
  email: 'Email',
  float: 'Float',
  int: 'Integer',
  list: 'List',
  list_interfaces: 'List',
  list_of_tensor_shapes: 'List',
  list_strings: 'List',
  path: 'String',
  quantity: 'Integer',
  semver: 'String',
  string: 'String',
  uri: 'String',
  uuid: 'UUID',
  workflow_steps: 'Dict',
};

describe('verdicts about documents', () => {
  const { documents } = golden<{
    readonly documents: readonly { schema: string; text: string; wrong?: readonly string[]; unreadable?: string }[];
  }>('mlspeclib-verdicts.json');

  it('are there for every schema that the library loads, good ones and bad ones', () => {
    const judged = Map.groupBy(documents, ({ schema }) => schema);
    expect(judged.size).toBe(originalSchemas.filter(({ origin }) => origin !== 'specification').length - 1);
    for (const [schema, list] of judged) {
      expect(
        list.some(({ wrong }) => wrong?.length === 0),
        schema,
      ).toBe(true);
      expect(
        list.some(({ wrong }) => wrong?.length !== 0),
        schema,
      ).toBe(true);
    }
  });

  it.each([...Map.groupBy(documents, ({ schema }) => schema)])('%s: complaints about the same fields', (name, list) => {
    const [version, type] = name.split(' ') as [string, string];
    const table = tableOf(schemaOf(version, type));
    for (const { text, wrong, unreadable } of list) {
      const { findings } = readOriginals(Buffer.from(text), { file: 'x', credentials: 'keep' });
      const ours = findings
        .filter(({ rule }) => /missing|type|unknown-field/.test(rule))
        .map((finding) => {
          const missing = /^the field (\S+) is missing/.exec(finding.message)?.[1];
          return fieldOf(table, [...finding.path.map(String), ...(missing === undefined ? [] : [missing])]);
        });
      if (unreadable !== undefined) {
        expect(
          findings.some(({ severity }) => severity === 'error'),
          text,
        ).toBe(true);
        continue;
      }
      const theirs = wrong!
        .map((path) => fieldOf(table, path.replace(/ unknown$|\._schema$/, '').split('.')))
        .filter((path) => !isTakenHere(name, path, text));
      expect([...new Set(ours)].sort(), text).toEqual([...new Set(theirs)].sort());
    }
  });
});

/** What the library complains about and is taken here. */
function isTakenHere(schema: string, path: string, text: string): boolean {
  // A step may name a schema of a registry of the user's own.
  if (schema === '0.0.1 workflow' && path === 'steps') return text.includes('"schema_type":"nope nope"');
  // Nothing may stand for a credential.
  return /access_key/.test(path) && new RegExp(`"${path.split('.').at(-1)}":""`).test(text);
}

/** The declared field that a path leads into: places in lists and keys of free mappings are left out. */
function fieldOf(table: ReadonlyMap<string, Field>, path: readonly string[]): string {
  for (let length = path.length; length > 0; length--) {
    const name = path.slice(0, length).join('.');
    if (table.has(name) && table.get(name)!.kind !== 'group') return name;
  }
  return path.join('.');
}
