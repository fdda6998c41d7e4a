/** One feature of a schema of TensorFlow Data Validation as a column of ours. */
import type { ColumnSchema } from '../../data-quality/index.ts';
import type { Part } from '../../originals/index.ts';
import { type Constant, column } from '../expressions.ts';
import { constantOf, Fields } from '../fields.ts';
import { NotTaken } from '../not-taken.ts';
import type { Statement, Statements } from '../statements.ts';

/** What stands around the features. */
export interface SchemaAround {
  readonly statements: Statements;
  /** Named domains of texts. */
  readonly domains: ReadonlyMap<string, readonly string[]>;
  /** Environments that have every feature which does not say otherwise. */
  readonly defaultEnvironments: readonly string[];
  /** All environments that the schema names. */
  readonly environments: readonly string[];
}

/** The values of a field that may stand several times. */
export function repeated(fields: Fields, key: string): readonly Part[] {
  const part = fields.get(key);
  if (part === null) return [];
  return part.kind === 'list' ? part.items : [part];
}

/** The texts of such a field. */
export function repeatedTexts(fields: Fields, key: string): string[] {
  return repeated(fields, key).map((part) => {
    const value = constantOf(part, key);
    if (typeof value !== 'string') throw new NotTaken(`expected a text as ${key}, found ${value}`, part);
    return value;
  });
}

const types = { INT: 'int64', FLOAT: 'float64', BYTES: 'string' } as const;

const stages = {
  PLANNED: 'planned',
  ALPHA: 'alpha',
  BETA: 'beta',
  PRODUCTION: 'production',
  DEPRECATED: 'deprecated',
  DEBUG_ONLY: 'debug',
} as const;

/** A feature while it is read. */
interface Feature {
  readonly name: string;
  readonly place: string;
  readonly fields: Fields;
  readonly schema: ColumnSchema;
  readonly around: SchemaAround;
}

/** Reads a feature: its name and what the schema says of it; null where it is no column. */
export function readFeature(part: Part, place: string, around: SchemaAround): [string, ColumnSchema] | null {
  const found: { value: [string, ColumnSchema, Fields] | null } = { value: null };
  around.statements.read({ kind: 'feature.type', place: `${place}.type`, part }, (statement) => {
    const fields = new Fields(part, 'a feature');
    const name = fields.needText('name');
    column(name);
    const word = fields.text('type') ?? 'TYPE_UNKNOWN';
    if (!Object.hasOwn(types, word)) throw new NotTaken(`a feature of the type ${word} is no column of a table`);
    const type = types[word as keyof typeof types];
    if (type === 'float64') statement.differs('a column of whole numbers is none of FLOAT there, and fits here');
    statement.set(`columns.${name}.type`, () => undefined);
    found.value = [name, { type, required: false, nullable: true, nan: type === 'float64' }, fields];
  });
  if (found.value === null) return null;
  const [name, schema, fields] = found.value;
  const feature: Feature = { name, place, fields, schema, around };
  for (const [key, read] of Object.entries(parts)) readPart(feature, key, read);
  readEnvironments(feature);
  fields.skip('name', 'type', 'value_count', 'shape');
  readShape(feature);
  for (const key of fields.untaken) {
    const { part: its } = fields.part.members.get(key)!;
    around.statements.leave(
      { kind: `feature.${key}`, place: `${place}.${key}`, part: its },
      leftParts[key] ?? 'it is not known here',
    );
  }
  return [name, schema];
}

/** Parts of a feature that are known and not imported, with why. */
export const leftParts: Readonly<Record<string, string>> = {
  skew_comparator: 'skew here is of rows with the same key; write skew into the schema',
  group_presence: 'a group of features is no column',
  value_counts: 'lists within lists are no column of a table',
  struct_domain: 'a feature with features of its own is no column of a table',
  natural_language_domain: 'nothing is asked of tokens here',
  image_domain: 'nothing is asked of images here',
  time_domain: 'nothing is asked of the form of times here but that of ISO 8601',
  time_of_day_domain: 'nothing is asked of the form of times here but that of ISO 8601',
  url_domain: 'use format: url, which asks for http, https or ftp',
  mid_domain: 'no such ids are known here',
  validation_derived_source: 'features that the validation derives are no columns',
  sequence_metadata: 'nothing is asked of tokens here',
};

type ReadPart = (feature: Feature, part: Part, statement: Statement) => Partial<ColumnSchema>;

