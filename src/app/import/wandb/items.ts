import type { Item, ItemValue } from './record.ts';

/** The name of a path, as Weights & Biases shows it: parts separated by dots. */
export function nameOf(path: readonly string[]): string {
  return path.join('.');
}

/** Whether a name is another one or a part of it. */
export function isInside(name: string, of: string): boolean {
  return name === of || name.startsWith(`${of}.`);
}

/** Deeper values are kept as JSON. */
const deepest = 20;

/** Items without what the program keeps for itself, and with the parts of objects in their place; lists and typed objects stay. */
export function flatten(items: readonly Item[], depth = 0): Item[] {
  return items.flatMap((item) => {
    if (item.path[0] === '_wandb') return [];
    if (!isPlainObject(item.value) || depth === deepest) return [item];
    const parts = Object.entries(item.value);
    return parts.length === 0
      ? [item]
      : flatten(
          parts.map(([key, value]) => ({ path: [...item.path, key], value: value as ItemValue })),
          depth + 1,
        );
  });
}

function isPlainObject(value: ItemValue): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('_type' in value);
}

/** A value as a param: a text as it is, everything else as JSON. */
export function paramText(value: ItemValue): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : JSON.stringify(value);
}
