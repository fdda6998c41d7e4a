import { canonicalJson, type JsonObject, type JsonValue } from '../encoding/index.ts';

/**
 * Whether two signatures of MLmodel files say the same about inputs and outputs. Such a file holds them as JSON in text;
 * whether a text has spaces makes no difference.
 * @returns null where one of them is not known
 */
export function isSameSchema(one: JsonObject, other: JsonObject): boolean | null {
  if (!isKnown(one) || !isKnown(other)) return null;
  return schemaOf(one) === schemaOf(other);
}

/** Whether a signature says anything of inputs or outputs. */
export function isKnown(signature: JsonObject): boolean {
  return (signature['inputs'] ?? signature['outputs'] ?? null) !== null;
}

function schemaOf(signature: JsonObject): string {
  return canonicalJson({ inputs: parsed(signature['inputs']), outputs: parsed(signature['outputs']) });
}

function parsed(part: JsonValue | undefined): JsonValue {
  if (typeof part !== 'string') return part ?? null;
  try {
    return JSON.parse(part) as JsonValue;
  } catch {
    return part;
  }
}
