/** One property of the Open Data Contract Standard as a column. */
import type { ColumnSchema } from '../../data-quality/index.ts';
import type { Part } from '../../originals/index.ts';
import { binary, call, column, constant, matching, within } from '../expressions.ts';
import { Fields } from '../fields.ts';
import { NotTaken } from '../not-taken.ts';
import { ecmaPattern } from '../python-pattern.ts';
import type { Statement, Statements } from '../statements.ts';
import { readQuality } from './quality.ts';

const types: Readonly<Record<string, ColumnSchema['type']>> = {
  string: 'string',
  integer: 'int64',
  number: 'float64',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
};

const formats: Readonly<Record<string, NonNullable<ColumnSchema['format']>>> = {
  email: 'email',
  uuid: 'uuid',
  uri: 'url',
  ipv4: 'ip',
  ipv6: 'ip',
};

/** Parts of a property that are read, with what they become. */
export const propertyParts: Readonly<Record<string, { readonly becomes: string; readonly note: string | null }>> = {
  logicalType: { becomes: 'schema: type', note: null },
  required: { becomes: 'schema: nullable', note: null },
  unique: { becomes: 'schema: unique', note: null },
  primaryKey: { becomes: 'primary_key(a, b)', note: null },
  minimum: { becomes: 'schema: min', note: null },
  maximum: { becomes: 'schema: max', note: null },
  exclusiveMinimum: { becomes: 'x > a', note: null },
  exclusiveMaximum: { becomes: 'x < a', note: null },
  multipleOf: {
    becomes: 'x / n == floor(x / n)',
    note: 'multiples of numbers that are not whole are subject to rounding',
  },
  minLength: { becomes: 'length(x) >= n', note: null },
  maxLength: { becomes: 'length(x) <= n', note: null },
  pattern: { becomes: "x matches 'p'", note: null },
  format: { becomes: 'schema: format', note: 'how wide numbers are is not looked at here' },
};

/** A key of a table, of the properties that say that they are of it. */
export interface KeyPart {
  readonly name: string;
  readonly position: number;
  readonly part: Part;
}

/** What a property becomes. */
export interface ReadProperty {
  readonly name: string;
  /** Null where its type is none of a table. */
  readonly schema: ColumnSchema | null;
  readonly key: KeyPart | null;
}

interface Property {
  readonly name: string;
  readonly place: string;
  readonly fields: Fields;
  readonly schema: ColumnSchema;
  readonly statements: Statements;
}

/** Reads a property; null where it is no column of a table, which is listed. */
export function readProperty(part: Part, place: string, statements: Statements): ReadProperty | null {
  const found: { value: Property | null } = { value: null };
  statements.read({ kind: 'property.logicalType', place: `${place}.logicalType`, part }, (statement) => {
    const fields = new Fields(part, 'a property');
    const name = fields.text('physicalName') ?? fields.needText('name');
    column(name);
    const word = fields.text('logicalType');
    const type = word === null || !Object.hasOwn(types, word) ? undefined : types[word];
    if (type === undefined)
      throw new NotTaken(word === null ? 'it has no logicalType' : `${word} is no type of a table here`);
    statement.set(`columns.${name}.type`, () => undefined);
    const schema: ColumnSchema = { type, required: true, nullable: true, nan: type === 'float64' };
    found.value = { name, place, fields, schema, statements };
  });
  if (found.value === null) return null;
  const property = found.value;
  readFlags(property);
  readOptions(property);
  const { name, fields, schema } = property;
  readQuality(fields.get('quality'), { place: `${place}.quality`, column: name, statements });
  const description = fields.said('description');
  if (description !== null) Object.assign(schema, { description });
  return { name, schema, key: keyOf(property) };
}

function readFlags({ name, place, fields, schema, statements }: Property): void {
  for (const [key, set] of [
    ['required', { nullable: false }],
    ['unique', { unique: true }],
  ] as const) {
    const part = fields.get(key);
    if (part === null || (part.kind === 'scalar' && part.value === false)) continue;
    statements.read({ kind: `property.${key}`, place: `${place}.${key}`, part }, (statement) => {
      if (fields.flag(key)) statement.set(`columns.${name}.${Object.keys(set)[0]}`, () => Object.assign(schema, set));
    });
  }
}

