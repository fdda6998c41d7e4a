import { PlatformError } from '../errors/index.ts';
import type { Batch, Column, TableSchema } from './table.ts';

/** Fills columns value by value. Numbers stand as they are held: days, microseconds, 0 and 1. */
export interface BatchBuilder {
  readonly rowCount: number;
  add(values: readonly (number | string | null)[]): void;
  /** The rows so far; begins anew. */
  take(): Batch;
}

/** A builder of batches of at most `capacity` rows. */
export function batchBuilder(schema: TableSchema, capacity: number): BatchBuilder {
  let held = emptyColumns(schema, capacity);
  let rowCount = 0;
  return {
    get rowCount() {
      return rowCount;
    },
    add(values) {
      held.forEach((column, index) => {
        const value = values[index] ?? null;
        if (value === null) column.valid[rowCount] = 0;
        column.values[rowCount] = (column.type === 'string' || value !== null ? value : 0) as never;
      });
      rowCount++;
    },
    take() {
      const columns = held.map((column): Column => {
        const valid = column.valid.subarray(0, rowCount);
        return {
          type: column.type,
          values: column.values.slice(0, rowCount),
          valid: valid.includes(0) ? valid : null,
        } as Column;
      });
      const batch = { schema, rowCount, columns };
      held = emptyColumns(schema, capacity);
      rowCount = 0;
      return batch;
    },
  };
}

function emptyColumns(schema: TableSchema, capacity: number) {
  return schema.fields.map(({ type }) => ({
    type,
    values:
      type === 'string'
        ? new Array<string | null>(capacity)
        : type === 'boolean'
          ? new Uint8Array(capacity)
          : new Float64Array(capacity),
    valid: new Uint8Array(capacity).fill(1),
  }));
}

/** A whole number that a double holds. @throws PlatformError TABLE_INTEGER_TOO_LARGE naming the column */
export function exactInteger(value: bigint, column: string): number {
  if (value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  throw new PlatformError('TABLE_INTEGER_TOO_LARGE', {
    message: `column ${column} holds ${value}, a whole number beyond ±2^53, which a feature cannot hold exactly`,
    hint: 'Read a view of the table that casts the column to text.',
    details: { column },
  });
}
