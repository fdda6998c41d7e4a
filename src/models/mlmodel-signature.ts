import { parse } from 'yaml';
import type { JsonObject, JsonValue } from '../encoding/index.ts';

/**
 * The signature of an MLmodel file as it stands there: `inputs`, `outputs` and `params`, each JSON in a text.
 * @returns `{}` for a file without one, and for what is no MLmodel file
 */
export function parseMlmodelSignature(text: string): JsonObject {
  const { signature } = readDocument(text);
  if (typeof signature !== 'object' || signature === null) return {};
  const parts = ['inputs', 'outputs', 'params'].flatMap((part) => {
    const found = (signature as Readonly<Record<string, unknown>>)[part];
    return typeof found === 'string' ? [[part, found] as const] : [];
  });
  return Object.fromEntries<JsonValue>(parts);
}

function readDocument(text: string): { readonly signature?: unknown } {
  try {
    // Aliases are never written into such a file, and could make it grow without end.
    return (parse(text, { maxAliasCount: 0 }) ?? {}) as { readonly signature?: unknown };
  } catch {
    return {};
  }
}
