import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type ArtifactStore, createLocalArtifacts, type StoredItem } from '../../artifacts/index.ts';
import { type Database, dumpTable, type Session, schemaVersions, tableShapes } from '../../database/index.ts';
import {
  type Digest,
  digestFile,
  formatInstant,
  isProcessAlive,
  newId,
  now,
  writeFileAtomically,
} from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { Config } from '../config.ts';
import { knownProjectId } from '../project.ts';
import { openRecord } from '../project-record.ts';
import { programVersion } from '../version.ts';
import { copyItem } from './copy-item.ts';
import { writeLines } from './line-files.ts';
import { type BackupManifest, type BackupTable, backupFormat, manifestText } from './manifest.ts';
import { isLeftOut } from './schemas.ts';

/** A backup that was made. */
export interface Backup {
  readonly folder: string;
  readonly rowCount: number;
  readonly itemCount: number;
  readonly sizeBytes: number;
  /** What of the content was not there yet from an earlier backup. */
  readonly newItemCount: number;
}

/**
 * Backs up the record of a project or the store of a server, which may go on: all tables as they are at one moment, and then
 * the content that was there at that moment. A backup that breaks off leaves nothing under its name.
 * @throws PlatformError BACKUP_INCOMPLETE, PLACE_NOT_WRITABLE and the errors of database and artifact store
 */
export async function backUp(config: Config, place: string, signal: AbortSignal): Promise<Backup> {
  const root = resolve(place);
  const record = await openRecord(config);
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
    await removeUnfinished(root);
    const unfinished = join(root, `unfinished-${process.pid}-${newId('backup')}`);
    await mkdir(join(unfinished, 'tables'), { recursive: true, mode: 0o700 });
    const { tables, components, named, createdAtMs } = await writeTables(record.metadata.database, unfinished, signal);
    const kept = await createLocalArtifacts({ root: join(root, 'artifacts') });
    const content = await copyContent(record.artifacts, kept, { signal, named, scratch: unfinished });
    const manifest: BackupManifest = {
      ...{ format: backupFormat, program: programVersion, createdAtMs, projectId: await knownProjectId(config) },
      ...{ components, tables },
      artifacts: await writeContentList(unfinished, content.items),
    };
    await writeFileAtomically(join(unfinished, 'manifest.json'), manifestText(manifest), { mode: 0o600 });
    const folder = join(root, formatInstant(createdAtMs).replaceAll(/[-:.]/g, ''));
    await rename(unfinished, folder);
    return {
      folder,
      rowCount: tables.reduce((sum, table) => sum + table.rowCount, 0),
      ...{ itemCount: manifest.artifacts.itemCount, sizeBytes: manifest.artifacts.sizeBytes },
      newItemCount: content.newItemCount,
    };
  } finally {
    await record.close();
  }
}

/** Removes what backups left that were killed. */
async function removeUnfinished(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const pid = /^unfinished-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && isProcessAlive(Number(pid), null) !== true)
      await rm(join(root, name), { recursive: true, force: true });
  }
}

interface WrittenTables {
  readonly createdAtMs: number;
  readonly components: Readonly<Record<string, number>>;
  readonly tables: readonly BackupTable[];
  /** Content that has to be there, and who names it. */
  readonly named: ReadonlyMap<Digest, string>;
}

async function writeTables(database: Database, folder: string, signal: AbortSignal): Promise<WrittenTables> {
  return await database.transaction(
    async (session) => {
      const components = Object.fromEntries(await schemaVersions(session, database.kind));
      const createdAtMs = now();
      const tables: BackupTable[] = [];
      for (const shape of await tableShapes(session, database.kind)) {
        signal.throwIfAborted();
        if (isLeftOut(shape.name)) continue;
        const path = `tables/${shape.name}.jsonl.gz`;
        const rowCount = await writeLines(join(folder, path), dumpTable(session, shape));
        tables.push({ ...shape, rowCount, path, ...(await digestOfFile(join(folder, path))) });
      }
      return { createdAtMs, components, tables, named: await namedContent(session, components) };
    },
    { snapshot: true },
  );
}

async function namedContent(
  session: Session,
  components: Readonly<Record<string, number>>,
): Promise<ReadonlyMap<Digest, string>> {
  const queries = {
    'artifact-paths': `select digest, path as who from artifact_paths
      union all select digest, 'upload ' || upload_id as who from artifact_upload_parts`,
    registry: `select package_digest as digest, model || ' ' || ordinal as who from model_versions
      where package_digest is not null`,
  };
  const named = new Map<Digest, string>();
  for (const [component, sql] of Object.entries(queries)) {
    if (!Object.hasOwn(components, component)) continue;
    for (const { digest, who } of await session.all<{ digest: Digest; who: string }>(sql)) named.set(digest, who);
  }
  return named;
}

interface CopiedContent {
  readonly items: readonly StoredItem[];
  readonly newItemCount: number;
}

async function copyContent(
  from: ArtifactStore,
  to: ArtifactStore,
  options: { readonly named: ReadonlyMap<Digest, string>; readonly signal: AbortSignal; readonly scratch: string },
): Promise<CopiedContent> {
  const { named, signal, scratch } = options;
  const there = new Set<string>();
  for await (const { kind, digest } of to.list()) there.add(`${kind} ${digest}`);
  const items: StoredItem[] = [];
  let newItemCount = 0;
  for await (const item of from.list()) {
    signal.throwIfAborted();
    if (!there.has(`${item.kind} ${item.digest}`)) {
      if (!(await copyItem(item, { from, to, scratch }))) continue;
      newItemCount++;
    }
    items.push(item);
  }
  const found = new Set(items.map(({ digest }) => digest));
  for (const [digest, who] of named) {
    if (found.has(digest)) continue;
    const message = `expected the content ${digest} of ${who} in the store, found none`;
    throw new PlatformError('BACKUP_INCOMPLETE', { message, details: { digest } });
  }
  return { items, newItemCount };
}

async function writeContentList(folder: string, items: readonly StoredItem[]): Promise<BackupManifest['artifacts']> {
  const path = 'artifacts.jsonl.gz';
  const rows = items.map(({ digest, kind, sizeBytes }) => ({ digest, kind, sizeBytes }));
  async function* all(): AsyncGenerator<readonly object[]> {
    yield rows;
  }
  const itemCount = await writeLines(join(folder, path), all());
  const sizeBytes = rows.reduce((sum, row) => sum + row.sizeBytes, 0);
  return { path, ...(await digestOfFile(join(folder, path))), itemCount, sizeBytes };
}

async function digestOfFile(path: string): Promise<{ readonly digest: Digest }> {
  const { digest } = await digestFile(path);
  return { digest };
}
