import type { DuckDBConnection, DuckDBDataChunk, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import type { Batch, Column, TableSchema } from '../table.ts';
import { appendingType } from './column-types.ts';

const chunkRows = 2_048;

/** The names that the adapter of DuckDB gives to what it needs of the driver. */
export interface Driver {
  readonly DuckDBDataChunk: { create(types: readonly DuckDBType[], rowCount?: number): DuckDBDataChunk };
  readonly types: { readonly DOUBLE: DuckDBType; readonly BOOLEAN: DuckDBType; readonly VARCHAR: DuckDBType };
}

/** Appends batches to a table whose columns have the appending types. Returns how many rows. */
export async function appendTo(
  connection: DuckDBConnection,
  table: string,
  work: {
    readonly driver: Driver;
    readonly schema: TableSchema;
    readonly batches: AsyncIterable<Batch> | Iterable<Batch>;
  },
): Promise<number> {
  const appender = await connection.createAppender(table);
  const types = work.schema.fields.map((field) => work.driver.types[appendingType(field.type)]);
  let rowCount = 0;
  try {
    for await (const batch of work.batches) {
      for (let from = 0; from < batch.rowCount; from += chunkRows) {
        const count = Math.min(chunkRows, batch.rowCount - from);
        const chunk = work.driver.DuckDBDataChunk.create(types, count);
        batch.columns.forEach((column, index) => {
          fillColumn(chunk, index, { column, from, count });
        });
        appender.appendDataChunk(chunk);
      }
      rowCount += batch.rowCount;
    }
  } finally {
    appender.closeSync();
  }
  return rowCount;
}

function fillColumn(
  chunk: DuckDBDataChunk,
  index: number,
  part: { readonly column: Column; readonly from: number; readonly count: number },
): void {
  const { column, from, count } = part;
  if (column.type !== 'string' && column.type !== 'boolean' && column.valid === null) {
    const vector = chunk.getColumnVector(index) as unknown as { items: Float64Array; flush(): void };
    vector.items.set(column.values.subarray(from, from + count));
    vector.flush();
    return;
  }
  chunk.setColumnValues(index, cells(column, from, count));
}

function cells(column: Column, from: number, count: number): DuckDBValue[] {
  return Array.from({ length: count }, (_, row): DuckDBValue => {
    const at = from + row;
    if (column.valid !== null && column.valid[at] === 0) return null;
    return column.type === 'boolean' ? column.values[at] === 1 : (column.values[at] ?? null);
  });
}
