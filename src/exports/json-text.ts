import type { JsonValue } from '../encoding/index.ts';

/**
 * A document as JSON text, two spaces deep, ending in a line end. Members that are undefined are left out, lone surrogates
 * replaced, since validators read UTF-8.
 */
export function jsonText(document: unknown): string {
  const text = JSON.stringify(
    document,
    (_, value: unknown) => (typeof value === 'string' ? value.toWellFormed() : value),
    2,
  );
  return `${text}\n`;
}

/** A value as short text: texts as they are, everything else as JSON. */
export function valueText(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value.toWellFormed() : JSON.stringify(value ?? null);
}

/** A member with a list; none where the list is empty. */
export function listed(name: string, list: readonly unknown[]): object {
  return list.length === 0 ? {} : { [name]: list };
}
