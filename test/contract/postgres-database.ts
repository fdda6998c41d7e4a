import { openDatabase } from '../../src/database/index.ts';
import { newId } from '../../src/encoding/index.ts';
import { postgresUrl } from './databases.ts';

/** A database of PostgreSQL for one test: what a program starts on takes no schema. */
export interface PostgresDatabase {
  readonly url: string;
  /** Removes it, whoever is connected. */
  remove(): Promise<void>;
}

/** Makes one beside the database of the tests. */
export async function newPostgresDatabase(): Promise<PostgresDatabase> {
  const name = newId('test').toLowerCase();
  const admin = await openDatabase({ kind: 'postgres', url: postgresUrl, schema: 'public' });
  await admin.run(`create database ${name}`);
  const address = new URL(postgresUrl);
  address.pathname = `/${name}`;
  return {
    url: address.href,
    remove: async () => {
      await admin.run(`drop database if exists ${name} with (force)`);
      await admin.close();
    },
  };
}

/** Does something with one, which is removed after it. */
export async function withPostgresDatabase(work: (url: string) => Promise<void>): Promise<void> {
  const database = await newPostgresDatabase();
  try {
    await work(database.url);
  } finally {
    await database.remove();
  }
}
