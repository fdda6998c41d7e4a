/** What of a JSON Schema (draft-07) is read here. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema | readonly JsonSchema[];
  readonly default?: unknown;
  readonly description?: string;
  readonly $ref?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

const depthLimit = 4;

/**
 * Rows `key | form | default | meaning` of every key that a schema names, nested keys with dots, `*` for a free name.
 * `depth` is how many levels below the first are shown.
 */
export function schemaRows(schema: JsonSchema, depth: number = depthLimit): string[][] {
  return rowsBelow(schema, '', depthLimit - depth);
}

function rowsBelow(schema: JsonSchema, prefix: string, depth: number): string[][] {
  if (depth > depthLimit) return [];
  const rows: string[][] = [];
  const objects = objectsOf(schema);
  for (const object of objects) {
    for (const [key, value] of Object.entries(object.properties ?? {})) {
      const path = `${prefix}${key}`;
      if (rows.some(([written]) => written === `\`${path}\``)) continue;
      const required = value.default === undefined && object.required?.includes(key);
      const always = objects.every((one) => one.required?.includes(key));
      rows.push([
        `\`${path}\``,
        typeOf(value),
        required ? (always ? '**required**' : 'in its form') : defaultOf(value),
        value.description ?? '',
      ]);
      rows.push(...rowsBelow(value, `${path}.`, depth + 1));
    }
    const free = object.additionalProperties;
    if (typeof free === 'object' && Object.keys(free).length > 0) {
      const named = objectsOf(free).some((inner) => inner.properties !== undefined);
      if (prefix === '' || !named) rows.push([`\`${prefix}*\``, typeOf(free), '', free.description ?? '']);
      rows.push(...rowsBelow(free, `${prefix}*.`, depth + 1));
    }
  }
  return rows;
}

/** The object forms of a schema: itself, alternatives, and the items of lists. */
function objectsOf(schema: JsonSchema): JsonSchema[] {
  if (schema.properties !== undefined || typeof schema.additionalProperties === 'object') return [schema];
  const nested = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  if (schema.items !== undefined && !Array.isArray(schema.items)) nested.push(schema.items as JsonSchema);
  return nested.flatMap(objectsOf);
}

function typeOf(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return 'as above';
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined)
    return unique(alternatives.filter((one) => one.type !== 'null').map(typeOf)).join(' or ');
  if (schema.type === 'array') {
    const items = schema.items;
    return items === undefined || Array.isArray(items) ? 'list' : `list of ${typeOf(items as JsonSchema)}`;
  }
  if (schema.type === 'object') return schema.properties === undefined ? 'map' : 'keys below';
  if (schema.type === undefined) return 'any';
  return [schema.type].flat().join(' or ') + rangeOf(schema);
}

function rangeOf({ minimum, maximum }: JsonSchema): string {
  const low = minimum !== undefined && Math.abs(minimum) < Number.MAX_SAFE_INTEGER ? minimum : undefined;
  const high = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  if (low !== undefined && high !== undefined) return ` ${low}–${high}`;
  if (low !== undefined) return ` ≥ ${low}`;
  return high === undefined ? '' : ` ≤ ${high}`;
}

function defaultOf(schema: JsonSchema): string {
  if (schema.default === undefined) return '';
  const text = JSON.stringify(schema.default);
  return ['{}', '[]', '""'].includes(text) ? 'none' : `\`${text.replaceAll('"', '')}\``;
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];
