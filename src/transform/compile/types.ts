import type { ColumnType } from '../../tables/index.ts';
import type { Accepts } from '../functions/entry.ts';

/** Whether a column of a type may stand where a parameter accepts a kind. */
export function accepts(kind: Accepts, type: ColumnType): boolean {
  switch (kind) {
    case 'number':
      return type === 'boolean' || type === 'int64' || type === 'float64';
    case 'text':
      return type === 'string';
    case 'time':
      return type === 'date' || type === 'timestamp';
    case 'timestamp':
    case 'boolean':
      return type === kind;
    default:
      return true;
  }
}

/** How an expected kind is called in messages. */
export const kindNames: Readonly<Record<Accepts, string>> = {
  number: 'a number',
  text: 'text',
  time: 'a date or timestamp',
  timestamp: 'a timestamp',
  boolean: 'a condition',
  any: 'any value',
};

/** The types a column can be cast to. */
export const columnTypes: readonly ColumnType[] = ['float64', 'int64', 'string', 'boolean', 'date', 'timestamp'];

/** The type that values of both types have together, or null where they have none. */
export function commonType(a: ColumnType, b: ColumnType): ColumnType | null {
  if (a === b) return a;
  if (!accepts('number', a) || !accepts('number', b)) return null;
  return a === 'float64' || b === 'float64' ? 'float64' : 'int64';
}

/** The type of a constant in a graph. */
export function constantType(value: string | number | boolean): ColumnType {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'boolean';
  return Number.isSafeInteger(value) ? 'int64' : 'float64';
}