function keyOf({ name, fields, statements, place }: Property): KeyPart | null {
  const part = fields.get('primaryKey');
  if (part === null) return null;
  if (part.kind !== 'scalar' || typeof part.value !== 'boolean') {
    statements.leave({ kind: 'property.primaryKey', place: `${place}.primaryKey`, part }, 'expected true or false');
    return null;
  }
  const position = fields.get('primaryKeyPosition');
  const at = position?.kind === 'scalar' && typeof position.value === 'number' ? position.value : 0;
  return part.value ? { name, position: at, part } : null;
}

type ReadOption = (property: Property, options: Fields, statement: Statement) => void;

function readOptions(property: Property): void {
  const part = property.fields.get('logicalTypeOptions');
  if (part === null) return;
  const { place, statements } = property;
  if (part.kind !== 'map') {
    const at = { kind: 'property.logicalTypeOptions', place: `${place}.logicalTypeOptions`, part };
    statements.leave(at, 'expected a mapping');
    return;
  }
  for (const [key, { part: its }] of part.members)
    statements.read(
      { kind: `property.${key}`, place: `${place}.logicalTypeOptions.${key}`, part: its },
      (statement) => {
        const read = Object.hasOwn(options, key) ? options[key] : undefined;
        if (read === undefined) throw new NotTaken('it is not known here');
        read(property, new Fields(part), statement);
      },
    );
}

function setBound(key: 'min' | 'max', from: 'minimum' | 'maximum'): ReadOption {
  return ({ name, schema }, fields, statement) => {
    const value = fields.constant(from);
    if (value === null || typeof value === 'boolean') throw new NotTaken(`expected a number or a text as ${from}`);
    statement.set(`columns.${name}.${key}`, () => Object.assign(schema, { [key]: value }));
  };
}

function asks(
  read: (x: ReturnType<typeof column>, fields: Fields, statement: Statement) => ReturnType<typeof column>,
): ReadOption {
  return ({ name }, fields, statement) => statement.ask({ that: read(column(name), fields, statement) });
}

const options: Readonly<Record<string, ReadOption>> = {
  minimum: setBound('min', 'minimum'),
  maximum: setBound('max', 'maximum'),
  exclusiveMinimum: asks((x, fields) =>
    within(x, { min: fields.constant('exclusiveMinimum'), max: null, strictMin: true }),
  ),
  exclusiveMaximum: asks((x, fields) =>
    within(x, { min: null, max: fields.constant('exclusiveMaximum'), strictMax: true }),
  ),
  minLength: asks((x, fields) => within(call('length', x), { min: fields.whole('minLength'), max: null })),
  maxLength: asks((x, fields) => within(call('length', x), { min: null, max: fields.whole('maxLength') })),
  multipleOf: asks((x, fields) => {
    const step = fields.number('multipleOf');
    if (step === null || step <= 0) throw new NotTaken('expected a number above 0 as multipleOf');
    const quotient = binary(x, '/', constant(step));
    return binary(quotient, '==', call('floor', quotient));
  }),
  pattern: asks((x, fields, statement) => {
    const { pattern, differences } = ecmaPattern(fields.needText('pattern'));
    statement.differs(...differences);
    return matching(x, pattern);
  }),
  format: ({ name, schema }, fields, statement) => {
    const word = fields.needText('format');
    if (schema.type !== 'string') {
      if (!/^(?:[iuf]\d+|yyyy-MM-dd.*)$/.test(word))
        throw new NotTaken(`the format ${JSON.stringify(word)} is not known here`);
      statement.differs('how wide numbers are, and how times are written, is not looked at here');
      return;
    }
    const format = Object.hasOwn(formats, word) ? formats[word]! : null;
    if (format === null) throw new NotTaken(`the format ${JSON.stringify(word)} is not known here`);
    if (word === 'uri') statement.differs('only http, https and ftp are addresses here');
    if (format === 'ip') statement.differs('addresses of version 4 and 6 are not told apart here');
    statement.set(`columns.${name}.format`, () => Object.assign(schema, { format }));
  },
};
