import { type FileHandle, open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PlatformError } from '../../../errors/index.ts';
import { openDatabaseSource } from './database-source.ts';
import type { LeaveOut, MlflowSource } from './mlflow-source.ts';

const sqliteMagic = 'SQLite format 3\0';

/** What of MLflow's something is; null where it is nothing of MLflow's. */
export async function recognizeMlflow(path: string): Promise<'sqlite' | 'postgres' | null> {
  if (/^postgres(ql)?(\+\w+)?:\/\//.test(path)) return 'postgres';
  const info = await stat(fileOf(path)).catch(() => null);
  return info?.isFile() === true && (await beginsLikeSqlite(fileOf(path))) ? 'sqlite' : null;
}

/** An address of SQLAlchemy's may stand for the file. */
function fileOf(path: string): string {
  return resolve(path.replace(/^sqlite:\/\/\//, '').replace(/^file:\/\//, ''));
}

async function beginsLikeSqlite(path: string): Promise<boolean> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(path, 'r');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(sqliteMagic.length), 0, sqliteMagic.length, 0);
    return buffer.toString('latin1', 0, bytesRead) === sqliteMagic;
  } finally {
    await handle?.close();
  }
}

/**
 * Opens what a user of MLflow has: a SQLite file or an address of PostgreSQL.
 * @throws PlatformError IMPORT_NO_SOURCE, IMPORT_UNKNOWN_SCHEMA, DATABASE_UNREACHABLE, DATABASE_CORRUPT
 */
export async function openMlflowSource(path: string, leave: LeaveOut): Promise<MlflowSource> {
  const form = await recognizeMlflow(path);
  if (form === 'sqlite') return await openDatabaseSource({ kind: 'sqlite', path: fileOf(path) }, leave);
  if (form === 'postgres') {
    const url = path.replace(/^postgres(ql)?(\+\w+)?:/, 'postgres:');
    return await openDatabaseSource({ kind: 'postgres', url, schema: 'public' }, leave);
  }
  throw new PlatformError('IMPORT_NO_SOURCE', {
    message: `expected a SQLite database of MLflow's or a postgres:// address, found neither at ${path}`,
  });
}
