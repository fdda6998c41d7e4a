import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, type DatabaseAddress, openDatabase } from '../../src/database/index.ts';
import { newId } from '../../src/encoding/index.ts';
import { leftOut } from '../left-out.ts';

/** A database of its own for one test file, openable as often as wanted. */
export interface TestDatabase {
  readonly address: DatabaseAddress;
  open(): Promise<Database>;
  dispose(): Promise<void>;
}

/** The address of the tests' PostgreSQL: `MLSPEC_TEST_POSTGRES`, else the one that runs here. */
export const postgresUrl = process.env['MLSPEC_TEST_POSTGRES'] ?? 'postgres://root@127.0.0.1:5432/test';

/** A new SQLite file in a new folder. */
export async function newSqlite(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'sqlite-'));
  const address = { kind: 'sqlite', path: join(folder, 'metadata.db') } as const;
  return {
    address,
    open: () => openDatabase(address),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A new schema in the PostgreSQL database that the tests may use. */
export async function newPostgres(): Promise<TestDatabase> {
  const schema = newId('test').toLowerCase();
  const address = { kind: 'postgres', url: postgresUrl, schema, connectionLimit: 4 } as const;
  return {
    address,
    open: () => openDatabase(address),
    dispose: async () => {
      const database = await openDatabase(address);
      await database.run(`drop schema ${schema} cascade`);
      await database.close();
    },
  };
}

/** Whether the PostgreSQL of the tests answers. Where it does not, its suites are skipped by name. */
export async function hasPostgres(): Promise<boolean> {
  try {
    await (await openDatabase({ kind: 'postgres', url: postgresUrl, schema: 'public' })).close();
    return true;
  } catch (error) {
    return leftOut('what needs PostgreSQL (MLSPEC_TEST_POSTGRES says where it is)', error);
  }
}
