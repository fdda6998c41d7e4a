import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DatabaseAddress, openDatabase } from '../../src/database/index.ts';
import { newId } from '../../src/encoding/index.ts';
import { postgresUrl } from '../../test/contract/databases.ts';

/** Which database a server keeps its tables in. */
export type DatabaseKind = 'SQLite' | 'PostgreSQL';

/** A folder and a database for one server, empty at first. */
export interface Place {
  readonly kind: DatabaseKind;
  readonly folder: string;
  /** PostgreSQL: the address of the database. */
  readonly url: string | null;
  dispose(): Promise<void>;
}

/** Makes a place; a PostgreSQL one is a database of its own on the server of the tests. */
export async function newPlace(kind: DatabaseKind, folder: string): Promise<Place> {
  mkdirSync(folder, { recursive: true });
  if (kind === 'SQLite') return { kind, folder, url: null, dispose: async () => undefined };
  const name = newId('bench').toLowerCase();
  await onServer(`create database ${name}`);
  const url = new URL(postgresUrl);
  url.pathname = name;
  return { kind, folder, url: url.href, dispose: () => onServer(`drop database ${name} with (force)`) };
}

async function onServer(sql: string): Promise<void> {
  const database = await openDatabase({ kind: 'postgres', url: postgresUrl, schema: 'public' });
  try {
    await database.run(sql);
  } finally {
    await database.close();
  }
}

/** The database of our server in a place. */
export function ownDatabase({ folder, url }: Place): DatabaseAddress {
  return url === null ? { kind: 'sqlite', path: join(folder, 'metadata.db') } : { kind: 'postgres', url };
}
