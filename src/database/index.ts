export type { Kysely } from 'kysely';
export type {
  Database,
  DatabaseAddress,
  InsertOptions,
  InsertTarget,
  Session,
  SqlParameter,
  SqlRow,
  SqlValue,
  TransactionOptions,
} from './database.ts';
export { type DumpedTable, dumpTable, type TableShape, tableShapes } from './dump/dump-table.ts';
export { countRows, type FilledTable, fillTables } from './dump/fill-tables.ts';
export { type Migration, type MigrationStatement, migrate, type SchemaOwner, schemaVersions } from './migrate.ts';
export { openDatabase } from './open-database.ts';
