import type { Batch, TableSchema } from './table.ts';

/** A table of another system, read once, row by row, in an order that is the same each time. */
export interface TableReader {
  readonly schema: TableSchema;
  batches(signal?: AbortSignal): AsyncIterable<Batch>;
  close(): Promise<void>;
}
