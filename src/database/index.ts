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
export { type Migration, type MigrationStatement, migrate, type SchemaOwner } from './migrate.ts';
export { openDatabase } from './open-database.ts';
