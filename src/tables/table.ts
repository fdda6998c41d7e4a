/**
 * The type of a column. `date` counts days and `timestamp` microseconds since 1970-01-01 UTC (exact from 1684 to 2255,
 * beyond that to the next microsecond that a double holds). An `int64` beyond ±2^53 cannot be held by a batch: reading one
 * is an error, cast it to text in SQL.
 */
export type ColumnType = 'boolean' | 'int64' | 'float64' | 'string' | 'date' | 'timestamp';

/** A column's name and type. */
export interface Field {
  readonly name: string;
  readonly type: ColumnType;
}

/** The columns of a table, in order. */
export interface TableSchema {
  readonly fields: readonly Field[];
}

/**
 * The values of a column in a batch: one a row. `valid` has one byte a row, 1 where a value is present; null means that
 * all are. NaN in `values` is a value, not a missing one; what stands where nothing is present has no meaning.
 */
export type Column =
  | { readonly type: 'boolean'; readonly values: Uint8Array; readonly valid: Uint8Array | null }
  | {
      readonly type: 'int64' | 'float64' | 'date' | 'timestamp';
      readonly values: Float64Array;
      readonly valid: Uint8Array | null;
    }
  | { readonly type: 'string'; readonly values: readonly (string | null)[]; readonly valid: Uint8Array | null };

/** Rows of a table, column by column. */
export interface Batch {
  readonly schema: TableSchema;
  readonly rowCount: number;
  readonly columns: readonly Column[];
}

/** A column of a batch by name, or null. */
export function columnOf(batch: Batch, name: string): Column | null {
  const index = batch.schema.fields.findIndex((field) => field.name === name);
  return index < 0 ? null : batch.columns[index]!;
}

/** A cell as a plain value: null where missing; booleans as booleans, everything else as it is held. */
export function cellOf(column: Column, row: number): number | string | boolean | null {
  if (column.valid !== null && column.valid[row] === 0) return null;
  if (column.type === 'boolean') return column.values[row] === 1;
  return column.values[row] ?? null;
}
