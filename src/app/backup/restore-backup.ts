import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type ArtifactStore, createLocalArtifacts, type StoredItem } from '../../artifacts/index.ts';
import {
  countRows,
  type Database,
  type FilledTable,
  fillTables,
  migrate,
  openDatabase,
  type SchemaOwner,
} from '../../database/index.ts';
import { writeFileAtomically } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { keepRemovedIds } from '../../tracking/index.ts';
import type { Config } from '../config.ts';
import { copyItem } from './copy-item.ts';
import { readLines } from './line-files.ts';
import { damaged, type FoundBackup, findBackup } from './manifest.ts';
import { isLeftOut, recordSchemas, seededTables } from './schemas.ts';

/** A backup that was restored. */
export interface Restored {
  readonly folder: string;
  readonly createdAtMs: number;
  readonly rowCount: number;
  readonly itemCount: number;
}

type Content = Pick<StoredItem, 'digest' | 'kind' | 'sizeBytes'>;

/**
 * Restores a backup to an empty place, on SQLite or PostgreSQL, whichever it was made from. Everything is compared with its
 * digest before anything is written; all rows come at once, as the last of what is written.
 * @param config whose record it becomes
 * @throws PlatformError BACKUP_NONE, BACKUP_DAMAGED, BACKUP_NEWER, BACKUP_TARGET_TAKEN and the errors of database and store
 */
export async function restoreBackup(config: Config, place: string, signal: AbortSignal): Promise<Restored> {
  const backup = await findBackup(resolve(place));
  const owners = ownersOf(backup);
  const from = createLocalArtifacts({ root: backup.store });
  const content = await verifiedContent(backup, from, signal);
  const { stateDir } = config;
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const database = await openTarget(config);
  try {
    await requireFree(database, config);
    const to = createLocalArtifacts({ root: join(stateDir, 'artifacts') });
    await copyAll(content, { from, to, stateDir }, signal);
    for (const owner of owners) await migrate(database, owner);
    await fillTables(
      database,
      backup.manifest.tables.map((table) => filledFrom(backup, table)),
    );
    for (const owner of recordSchemas) await migrate(database, owner);
    await keepRemovedIds(database);
    await keepProject(backup, stateDir);
  } finally {
    await database.close();
  }
  const { folder, manifest } = backup;
  const rowCount = manifest.tables.reduce((sum, table) => sum + table.rowCount, 0);
  return { folder, createdAtMs: manifest.createdAtMs, rowCount, itemCount: content.length };
}

/** The modules with the versions that the backup has. @throws PlatformError BACKUP_NEWER */
function ownersOf({ manifest, folder }: FoundBackup): SchemaOwner[] {
  const { components, program } = manifest;
  const known = new Map(recordSchemas.map((owner) => [owner.component, owner.migrations.length]));
  for (const [component, version] of Object.entries(components)) {
    const newest = known.get(component) ?? 0;
    if (version <= newest) continue;
    const message = `expected tables of ${component} of version ${newest} or older in ${folder}, which mlspec ${program} made, found version ${version}`;
    throw new PlatformError('BACKUP_NEWER', { message, details: { component, found: version, newest } });
  }
  return recordSchemas.map((owner) => ({
    ...owner,
    migrations: owner.migrations.slice(0, components[owner.component] ?? 0),
  }));
}

async function verifiedContent(backup: FoundBackup, from: ArtifactStore, signal: AbortSignal): Promise<Content[]> {
  const content: Content[] = [];
  for await (const portion of readLines<Content>(join(backup.folder, backup.manifest.artifacts.path)))
    content.push(...portion);
  for (const { digest, kind } of content) {
    signal.throwIfAborted();
    const found = await from.verify(digest, { kind });
    if (found !== 'ok') throw damaged(`expected the content ${digest} in ${backup.store}, found that it is ${found}`);
  }
  return content;
}

async function openTarget({ metadataUrl, stateDir }: Config): Promise<Database> {
  if (metadataUrl !== null) return await openDatabase({ kind: 'postgres', url: metadataUrl });
  return await openDatabase({ kind: 'sqlite', path: join(stateDir, 'metadata.db') });
}

async function requireFree(database: Database, { stateDir }: Config): Promise<void> {
  const rowCount = await countRows(database, database.kind, {
    except: (table) => isLeftOut(table) || seededTables.includes(table),
  });
  const taken = rowCount > 0 ? database.location : existsSync(join(stateDir, 'project.json')) ? stateDir : null;
  if (taken === null) return;
  const found = rowCount > 0 ? `${rowCount} rows` : 'a project';
  throw new PlatformError('BACKUP_TARGET_TAKEN', { message: `expected nothing in ${taken}, found ${found}` });
}

async function copyAll(
  content: readonly Content[],
  { from, to, stateDir }: { readonly from: ArtifactStore; readonly to: ArtifactStore; readonly stateDir: string },
  signal: AbortSignal,
): Promise<void> {
  const scratch = await mkdtemp(join(stateDir, 'restore-'));
  try {
    for (const item of content) {
      signal.throwIfAborted();
      if (!(await copyItem(item, { from, to, scratch })))
        throw damaged(`expected the content ${item.digest}, found none`);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function filledFrom({ folder, manifest }: FoundBackup, table: FoundBackup['manifest']['tables'][number]): FilledTable {
  const { name, columns, primaryKey, path, rowCount } = table;
  async function* rows(): AsyncGenerator<(string | number | null)[][]> {
    let count = 0;
    for await (const portion of readLines<(string | number | null)[]>(join(folder, path))) {
      count += portion.length;
      yield portion;
    }
    if (count !== rowCount)
      throw damaged(`expected ${rowCount} rows of ${name} in the backup of form ${manifest.format}, found ${count}`);
  }
  return { name, columns, primaryKey, rows };
}

/** The lasting id of the project names the keys that its sealed parts need. */
async function keepProject({ manifest }: FoundBackup, stateDir: string): Promise<void> {
  if (manifest.projectId === null) return;
  await writeFileAtomically(join(stateDir, 'project.json'), `${JSON.stringify({ id: manifest.projectId })}\n`);
}
