import type { Database, DatabaseAddress } from './database.ts';

/**
 * Opens a database. The adapter is loaded when it is chosen: a project on SQLite never loads the PostgreSQL client.
 * @throws PlatformError DATABASE_UNREACHABLE, DATABASE_READ_ONLY, DATABASE_CORRUPT
 */
export async function openDatabase(address: DatabaseAddress): Promise<Database> {
  if (address.kind === 'sqlite') {
    const { openSqlite } = await import('./sqlite/sqlite-database.ts');
    return await openSqlite(address);
  }
  const { openPostgres } = await import('./postgres/postgres-database.ts');
  return await openPostgres(address);
}
