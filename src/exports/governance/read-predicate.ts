/** Predicates of statements, read without a form: whoever signed them may have written anything. */

/** What stands in nested mappings under these names; undefined where there is nothing. */
export function valueIn(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>((at, name) => {
    const isMapping = typeof at === 'object' && at !== null && !Array.isArray(at) && Object.hasOwn(at, name);
    return isMapping ? (at as Record<string, unknown>)[name] : undefined;
  }, value);
}

/** A text or number in a mapping, as text; empty where there is none. */
export function textIn(value: unknown, name: string): string {
  const found = valueIn(value, name);
  return typeof found === 'string' ? found : typeof found === 'number' ? String(found) : '';
}

/** A list in a mapping; empty where there is none. */
export function listIn(value: unknown, name: string): readonly unknown[] {
  const found = valueIn(value, name);
  return Array.isArray(found) ? found : [];
}
