/** What a document of the original MLSpec may hold: the kinds of values, and how a schema names its fields. */

/** What a value may be, in the words of `mlspeclib`'s schema files; `any` where nothing was ever said. */
export type ValueKind =
  | 'any'
  | 'boolean'
  | 'bucket'
  | 'datetime'
  | 'dict'
  | 'email'
  | 'float'
  | 'int'
  | 'list'
  | 'list_interfaces'
  | 'list_of_tensor_shapes'
  | 'list_strings'
  | 'path'
  | 'quantity'
  | 'semver'
  | 'string'
  | 'uri'
  | 'uuid'
  | 'workflow_steps';

/** Where a field lands beside the parsed document: among the values of its step, among its metrics, or nowhere else. */
export type Landing = 'document' | 'value' | 'metric';

/** A field with one value. */
export interface ValueField {
  readonly kind: ValueKind;
  readonly required: boolean;
  /** Whether it may stand there without a value though it is required. */
  readonly empty: boolean;
  readonly allowed?: readonly string[];
  readonly lands: Landing;
  /** The form of a credential: never shown, never among values. */
  readonly credential?: RegExp | true;
}

/** A field that holds fields. It is never required, and where it stands it is a mapping; `many`: a list of mappings, or one. */
export interface GroupField {
  readonly kind: 'group';
  readonly fields: Fields;
  readonly many: boolean;
}

/** A field of a schema. */
export type Field = ValueField | GroupField;

/** The fields of a schema or of a group, by name. */
export type Fields = Readonly<Record<string, Field>>;

/** A field that may be left out or be empty. */
export function may(kind: ValueKind, more: Partial<ValueField> = {}): ValueField {
  return { kind, required: false, empty: true, lands: 'document', ...more };
}

/** A field that must be there, with a value. */
export function must(kind: ValueKind, more: Partial<ValueField> = {}): ValueField {
  return { kind, required: true, empty: false, lands: 'document', ...more };
}

/** A field that must be there and may be empty. */
export function mustStand(kind: ValueKind, more: Partial<ValueField> = {}): ValueField {
  return must(kind, { empty: true, ...more });
}

/** Fields inside a field. */
export function group(fields: Fields): GroupField {
  return { kind: 'group', fields, many: false };
}

/** Fields inside each item of a list; one mapping in place of the list is taken too, as some examples have it. */
export function groups(fields: Fields): GroupField {
  return { kind: 'group', fields, many: true };
}

/** A named field, as lists of them show it. */
export interface NamedField {
  /** Names with dots between; `[]` behind that of a list of groups. */
  readonly path: string;
  readonly field: Field;
}

/** Every field, groups before what is in them. */
export function* fieldsIn(fields: Fields, prefix = ''): Generator<NamedField> {
  for (const [name, field] of Object.entries(fields)) {
    const path = `${prefix}${name}`;
    yield { path, field };
    if (field.kind === 'group') yield* fieldsIn(field.fields, `${path}${field.many ? '[]' : ''}.`);
  }
}