function readPart(feature: Feature, key: string, read: ReadPart): void {
  const { fields, place, name, schema, around } = feature;
  const part = fields.get(key);
  if (part === null) return;
  around.statements.read({ kind: `feature.${key}`, place: `${place}.${key}`, part }, (statement) => {
    const set = read(feature, part, statement);
    for (const [said, value] of Object.entries(set))
      statement.set(`columns.${name}.${said}`, () => Object.assign(schema, { [said]: value }));
  });
}

const parts: Readonly<Record<string, ReadPart>> = {
  presence: (_feature, part, statement) => {
    const fields = new Fields(part);
    const [fraction, count] = [fields.number('min_fraction') ?? 0, fields.whole('min_count') ?? 0];
    statement.requireAll(fields.untaken, 'the field');
    if (fraction < 0 || fraction > 1) throw new NotTaken(`expected min_fraction from 0 to 1, found ${fraction}`);
    return {
      required: fraction > 0 || count > 0,
      ...(fraction < 1 ? {} : { nullable: false }),
      ...(fraction > 0 && fraction < 1 ? { presence: fraction } : {}),
      ...(count > 1 || (count === 1 && fraction === 0) ? { min_present: count } : {}),
    };
  },
  int_domain: (feature, part, statement) => ({ ...rangeOf(feature, part, { of: 'int64', statement }) }),
  float_domain: (feature, part, statement) => {
    const range = rangeOf(feature, part, { of: 'float64', statement });
    const fields = new Fields(part);
    const [nan, infinite] = [fields.flag('disallow_nan') ?? false, fields.flag('disallow_inf') ?? false];
    if (nan !== infinite) statement.differs('NaN and infinities are allowed or refused together here');
    return { ...range, ...(nan || infinite ? { nan: false } : {}) };
  },
  bool_domain: (feature, part, statement) => {
    const fields = new Fields(part);
    const words = [fields.text('true_value') ?? '', fields.text('false_value') ?? ''];
    fields.skip('name');
    statement.requireAll(fields.untaken, 'the field');
    if (feature.schema.type === 'int64') {
      statement.differs('nothing is asked of whole numbers in it there, and here that they are 0 or 1');
      return { domain: [0, 1] };
    }
    if (feature.schema.type === 'float64') throw new NotTaken('truth values as decimal numbers are not read');
    return { domain: words.every((word) => word === '') ? ['true', 'false'] : words.filter((word) => word !== '') };
  },
  string_domain: (feature, part, statement) => {
    const fields = new Fields(part);
    fields.skip('name');
    const values = repeatedTexts(fields, 'value');
    statement.requireAll(fields.untaken, 'the field');
    return domainOf(feature, values);
  },
  domain: (feature) => {
    const name = feature.fields.needText('domain');
    const values = feature.around.domains.get(name);
    if (values === undefined) throw new NotTaken(`the schema has no string_domain ${JSON.stringify(name)}`);
    return domainOf(feature, values);
  },
  distribution_constraints: (_feature, part, statement) => {
    const fields = new Fields(part);
    const share = fields.number('min_domain_mass') ?? 1;
    statement.requireAll(fields.untaken, 'the field');
    if (share < 0 || share > 1) throw new NotTaken(`expected min_domain_mass from 0 to 1, found ${share}`);
    return share === 1 ? {} : { domain_share: share };
  },
  unique_constraints: ({ schema }, part, statement) => {
    if (schema.type !== 'string')
      statement.differs('different numbers are not counted there, and every column of them fails');
    const fields = new Fields(part);
    const [min, max] = [fields.whole('min'), fields.whole('max')];
    statement.requireAll(fields.untaken, 'the field');
    return { distinct: { ...(min === null ? {} : { min }), ...(max === null ? {} : { max }) } };
  },
  drift_comparator: (_feature, part, statement) => driftOf(new Fields(part), statement),
  lifecycle_stage: ({ fields }) => {
    const word = fields.needText('lifecycle_stage');
    if (word === 'UNKNOWN_STAGE') return {};
    if (!Object.hasOwn(stages, word)) throw new NotTaken(`the stage ${word} has no word here`);
    return { stage: stages[word as keyof typeof stages] };
  },
  deprecated: ({ fields }) => (fields.flag('deprecated') ? { stage: 'deprecated' } : {}),
  annotation: (_feature, part) => {
    const comments = repeatedTexts(new Fields(part), 'comment');
    return comments.length === 0 ? {} : { description: comments.join(' ') };
  },
};

