import type { Expression } from './ast.ts';

/** A record without a prototype, so that no argument name can be mistaken for an inherited member. */
export function toRecord(entries: readonly (readonly [string, Expression])[]): Record<string, Expression> {
  const record: Record<string, Expression> = Object.create(null);
  for (const [name, value] of entries) record[name] = value;
  return record;
}
