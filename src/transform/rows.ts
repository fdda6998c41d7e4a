import { PlatformError } from '../errors/index.ts';
import type { Batch, Column } from '../tables/index.ts';
import type { TransformInput } from './graph.ts';
import { parseDate, parseTimestamp } from './text/calendar.ts';

/** One row as a request brings it: JSON values by column name. */
export type Row = Readonly<Record<string, unknown>>;

/** One feature value: a number (also NaN and infinities), a text, or null where missing. */
export type FeatureValue = number | string | null;

const LARGEST_INTEGER = 9007199254740992;

/**
 * Rows of JSON values as a batch with the columns that a transformation reads. Absent and null are missing. Dates are texts
 * `2001-01-31` or days since 1970, timestamps ISO 8601 texts or microseconds since 1970. Further keys are ignored.
 * @throws PlatformError TRANSFORM_INPUT_TYPE naming row and column
 */
export function batchFromRows(inputs: readonly TransformInput[], rows: readonly Row[]): Batch {
  return {
    schema: { fields: inputs.map(({ name, type }) => ({ name, type })) },
    rowCount: rows.length,
    columns: inputs.map((input) => columnFromRows(input, rows)),
  };
}

function valueIn(row: Row, name: string): unknown {
  return Object.hasOwn(row, name) ? (row[name] ?? null) : null;
}

function columnFromRows(input: TransformInput, rows: readonly Row[]): Column {
  if (input.type === 'string') {
    const values = rows.map((row, index) => {
      const value = valueIn(row, input.name);
      if (value === null) return null;
      if (typeof value === 'string') return value.toWellFormed();
      throw wrongValue(input, index, value);
    });
    const absent = values.includes(null);
    return {
      type: 'string',
      values,
      valid: absent ? Uint8Array.from(values, (value) => (value === null ? 0 : 1)) : null,
    };
  }
  const values = input.type === 'boolean' ? new Uint8Array(rows.length) : new Float64Array(rows.length);
  let valid: Uint8Array | null = null;
  for (let i = 0; i < rows.length; i++) {
    const value = valueIn(rows[i]!, input.name);
    if (value === null) {
      valid ??= new Uint8Array(rows.length).fill(1);
      valid[i] = 0;
      continue;
    }
    const number = numberOf(input.type, value);
    if (number === null) throw wrongValue(input, i, value);
    values[i] = number;
  }
  return { type: input.type, values, valid } as Column;
}

function numberOf(type: TransformInput['type'], value: unknown): number | null {
  switch (type) {
    case 'boolean':
      if (typeof value === 'boolean') return value ? 1 : 0;
      return value === 0 || value === 1 ? value : null;
    case 'int64':
      if (typeof value === 'boolean') return value ? 1 : 0;
      return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= LARGEST_INTEGER ? value : null;
    case 'date':
      return typeof value === 'string' ? parseDate(value) : typeof value === 'number' ? numberOf('int64', value) : null;
    case 'timestamp':
      return typeof value === 'string'
        ? parseTimestamp(value)
        : typeof value === 'number'
          ? numberOf('int64', value)
          : null;
    default:
      if (typeof value === 'boolean') return value ? 1 : 0;
      return typeof value === 'number' ? value : null;
  }
}

function wrongValue(input: TransformInput, row: number, value: unknown): PlatformError {
  const found =
    typeof value === 'object' ? 'an object or list' : `${typeof value} ${JSON.stringify(value)?.slice(0, 60)}`;
  return new PlatformError('TRANSFORM_INPUT_TYPE', {
    message: `row ${row}: ${input.name} is ${found}; expected ${input.type}`,
    details: { column: input.name, expected: input.type, row },
  });
}

/** A batch as rows of values by column name, null where missing. For few rows: requests, previews, tests. */
export function rowsFromBatch(batch: Batch): Record<string, FeatureValue>[] {
  const rows: Record<string, FeatureValue>[] = Array.from({ length: batch.rowCount }, () => ({}));
  batch.columns.forEach((column, index) => {
    const name = batch.schema.fields[index]!.name;
    for (let i = 0; i < rows.length; i++) {
      const present = column.valid === null || column.valid[i] === 1;
      rows[i]![name] = present ? column.values[i]! : null;
    }
  });
  return rows;
}