/** Every part that is read, with what it becomes. */
export const featureParts: Readonly<Record<string, string>> = {
  type: 'schema: type',
  presence: 'schema: required, nullable, presence, min_present',
  shape: 'schema: nullable',
  value_count: 'nothing: a cell has one value',
  int_domain: 'schema: min, max',
  float_domain: 'schema: min, max, nan',
  bool_domain: 'schema: domain',
  string_domain: 'schema: domain',
  domain: 'schema: domain',
  distribution_constraints: 'schema: domain_share',
  unique_constraints: 'schema: distinct',
  drift_comparator: 'schema: drift',
  lifecycle_stage: 'schema: stage',
  deprecated: 'schema: stage',
  annotation: 'schema: description',
  in_environment: 'schema: environments',
  not_in_environment: 'schema: environments',
};

function domainOf({ schema }: Feature, values: readonly string[]): Partial<ColumnSchema> {
  if (schema.type !== 'string') throw new NotTaken('a domain of texts is of a feature of another type');
  if (values.length === 0) throw new NotTaken('the domain has no values');
  return { domain: [...new Set(values)] };
}

interface RangeOf {
  readonly of: ColumnSchema['type'];
  readonly statement: Statement;
}

function rangeOf({ schema }: Feature, part: Part, { of, statement }: RangeOf): Partial<ColumnSchema> {
  if (schema.type !== of) throw new NotTaken(`the domain is of ${of}, and the feature is a ${schema.type}`);
  const fields = new Fields(part);
  fields.skip(
    'name',
    'is_categorical',
    'is_embedding',
    'embedding_type',
    'is_confidence_score',
    'disallow_nan',
    'disallow_inf',
  );
  const bounds: Record<string, Constant | null> = { min: fields.number('min'), max: fields.number('max') };
  statement.requireAll(fields.untaken, 'the field');
  return Object.fromEntries(Object.entries(bounds).filter(([, value]) => value !== null)) as Partial<ColumnSchema>;
}

const distances = {
  infinity_norm: 'l_infinity',
  jensen_shannon_divergence: 'jensen_shannon',
} as const;

function driftOf(fields: Fields, statement: Statement): Partial<ColumnSchema> {
  const said = Object.entries(distances).flatMap(([key, distance]) => {
    const its = fields.fields(key);
    const threshold = its?.number('threshold') ?? null;
    its?.skip('source');
    return threshold === null || threshold <= 0 ? [] : [{ distance, threshold }];
  });
  statement.requireAll(fields.untaken, 'the field');
  const [first, second] = said;
  if (first === undefined) throw new NotTaken('it names no threshold above 0 of a distance that is known here');
  if (second !== undefined) statement.differs('a column has one distance here; the first is taken');
  statement.differs('a column has drifted here where the difference is also more than chance explains');
  return { drift: first };
}

/** A cell of a table has one value, or none. */
function readShape({ name, fields, place, schema, around }: Feature): void {
  for (const key of ['value_count', 'shape'] as const) {
    const part = fields.part.members.get(key)?.part;
    if (part === undefined) continue;
    around.statements.read({ kind: `feature.${key}`, place: `${place}.${key}`, part }, (statement) => {
      const its = new Fields(part);
      const sizes =
        key === 'shape'
          ? repeated(its, 'dim').map((dimension) => new Fields(dimension).whole('size'))
          : [its.whole('min') ?? 1, its.whole('max') ?? 1];
      if (sizes.some((size) => size !== 1))
        throw new NotTaken('a cell of a table has one value, and this asks for others');
      // A shape is that of every row.
      if (key === 'shape') statement.set(`columns.${name}.nullable`, () => Object.assign(schema, { nullable: false }));
    });
  }
}

/** The environments that have the feature: those of the schema and its own, without those that it is not in. */
function readEnvironments({ name, fields, place, schema, around }: Feature): void {
  for (const key of ['in_environment', 'not_in_environment'] as const) {
    const part = fields.get(key);
    if (part === null) continue;
    around.statements.read({ kind: `feature.${key}`, place: `${place}.${key}`, part }, (statement) => {
      const own = [...around.defaultEnvironments, ...repeatedTexts(fields, 'in_environment')];
      const without = repeatedTexts(fields, 'not_in_environment');
      const its = around.environments.filter((one) => own.includes(one) && !without.includes(one));
      statement.differs('a column that is there in an environment without it fails there, and is not looked at here');
      statement.set(`columns.${name}.environments`, () => Object.assign(schema, { environments: its }));
    });
  }
}
