/* What was logged at a place, and by whom: asked within the transactions of others who decide by it. */
import type { Session } from '../database/index.ts';
import { type Digest, digestJson } from '../encoding/index.ts';
import { isPlatformError } from '../errors/index.ts';
import { insideOf } from './artifacts/artifact-paths.ts';
import { artifactRootOf } from './artifacts/artifact-root.ts';
import { storable } from './names.ts';

/** One digest of all files at an address, with their names below it; null where this server does not keep what is there. */
export async function contentAt(session: Session, address: string): Promise<Digest | null> {
  const folder = folderOf(address);
  if (folder === null) return null;
  const { start, end } = insideOf(folder);
  const sql = 'select path, digest from artifact_paths where path = ? or (path >= ? and path < ?)';
  const rows = await session.all<{ path: string; digest: Digest }>(sql, [folder, start, end]);
  const files = rows.map(({ path, digest }) => [path.slice(folder.length), digest] as const);
  return digestJson(files.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function folderOf(address: string): ReturnType<typeof artifactRootOf> | null {
  try {
    return artifactRootOf(address);
  } catch (error) {
    if (isPlatformError(error)) return null;
    throw error;
  }
}

/** Whose a run is, deleted ones too; null where there is no such run, and where nobody is named. */
export async function userOfRun(session: Session, runId: string): Promise<string | null> {
  const sql = 'select user_id from tracked_runs where run_id = ?';
  return (await session.first<{ user_id: string }>(sql, [storable(runId)]))?.user_id || null;
}
