/** Documents of the original MLSpec made up from their schemas, for properties and for what the original library is asked. */
import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../src/encoding/index.ts';
import { type Field, type OriginalSchema, shapes, type ValueField, type ValueKind } from '../../src/originals/index.ts';

const word = fc.stringMatching(/^[a-z][a-z0-9-]{2,11}$/);
const text = fc.oneof(
  word,
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    'one\ntwo\n',
    'one\n\n two',
    'a\n\n',
    '\na',
    'a\n  \nb',
    'a \nb',
    '- a\n# b\n',
    'a\tb\n\tc',
    'a\n---\nb',
    'a\n...',
    'yes',
    'no',
    '~',
    '1e3',
    '0.0.1',
    '# x',
    'a: b',
    ' ',
    '2019-01-01',
  ),
);
const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true, noInteger: true }));
const name = fc
  .oneof(word, fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }))
  .filter((key) => key !== '__proto__');
const free: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3 }),
  ),
})).value as fc.Arbitrary<JsonValue>;
const mapping = fc.dictionary(name, free, { maxKeys: 3 });
const semver = fc.tuple(fc.nat(9), fc.nat(99), fc.nat(9)).map((parts) => parts.join('.'));
const time = fc
  .date({ min: new Date('1971-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString());

const byKind: Readonly<Record<ValueKind, fc.Arbitrary<JsonValue>>> = {
  any: free,
  boolean: fc.boolean(),
  bucket: word,
  datetime: time,
  dict: mapping,
  email: word.map((who) => `${who}@example.org`),
  float: number,
  int: fc.integer(),
  list: fc.array(free, { maxLength: 3 }),
  list_interfaces: fc.array(
    fc.oneof(
      fc.record({ name: word, type: fc.constant('Integer'), default: fc.integer() }),
      word.map((port) => ({ [port]: { type: 'LocalPath' } })),
    ),
    { maxLength: 2 },
  ),
  list_of_tensor_shapes: fc.array(fc.tuple(word, fc.array(fc.nat(), { maxLength: 3 })), { maxLength: 2 }),
  list_strings: fc.array(text, { maxLength: 3 }),
  path: word.map((part) => `data/${part}.csv`),
  quantity: fc.nat(),
  semver,
  string: text,
  uri: word.map((host) => `https://${host}.example.org/`),
  uuid: fc.uuid(),
  workflow_steps: fc.dictionary(word, fc.constant(workflowStep('datapath', 'training_run', 'training_results')), {
    minKeys: 1,
    maxKeys: 2,
  }),
};

function workflowStep(input: string, execution: string, output: string): JsonObject {
  const reference = (type: string): JsonObject => ({ schema_type: type, schema_version: '0.0.1' });
  return { input: reference(input), execution: reference(execution), output: reference(output) };
}

/** A right value of a field. */
function valueOfField(field: ValueField): fc.Arbitrary<JsonValue> {
  const { allowed, credential, kind } = field;
  if (allowed !== undefined) return fc.constantFrom(...allowed);
  if (credential instanceof RegExp) return fc.constantFrom('A1'.repeat(credential.source.includes('{20}') ? 10 : 20));
  return byKind[kind];
}

/** Right documents of a schema: every field that is required, and some of the others. */
export function documentsOf({ origin, type, fields }: OriginalSchema): fc.Arbitrary<JsonObject> {
  const head = origin === 'specification' ? {} : { schema_version: origin, schema_type: type };
  return membersOf(fields, marksOf(type, origin)).map((members) => ({ ...members, ...head }));
}

/** The first key of each list of marks that tells a shape of the specification. */
function marksOf(type: string, origin: OriginalSchema['origin']): readonly string[] {
  return origin === 'specification' ? shapes[type]!.marks.map(([mark]) => mark!) : [];
}

function membersOf(fields: Readonly<Record<string, Field>>, marks: readonly string[] = []): fc.Arbitrary<JsonObject> {
  const model = Object.fromEntries(
    Object.entries(fields).map(([key, field]) => {
      if (field.kind !== 'group') return [key, valueOfField(field)];
      return [key, field.many ? fc.array(membersOf(field.fields), { maxLength: 2 }) : membersOf(field.fields)];
    }),
  ) as Record<string, fc.Arbitrary<JsonValue>>;
  const required = Object.keys(fields).filter((key) => {
    const field = fields[key]!;
    return marks.includes(key) || (field.kind !== 'group' && field.required);
  });
  return fc.record(model, { requiredKeys: required }) as fc.Arbitrary<JsonObject>;
}

const wrongValues: readonly JsonValue[] = [null, 'nope nope', 3, true, [], {}, [1], { a: 1 }, ''];

/** A document with one thing changed: a field taken away, added, or given another value. */
export function spoil(document: JsonObject, choice: number): JsonObject {
  const places = [...placesIn(document)];
  const place = places[choice % places.length]!;
  const way = Math.floor(choice / places.length) % (wrongValues.length + 2);
  return changeAt(document, place, (parent, key) => {
    if (way === 0) delete parent[key];
    else if (way === 1) parent['unheard_of'] = 1;
    else parent[key] = wrongValues[way - 2]!;
  });
}

function* placesIn(value: JsonObject, path: readonly string[] = []): Generator<readonly string[]> {
  for (const [key, member] of Object.entries(value)) {
    if (path.length === 0 && /^schema_/.test(key)) continue;
    yield [...path, key];
    if (typeof member === 'object' && member !== null && !Array.isArray(member))
      yield* placesIn(member as JsonObject, [...path, key]);
  }
}

function changeAt(
  document: JsonObject,
  path: readonly string[],
  change: (parent: Record<string, JsonValue>, key: string) => void,
): JsonObject {
  const copy = structuredClone(document) as Record<string, JsonValue>;
  let parent = copy;
  for (const key of path.slice(0, -1)) parent = parent[key] as Record<string, JsonValue>;
  change(parent, path.at(-1)!);
  return copy;
}
