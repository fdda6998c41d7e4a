/** One document held to its schema: its value in the spelling that is kept, and everything that is to be said of it. */
import type { JsonObject, JsonValue } from '../encoding/index.ts';
import { checkValue, foundText, wrongForm } from './check-value.ts';
import { credentialsIn, isStandIn } from './credentials.ts';
import { describePart, type MapPart, mapValue, type Part, type Path, plainOf, type Span } from './part.ts';
import { isOtherThanText } from './plain-scalar.ts';
import type { Remark } from './read-yaml.ts';
import type { OriginalSchema } from './recognise.ts';
import type { Field, Fields, ValueField } from './schema.ts';
import { fieldNamed } from './spelling.ts';
import { scalarText } from './write-yaml.ts';

/** A word that was written otherwise than its value is: a time without quotes, `1.50`, `yes`. */
export interface WrittenScalar {
  readonly path: Path;
  readonly text: string;
}

/** A name or word that stood in another spelling. */
export interface OtherSpelling {
  /** In the spelling that is kept. */
  readonly path: Path;
  readonly as: string;
}

/** A document as it is kept. */
export interface OriginalDocument {
  readonly origin: OriginalSchema['origin'];
  readonly type: string;
  readonly document: JsonObject;
  readonly written: readonly WrittenScalar[];
  readonly spelled: readonly OtherSpelling[];
}

/** A document that was held to its schema. */
export interface CheckedDocument {
  readonly original: OriginalDocument;
  readonly remarks: readonly Remark[];
  /** Where credentials stand. */
  readonly credentials: readonly Span[];
}

/** Reads a document as one of a schema. */
export function readDocument(part: MapPart, schema: OriginalSchema): CheckedDocument {
  const reader = new DocumentReader(schema);
  const document = reader.readFields(part, schema.fields, { kept: [], path: [] });
  const { written, spelled, remarks, credentials } = reader;
  return { original: { origin: schema.origin, type: schema.type, document, written, spelled }, remarks, credentials };
}

/** Most remarks of one rule about one document. */
const mostOfOneRule = 100;

/** A place in the spelling that is kept and as it stands in the text. */
interface At {
  readonly kept: Path;
  readonly path: Path;
}

const below = (at: At, kept: string | number, key: string | number = kept): At => ({
  kept: [...at.kept, kept],
  path: [...at.path, key],
});

class DocumentReader {
  readonly written: WrittenScalar[] = [];
  readonly spelled: OtherSpelling[] = [];
  readonly remarks: Remark[] = [];
  readonly credentials: Span[] = [];
  readonly #schema: OriginalSchema;
  /** By rule, so that many of one never hide another. */
  readonly #counts = new Map<Remark['rule'], number>();

  constructor(schema: OriginalSchema) {
    this.#schema = schema;
  }

