/**
 * What a backup is. A folder holds any number of backups and the content of all of them, once:
 *
 *   artifacts/              a store of content by digest
 *   20261122T014100Z/       one backup
 *     manifest.json         what is in it, with the digests of the files and its own
 *     artifacts.jsonl.gz    digest, kind and size of all content
 *     tables/NAME.jsonl.gz  rows of a table in the order of its key; integers as their digits
 *
 * It appears under its name once it is whole. Tables are written down alike from SQLite and PostgreSQL.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DumpedTable } from '../../database/index.ts';
import { type Digest, digestFile, digestJson, type JsonObject, pathExists } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';

/** The only form so far. */
export const backupFormat = 1;

/** A file of a backup. */
export interface BackupFile {
  /** Below the folder of the backup. */
  readonly path: string;
  readonly digest: Digest;
}

/** A table in a backup. */
export interface BackupTable extends DumpedTable, BackupFile {}

/** What a backup holds. */
export interface BackupManifest {
  readonly format: number;
  readonly program: string;
  readonly createdAtMs: number;
  /** The lasting id of the project; null where none was given yet. */
  readonly projectId: string | null;
  /** The version of each module's tables. */
  readonly components: Readonly<Record<string, number>>;
  readonly tables: readonly BackupTable[];
  readonly artifacts: BackupFile & { readonly itemCount: number; readonly sizeBytes: number };
}

/** A backup that was found and is whole. */
export interface FoundBackup {
  readonly folder: string;
  /** The store of its content. */
  readonly store: string;
  readonly manifest: BackupManifest;
}

/** The text of a manifest, with its own digest. */
export function manifestText(manifest: BackupManifest): string {
  const digest = digestJson(manifest as unknown as JsonObject);
  return `${JSON.stringify({ ...manifest, digest }, null, 2)}\n`;
}

/**
 * Finds a backup, the newest of a folder or one itself, and compares its files with their digests.
 * @throws PlatformError BACKUP_NONE, BACKUP_NEWER, BACKUP_DAMAGED
 */
export async function findBackup(place: string): Promise<FoundBackup> {
  const folder = (await isBackup(place)) ? place : await newestIn(place);
  const manifest = parseManifest(await readFile(join(folder, 'manifest.json'), 'utf8'), folder);
  for (const { path, digest } of [...manifest.tables, manifest.artifacts]) {
    const found = await digestFile(join(folder, path)).then(
      (file) => file.digest,
      () => 'nothing',
    );
    if (found !== digest) throw damaged(`expected ${path} with the digest ${digest} in ${folder}, found ${found}`);
  }
  return { folder, store: join(folder, '..', 'artifacts'), manifest };
}

async function isBackup(folder: string): Promise<boolean> {
  return await pathExists(join(folder, 'manifest.json'));
}

/** The names of the backups in a folder, the oldest first. */
export async function backupNames(place: string): Promise<string[]> {
  const found: string[] = await readdir(place).catch(() => []);
  const names = found.filter((name) => /^\d{8}T\d{6}\d*Z$/.test(name));
  return names.sort();
}

async function newestIn(place: string): Promise<string> {
  const newest = (await backupNames(place)).at(-1);
  if (newest !== undefined) return join(place, newest);
  throw new PlatformError('BACKUP_NONE', { message: `expected a backup in ${place}, found none` });
}

function parseManifest(text: string, folder: string): BackupManifest {
  const read = parseObject(text, folder);
  const { digest, ...manifest } = read;
  if (typeof manifest['format'] === 'number' && manifest['format'] > backupFormat) {
    const found = `form ${manifest['format']}`;
    throw new PlatformError('BACKUP_NEWER', { message: `expected a backup of form ${backupFormat}, found ${found}` });
  }
  if (manifest['format'] === backupFormat && digestJson(manifest) === digest)
    return manifest as unknown as BackupManifest;
  throw damaged(`expected the manifest of ${folder} with its own digest, found another one`);
}

function parseObject(text: string, folder: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch {
    // Told below, like everything else that is no manifest.
  }
  throw damaged(`expected a manifest in ${folder}, found something else`);
}

/** A backup that is not what was written. */
export function damaged(message: string): PlatformError {
  return new PlatformError('BACKUP_DAMAGED', { message });
}
