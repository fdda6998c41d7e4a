import { z } from 'zod';
import { specSchema } from './document.ts';

/** A JSON Schema, as a plain value. */
export type JsonSchema = { readonly [name: string]: unknown };

let made: JsonSchema | null = null;

/** Where `$name` is a text and no reference. */
const literalSections = new Set([
  'mlspec',
  'name',
  'description',
  'license',
  'intended_use',
  'limitations',
  'owners',
  'params',
  'profiles',
  'imports',
]);
const referenceDefinition = {
  type: 'string',
  pattern: '^\\$[A-Za-z][A-Za-z0-9_.-]*$',
  description: 'The value of a parameter ($name), or the content of an imported file ($import.name).',
};

/**
 * The JSON Schema (draft-07) of a declaration as people write it, made from the Zod types, with references to parameters
 * and imports wherever the parser takes them. Made once.
 */
export function specJsonSchema(): JsonSchema {
  made ??= withReferences(toJsonSchema(specSchema, 'mlspec.schema.json'));
  return made;
}

/** The JSON Schema (draft-07) of what a Zod type accepts. Names in `$ref` are stable. */
export function toJsonSchema(type: z.ZodType, id: string): JsonSchema {
  const schema = z.toJSONSchema(type, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
    reused: 'inline',
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod as { def: { type: string; defaultValue?: unknown } };
      if (def.type === 'default') jsonSchema.default ??= def.defaultValue as NonNullable<typeof jsonSchema.default>;
    },
  }) as JsonSchema;
  return { ...schema, $id: id };
}

function withReferences(schema: JsonSchema): JsonSchema {
  const properties = Object.entries(schema['properties'] as Record<string, JsonSchema>);
  const definitions = (schema['definitions'] ?? {}) as Record<string, JsonSchema>;
  return {
    ...schema,
    properties: mapMembers(properties, (value, name) => (literalSections.has(name) ? value : orReference(value))),
    definitions: { ...mapMembers(Object.entries(definitions), below), reference: referenceDefinition },
  };
}

/** A schema that takes a reference besides, unless it takes every text. */
function orReference(schema: JsonSchema): JsonSchema {
  const branches = schema['anyOf'] as JsonSchema[] | undefined;
  if ((branches ?? [schema]).some(takesEveryText)) return below(schema);
  const { description, default: fallback, ...rest } = below(schema);
  return {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
    anyOf: [
      ...(branches === undefined ? [rest] : (rest['anyOf'] as JsonSchema[])),
      { $ref: '#/definitions/reference' },
    ],
  };
}

function takesEveryText(schema: JsonSchema): boolean {
  if (schema['$ref'] === '#/definitions/json') return true;
  if (Array.isArray(schema['allOf'])) return schema['allOf'].some(takesEveryText);
  const restricted = 'pattern' in schema || 'enum' in schema || 'const' in schema;
  return Object.keys(schema).length === 0 || (schema['type'] === 'string' && !restricted);
}

/** The members of a schema, each of which takes a reference besides. */
function below(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => {
      if (keyword === 'properties') return [keyword, mapMembers(Object.entries(value as object), orReference)];
      if (keyword === 'anyOf' || keyword === 'oneOf' || keyword === 'allOf')
        return [keyword, (value as JsonSchema[]).map(below)];
      if (keyword === 'items' && Array.isArray(value)) return [keyword, value.map(orReference)];
      const isSchema = typeof value === 'object' && value !== null;
      return [
        keyword,
        isSchema && (keyword === 'items' || keyword === 'additionalProperties')
          ? orReference(value as JsonSchema)
          : value,
      ];
    }),
  );
}

function mapMembers(
  members: readonly [string, JsonSchema][],
  change: (schema: JsonSchema, name: string) => JsonSchema,
): Record<string, JsonSchema> {
  return Object.fromEntries(members.map(([name, schema]) => [name, change(schema, name)]));
}

/**
 * The keys that a mapping at a path of the document may have, sorted; empty where any may stand.
 * @param root the schema of the document; by default that of a declaration
 */
export function keysAt(path: readonly (string | number)[], root = specJsonSchema()): readonly string[] {
  const properties = schemasAt(path, root).flatMap((schema) =>
    Object.keys((schema['properties'] as object | undefined) ?? {}),
  );
  return [...new Set(properties)].sort();
}

/**
 * What stands at a path of the document, in words; undefined where nothing says so.
 * @param root the schema of the document; by default that of a declaration
 */
export function describeAt(path: readonly (string | number)[], root = specJsonSchema()): string | undefined {
  return schemasAt(path, root)
    .map((schema) => schema['description'])
    .find((text) => typeof text === 'string') as string | undefined;
}

function schemasAt(path: readonly (string | number)[], root: JsonSchema): JsonSchema[] {
  let candidates: JsonSchema[] = expand(root, root);
  for (const part of path) {
    candidates = candidates.flatMap((schema) => {
      const properties = schema['properties'] as Record<string, JsonSchema> | undefined;
      const known = properties !== undefined && Object.hasOwn(properties, part) ? properties[part] : undefined;
      const next = known ?? (typeof part === 'number' ? schema['items'] : undefined) ?? schema['additionalProperties'];
      return typeof next === 'object' && next !== null ? expand(next as JsonSchema, root) : [];
    });
  }
  return candidates;
}

function expand(schema: JsonSchema, root: JsonSchema, depth = 0): JsonSchema[] {
  if (depth > 20) return [];
  const reference = schema['$ref'];
  if (typeof reference === 'string') return expand(lookUp(reference, root), root, depth + 1);
  const branches = [
    ...((schema['anyOf'] as JsonSchema[] | undefined) ?? []),
    ...((schema['oneOf'] as JsonSchema[] | undefined) ?? []),
    ...((schema['allOf'] as JsonSchema[] | undefined) ?? []),
  ];
  return [schema, ...branches.flatMap((branch) => expand(branch, root, depth + 1))];
}

function lookUp(reference: string, root: JsonSchema): JsonSchema {
  let value: unknown = root;
  for (const part of reference
    .replace(/^#\/?/, '')
    .split('/')
    .filter((text) => text !== ''))
    value = (value as Record<string, unknown> | undefined)?.[part];
  return (value as JsonSchema | undefined) ?? {};
}
