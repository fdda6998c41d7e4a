/** One property of the Open Data Contract Standard as a column. */
import type { ColumnSchema } from '../../data-quality/index.ts';
import type { Part } from '../../originals/index.ts';
import { binary, call, column, constant, isPresent, matching, within } from '../expressions.ts';
import { Fields } from '../fields.ts';
import { NotTaken } from '../not-taken.ts';
import { ecmaPattern } from '../python-pattern.ts';
import type { Statement, Statements } from '../statements.ts';
import { columnKeys, ourPart, readColumnKeys } from './our-keys.ts';
import { readQuality } from './quality.ts';

/** Logical types that are types of a table. */
export const logicalTypes: Readonly<Record<string, ColumnSchema['type']>> = {
  string: 'string',
  integer: 'int64',
  number: 'float64',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
};

/** Formats of texts. Of two words for one the first is that of the standard. */
export const propertyFormats: Readonly<Record<string, NonNullable<ColumnSchema['format']>>> = {
  email: 'email',
  uuid: 'uuid',
  uri: 'url',
  ipv4: 'ip',
  ipv6: 'ip',
};

/** Parts of a property that are read, with what they become. */
export const propertyParts: Readonly<Record<string, { readonly becomes: string; readonly note: string | null }>> = {
  logicalType: { becomes: 'schema: type', note: null },
  required: { becomes: 'schema: nullable, x is not null', note: null },
  unique: { becomes: 'schema: unique, unique(x)', note: null },
  primaryKey: { becomes: 'primary_key(a, b)', note: null },
  minimum: { becomes: 'schema: min, x >= a', note: null },
  maximum: { becomes: 'schema: max, x <= a', note: null },
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
  mlspec: { becomes: `schema: ${columnKeys.join(', ')}`, note: 'a custom property that mlspec data export wrote' },
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
  /** Null where it says no type, or one that is none of a table. */
  readonly schema: ColumnSchema | null;
  readonly key: KeyPart | null;
}

interface Property {
  readonly name: string;
  readonly place: string;
  readonly fields: Fields;
  readonly schema: ColumnSchema | null;
  readonly statements: Statements;
}

/** Where a property stands. */
export interface PropertyPlace {
  readonly place: string;
  readonly statements: Statements;
  /** Those that the schema names. */
  readonly environments: readonly string[];
}

/** Reads a property; null where it has no name, which is listed. */
export function readProperty(part: Part, at: PropertyPlace): ReadProperty | null {
  const { place, statements, environments } = at;
  const named = namedProperty(part, at);
  if (named === null) return null;
  const { name, fields } = named;
  const property = { name, place, fields, schema: typedColumn(named, at), statements };
  readFlags(property);
  readOptions(property);
  readQuality(fields.get('quality'), { place: `${place}.quality`, column: name, statements });
  leaveNested(property);
  const { schema } = property;
  const description = fields.said('description');
  if (description !== null && schema !== null) Object.assign(schema, { description });
  const ours = ourPart(fields.get('customProperties'));
  if (ours !== null)
    statements.read({ kind: 'property.mlspec', place: `${place}.customProperties`, part: ours }, (statement) =>
      readColumnKeys(ours, statement, { name, schema, environments }),
    );
  return { name, schema, key: keyOf(property) };
}

function namedProperty(part: Part, { place, statements }: PropertyPlace): Pick<Property, 'name' | 'fields'> | null {
  const found: { value: Pick<Property, 'name' | 'fields'> | null } = { value: null };
  statements.read({ kind: 'property', place, part }, (statement) => {
    const fields = new Fields(part, 'a property');
    const name = fields.text('physicalName') ?? fields.needText('name');
    column(name);
    found.value = { name, fields };
    statement.askNothing();
  });
  return found.value;
}

function typedColumn(
  { name, fields }: Pick<Property, 'name' | 'fields'>,
  { place, statements }: PropertyPlace,
): ColumnSchema | null {
  const part = fields.get('logicalType');
  const found: { schema: ColumnSchema | null } = { schema: null };
  if (part === null) return null;
  statements.read({ kind: 'property.logicalType', place: `${place}.logicalType`, part }, (statement) => {
    const word = fields.needText('logicalType');
    const type = Object.hasOwn(logicalTypes, word) ? logicalTypes[word] : undefined;
    if (type === undefined) throw new NotTaken(`${word} is no type of a table here`);
    statement.set(`columns.${name}.type`, () => undefined);
    found.schema = { type, required: true, nullable: true, nan: type === 'float64' };
  });
  return found.schema;
}

function leaveNested({ fields, place, statements }: Property): void {
  for (const [key, why] of Object.entries({
    items: 'values within values are no column of a table',
    properties: 'values within values are no column of a table',
    relationships: 'it needs the rows of another table',
  })) {
    const part = fields.get(key);
    if (part !== null) statements.leave({ kind: `property.${key}`, place: `${place}.${key}`, part }, why);
  }
}

function readFlags({ name, place, fields, schema, statements }: Property): void {
  for (const [key, set, that] of [
    ['required', { nullable: false }, isPresent(column(name))],
    ['unique', { unique: true }, call('unique', column(name))],
  ] as const) {
    const part = fields.get(key);
    if (part === null || (part.kind === 'scalar' && part.value === false)) continue;
    statements.read({ kind: `property.${key}`, place: `${place}.${key}`, part }, (statement) => {
      if (!fields.flag(key)) return;
      if (schema === null) statement.ask({ that });
      else statement.set(`columns.${name}.${Object.keys(set)[0]}`, () => Object.assign(schema, set));
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
    if (schema === null)
      return statement.ask({ that: binary(column(name), key === 'min' ? '>=' : '<=', constant(value)) });
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
    if (schema === null) throw new NotTaken('the property has no type of a table, of which it could be a format');
    if (schema.type !== 'string') {
      if (!/^(?:[iuf]\d+|yyyy-MM-dd.*)$/.test(word))
        throw new NotTaken(`the format ${JSON.stringify(word)} is not known here`);
      statement.differs('how wide numbers are, and how times are written, is not looked at here');
      return;
    }
    const format = Object.hasOwn(propertyFormats, word) ? propertyFormats[word]! : null;
    if (format === null) throw new NotTaken(`the format ${JSON.stringify(word)} is not known here`);
    if (word === 'uri') statement.differs('only http, https and ftp are addresses here');
    if (format === 'ip') statement.differs('addresses of version 4 and 6 are not told apart here');
    statement.set(`columns.${name}.format`, () => Object.assign(schema, { format }));
  },
};
