import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PlatformError } from '../../../errors/index.ts';
import type { LeaveOut } from '../import-report.ts';
import { openDatabaseSource } from './database-source.ts';
import { openFolderSource } from './folder-source.ts';
import type { MlflowSource } from './mlflow-source.ts';

const sqliteMagic = 'SQLite format 3\0';

/** What of MLflow's something is; null where it is nothing of MLflow's. */
export async function recognizeMlflow(path: string): Promise<'sqlite' | 'postgres' | 'folder' | null> {
  if (/^postgres(ql)?(\+\w+)?:\/\//.test(path)) return 'postgres';
  const info = await stat(fileOf(path)).catch(() => null);
  if (info?.isFile() === true) return (await beginsLikeSqlite(fileOf(path))) ? 'sqlite' : null;
  return info?.isDirectory() === true && (await looksLikeMlruns(fileOf(path))) ? 'folder' : null;
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

/** Experiments are folders with a meta.yaml, named by digits; deleted ones lie in .trash, registered models in models. */
async function looksLikeMlruns(path: string): Promise<boolean> {
  const entries = await readdir(path, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  if (folders.includes('.trash')) return true;
  const candidates = folders.filter((name) => /^\d+$/.test(name)).slice(0, 100);
  for (const name of candidates) {
    if ((await stat(join(path, name, 'meta.yaml')).catch(() => null))?.isFile() === true) return true;
  }
  return false;
}

/**
 * Opens what a user of MLflow has: a SQLite file, an address of PostgreSQL or a folder mlruns.
 * @throws PlatformError IMPORT_NO_SOURCE, IMPORT_UNKNOWN_SCHEMA, DATABASE_UNREACHABLE, DATABASE_CORRUPT
 */
export async function openMlflowSource(path: string, leave: LeaveOut): Promise<MlflowSource> {
  const form = await recognizeMlflow(path);
  if (form === 'sqlite') return await openDatabaseSource({ kind: 'sqlite', path: fileOf(path) }, leave);
  if (form === 'postgres') {
    const url = path.replace(/^postgres(ql)?(\+\w+)?:/, 'postgres:');
    return await openDatabaseSource({ kind: 'postgres', url, schema: 'public' }, leave);
  }
  if (form === 'folder') return openFolderSource(fileOf(path), leave);
  throw new PlatformError('IMPORT_NO_SOURCE', {
    message: `expected a SQLite database of MLflow's, a postgres:// address or a folder mlruns with experiments, found none of them at ${path}`,
  });
}
