export type { Kysely } from 'kysely';
export type {
  Database,
  DatabaseAddress,
  InsertOptions,
  InsertTarget,
  Session,
  SqlRow,
  SqlValue,
  TransactionOptions,
} from './database.ts';
export { type Migration, migrate, type SchemaOwner } from './migrate.ts';
export { openDatabase } from './open-database.ts';
