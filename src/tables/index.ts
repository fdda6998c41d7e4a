export {
  type CallCode,
  type CodeAnswer,
  type CodeCall,
  maskBytes,
  type ProjectFunction,
  type TableBatch,
} from './call-code.ts';
export { createDuckDb } from './duckdb/duckdb-engine.ts';
export { createDuckDbProcess } from './duckdb/process/engine-process.ts';
export { engineShare } from './engine-share.ts';
export { readPostgresTable } from './postgres/read-postgres-table.ts';
export type { AllowedPlaces, Cell, EngineOptions, ParquetOptions, QueryEngine, QueryOptions } from './query-engine.ts';
export { parquetSource, quoteIdentifier, quoteLiteral, sqlTypes } from './sql-text.ts';
export { readSqliteTable } from './sqlite/read-sqlite-table.ts';
export { type Batch, type Column, type ColumnType, cellOf, columnOf, type Field, type TableSchema } from './table.ts';
export { parquetFilesSource, tableFiles } from './table-files.ts';
export type { TableReader } from './table-reader.ts';