  readFields(part: MapPart, fields: Fields, at: At): JsonObject {
    const kept = new Map<string, JsonValue>();
    for (const [key, member] of part.members) {
      const name = this.#nameOf(key, { fields, at, span: member.key });
      const place = below(at, name ?? key, key);
      const field = name === null ? null : fields[name]!;
      if (kept.has(name ?? key)) this.#tellTwice(key, name ?? key, { place, span: member.key });
      else kept.set(name ?? key, this.#readField(member.part, field, { place, key }));
    }
    for (const [name, field] of Object.entries(fields)) {
      if (field.kind === 'group' || !field.required || kept.has(name)) continue;
      this.#tell('original/missing', at.path, headOf(part), {
        message: `the field ${name} is missing, which a ${this.#schema.type} must have`,
        suggestion: `write ${name}: and its value`,
      });
    }
    return Object.fromEntries(kept);
  }

  /** The field that a key means, null for none; says so where it is another spelling, or none. */
  #nameOf(
    key: string,
    { fields, at, span }: { readonly fields: Fields; readonly at: At; readonly span: Span },
  ): string | null {
    const name = fieldNamed(fields, key);
    if (name === null) {
      this.#tell('original/unknown-field', [...at.path, key], span, {
        message: `a ${this.#schema.type} has no field ${JSON.stringify(key.slice(0, 60))} here; it is kept as it is`,
        suggestion: `the fields here are ${Object.keys(fields).slice(0, 30).join(', ')}`,
      });
    } else if (name !== key) {
      this.spelled.push({ path: [...at.kept, name], as: key });
      this.#tell('original/spelling', [...at.path, key], span, {
        message: `${key} is kept as ${name}${name === 'requestLatencyMs' ? ', in milliseconds' : ''}`,
        suggestion: `write ${name}`,
      });
    }
    return name;
  }

  #tellTwice(key: string, name: string, { place, span }: { readonly place: At; readonly span: Span }): void {
    this.#tell('original/duplicate-key', place.path, span, {
      message: `${JSON.stringify(key)} is another spelling of ${name}, which stands here too`,
      suggestion: 'keep one of them',
    });
  }

  #readField(part: Part, field: Field | null, { place, key }: { readonly place: At; readonly key: string }): JsonValue {
    for (const credential of credentialsIn(key, field, part)) this.#tellCredential(credential, place);
    if (field === null) return this.#keep(part, place);
    if (field.kind === 'group') return this.#readGroup(part, field, place);
    if (key === 'schema_type' || place.kept.at(-1) === 'schema_type') return this.#readType(part, place);
    this.#check(part, field, place);
    return this.#keep(part, place);
  }

  #readGroup(part: Part, field: Extract<Field, { kind: 'group' }>, at: At): JsonValue {
    if (part.kind === 'map') return this.readFields(part, field.fields, at);
    if (part.kind === 'list' && field.many) {
      return part.items.map((item, index) => this.#readGroup(item, { ...field, many: false }, below(at, index)));
    }
    const expected = field.many ? 'a list of mappings' : 'a mapping';
    this.#tellType(part, at, `expected ${expected} with ${Object.keys(field.fields).slice(0, 12).join(', ')}`);
    return this.#keep(part, at);
  }

  /** The type in the spelling that is kept. */
  #readType(part: Part, at: At): JsonValue {
    const { origin, type } = this.#schema;
    const isTop = at.kept.length === 1 && origin !== 'specification';
    if (!isTop || plainOf(part) === type) return this.#keep(part, at);
    const as = String(plainOf(part));
    this.spelled.push({ path: at.kept, as });
    this.#tell('original/spelling', at.path, part.span, {
      message: `the type ${as} is kept as ${type}`,
      suggestion: `write schema_type: ${type}`,
    });
    return type;
  }

  #check(part: Part, field: ValueField, at: At): void {
    if (part.kind === 'scalar' && part.value === null) {
      if (!field.empty) this.#tellEmpty(part, at);
      return;
    }
    for (const wrong of checkValue(field.kind, part)) {
      const found = field.credential === undefined ? foundText(wrong.part) : describePart(wrong.part);
      const path = [...at.path, ...wrong.path];
      this.#tellType(wrong.part, { ...at, path }, `expected ${wrong.expected}, found ${found}`);
    }
    if (part.kind === 'scalar') this.#checkText(part.value, field, { part, at });
  }

  #tellEmpty(part: Part, at: At): void {
    this.#tell('original/missing', at.path, part.span, {
      message: `the field ${String(at.kept.at(-1))} must have a value`,
      suggestion: 'write its value',
    });
  }

  #checkText(value: unknown, field: ValueField, { part, at }: { readonly part: Part; readonly at: At }): void {
    if (typeof value !== 'string') return;
    const { allowed, credential } = field;
    if (allowed !== undefined && !allowed.includes(value))
      this.#tellType(part, at, `expected one of ${allowed.join(', ')}, found ${foundText(part)}`);
    if (credential instanceof RegExp && !credential.test(value) && !isStandIn(value))
      this.#tellType(part, at, `expected a credential of the form ${credential.source}`);
    const form = wrongForm(field.kind, value);
    if (form === null) return;
    this.#tell('original/form', at.path, part.span, {
      message: `a ${field.kind} was meant to be ${form}, found ${foundText(part)}`,
      suggestion: 'nothing has to change: no reader ever checked this',
    });
  }

  #tellType(part: Part, at: At, message: string): void {
    this.#tell('original/type', at.path, part.span, { message, suggestion: 'write such a value' });
  }

  #tellCredential(part: Part, at: At): void {
    this.credentials.push(part.span);
    this.#tell('original/credential', at.path, part.span, {
      message: 'a credential stands here in the clear; it would be kept as it is',
      suggestion: 'write the name of a variable, such as $SECRET_ACCESS_KEY, or import with --keep-credentials',
    });
  }

  #tell(
    rule: Remark['rule'],
    path: Path,
    span: Span,
    said: { readonly message: string; readonly suggestion: string },
  ): void {
    const count = (this.#counts.get(rule) ?? 0) + 1;
    this.#counts.set(rule, count);
    if (count <= mostOfOneRule) this.remarks.push({ rule, path, span, ...said });
  }

  /** A value as it is, with the words in it that are written otherwise than their values. Looks for credentials below. */
  #keep(part: Part, at: At): JsonValue {
    if (part.kind === 'list') return part.items.map((item, index) => this.#keep(item, below(at, index)));
    if (part.kind === 'map') {
      for (const [key, member] of part.members) {
        const place = below(at, key);
        for (const credential of credentialsIn(key, null, member.part)) this.#tellCredential(credential, place);
        this.#keep(member.part, place);
      }
      return mapValue(part);
    }
    if (part.plain !== null && part.plain !== scalarText(part.value) && !(part.plain === '' && part.value === null)) {
      const isText = typeof part.value === 'string' && !isOtherThanText(part.plain);
      if (!isText) this.written.push({ path: at.kept, text: part.plain });
    }
    return part.value;
  }
}

function headOf(part: MapPart): Span {
  return [part.span[0], part.span[0] + 1];
}
