/** Removing logged models, experiments, and the paths of what is gone. */
import type { Database, Session } from '../../database/index.ts';
import { now } from '../../encoding/index.ts';
import { isPlatformError } from '../../errors/index.ts';
import { defaultLocation } from '../artifact-location.ts';
import type { ArtifactPath } from '../artifacts/artifact-path.ts';
import { insideOf } from '../artifacts/artifact-paths.ts';
import { contentCount, type DeletedRow, locations, others } from './find-deleted.ts';
import { ownedFolder } from './owned-folder.ts';
import type { RemovalRequest } from './removal.ts';
import { noteFolder, type Outcome, type Take, takeEach } from './take-each.ts';

/** Paths that one transaction removes. */
const pathsAtOnce = 2000;
/** Longer than an upload in parts may take: until then one may still end in a folder that is gone. */
const rememberedMs = 8 * 24 * 3600 * 1000;

/** Removes logged models that are deleted, or are in a deleted experiment, and that nobody needs. */
export async function removeModels(
  database: Database,
  rows: readonly DeletedRow[],
  request: RemovalRequest,
): Promise<Outcome> {
  // Whoever writes to the model meanwhile waits for this, and then does not find it.
  const mark = `update logged_models set lifecycle = 'deleted' where model_id = ? and (lifecycle = 'deleted'
    or experiment_id in (select id from experiments where lifecycle = 'deleted'))`;
  const remove: Take = async (session, row) => {
    if ((await session.run(mark, [row.row])) !== 1) return false;
    for (const table of ['logged_model_params', 'logged_model_tags', 'logged_model_metrics', 'logged_models'])
      await session.run(`delete from ${table} where model_id = ?`, [row.row]);
    return true;
  };
  return await takeEach(database, { rows, request, take: remove });
}

/** Removes a deleted experiment in which nothing is left. Its id is never given again. */
export async function removeExperiment(database: Database, row: DeletedRow, request: RemovalRequest): Promise<Outcome> {
  const stays = (why: string): Outcome => ({ removed: [], held: [{ kind: row.kind, id: row.id, why }] });
  try {
    return await database.transaction(async (session) => {
      const why = (await request.holds(session, 'remove'))(row) ?? (await whyNotEmpty(session, row));
      if (why !== null) return stays(why);
      const mark = "update experiments set lifecycle = 'deleted' where id = ? and lifecycle = 'deleted'";
      if ((await session.run(mark, [row.row])) === 0) return { removed: [], held: [] };
      await noteFolder(session, await experimentFolder(session, row));
      for (const table of ['experiment_tags', 'datasets', 'traces'])
        await session.run(`delete from ${table} where experiment_id = ?`, [row.row]);
      await session.run('delete from experiments where id = ?', [row.row]);
      const target = { table: 'removed_experiments', columns: ['experiment_id', 'removed_at_ms'] };
      await session.insert(target, [[row.row, now()]], { onConflict: 'nothing' });
      return { removed: [row], held: [] };
    });
  } catch (error) {
    if (isPlatformError(error) && error.code === 'DATABASE_CONSTRAINT') return stays('something still refers to it');
    throw error;
  }
}

async function whyNotEmpty(session: Session, { experiment }: DeletedRow): Promise<string | null> {
  const left = await contentCount(session, experiment);
  return left === 0 ? null : `${left} of its runs and logged models stay`;
}

/** The folder of an experiment, where nobody else has something in it. */
async function experimentFolder(session: Session, row: DeletedRow): Promise<ArtifactPath | null> {
  const folder = ownedFolder(row, others(await locations(session), row));
  if (folder === null || row.artifactUri !== defaultLocation(row.experiment)) return null;
  for (const table of ['tracked_runs', 'logged_models']) {
    const sql = `select 1 from ${table} where artifact_uri like ? and experiment_id <> ? limit 1`;
    if ((await session.first(sql, [`${row.artifactUri}/%`, row.experiment])) !== null) return null;
  }
  return folder;
}

/** Removes the paths in folders of things that are gone, and the uploads to there. */
export async function removeFolders(database: Database, signal: AbortSignal | undefined): Promise<void> {
  const rows = await database.all<{ folder: ArtifactPath }>('select folder from removed_folders order by folder');
  for (const { folder } of rows) {
    await removeUploads(database, folder);
    for (let removed = pathsAtOnce; removed >= pathsAtOnce; ) {
      signal?.throwIfAborted();
      removed = await removePaths(database, folder);
    }
  }
  await database.run('delete from removed_folders where removed_at_ms < ?', [now() - rememberedMs]);
}

async function removePaths(database: Database, folder: ArtifactPath): Promise<number> {
  const { start, end } = insideOf(folder);
  const some = `select path from artifact_paths where path >= ? and path < ? order by path limit ${pathsAtOnce}`;
  return await database.run(`delete from artifact_paths where path in (${some})`, [start, end]);
}

async function removeUploads(database: Database, folder: ArtifactPath): Promise<void> {
  const { start, end } = insideOf(folder);
  const path = database.kind === 'postgres' ? 'path collate "C"' : 'path';
  const uploads = `select upload_id from artifact_uploads where ${path} >= ? and ${path} < ?`;
  await database.transaction(async (session) => {
    await session.run(`delete from artifact_upload_parts where upload_id in (${uploads})`, [start, end]);
    await session.run(`delete from artifact_uploads where upload_id in (${uploads})`, [start, end]);
  });
}
