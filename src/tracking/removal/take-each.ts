import type { Database, Session } from '../../database/index.ts';
import { now } from '../../encoding/index.ts';
import { type DeletedRow, locations, others } from './find-deleted.ts';
import { ownedFolder } from './owned-folder.ts';
import type { HeldThing, RemovalRequest } from './removal.ts';

/** What became of things that were to go. */
export interface Outcome {
  readonly removed: readonly DeletedRow[];
  readonly held: readonly HeldThing[];
}

/** Takes one thing away, or marks it for that. @returns whether it was still there to be taken */
export type Take = (session: Session, row: DeletedRow) => Promise<boolean>;

/** Takes everything away that nobody needs, in one transaction, and remembers the folders that it leaves. */
export async function takeEach(
  database: Database,
  work: { readonly rows: readonly DeletedRow[]; readonly request: RemovalRequest; readonly take: Take },
): Promise<Outcome> {
  return await database.transaction(async (session) => {
    const holds = await work.request.holds(session, 'remove');
    const places = await locations(session);
    const held: HeldThing[] = [];
    const removed: DeletedRow[] = [];
    for (const row of work.rows) {
      const why = holds(row);
      if (why !== null) held.push({ kind: row.kind, id: row.id, why });
      else if (await work.take(session, row)) {
        await noteFolder(session, ownedFolder(row, others(places, row)));
        removed.push(row);
      }
    }
    return { removed, held };
  });
}

/** Remembers a folder whose paths have to go. */
export async function noteFolder(session: Session, folder: string | null): Promise<void> {
  if (folder === null) return;
  const target = { table: 'removed_folders', columns: ['folder', 'removed_at_ms'] };
  const again = { sql: '(folder) do update set removed_at_ms = excluded.removed_at_ms' };
  await session.insert(target, [[folder, now()]], { onConflict: again });
}
