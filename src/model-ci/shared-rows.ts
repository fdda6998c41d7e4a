/*
 * Which parts share rows. A part that was made anew from nearly the same rows (some were added, one was left out, a
 * sample was drawn from them) is not fresh data: what was told about the old part tells about the new one.
 *
 * Of each part its sketch is kept: the k smallest of the 64-bit hashes of its rows, 16 hexadecimal digits each, in one text. A hash in two sketches
 * belongs to a row of both parts. Where both parts together have a share s of rows that are in both, none is found with
 * probability (1 - s)^k at most: with k = 2,048, less than 1 in 28,000 for half a percent. Who makes the hashes keys them:
 * a sketch lies where the sealed part does not, and must not let anybody try out which rows are in it.
 * @see Cohen 1997, size-estimation framework; Broder 1997, on the resemblance and containment of documents
 */
import type { Session } from '../database/index.ts';
import type { Digest } from '../encoding/index.ts';

/** How many hashes a sketch keeps of a part that has more rows. */
export const sketchSize = 2_048;

/** The sketch of a part, kept for good by the first one who tells it. */
export async function keepSketch(session: Session, part: Digest, sketch: string): Promise<boolean> {
  const sql = 'insert into part_rows (part, sketch) values (?, ?) on conflict (part) do nothing';
  return (await session.run(sql, [part, sketch])) > 0;
}

/** The sketch of a part; null while nobody has told it. */
export async function sketchOf(session: Session, part: Digest): Promise<string | null> {
  const row = await session.first<{ sketch: string }>('select sketch from part_rows where part = ?', [part]);
  return row?.sketch ?? null;
}

/** The other parts, of this ledger or given with their sketches, that share rows with a part; none while its own sketch is not known. */
export async function partsSharingRows(
  session: Session,
  part: Digest,
  others: Iterable<readonly [Digest, string]>,
): Promise<Digest[]> {
  const own = await sketchOf(session, part);
  if (own === null) return [];
  const known = new Map(others);
  for (const row of await session.all<{ part: Digest; sketch: string }>('select part, sketch from part_rows'))
    known.set(row.part, row.sketch);
  known.delete(part);
  return [...known].filter(([, sketch]) => shareRows(own, sketch)).map(([other]) => other);
}

/** Whether a row was found that is in both of two parts, given their sketches. */
export function shareRows(left: string, right: string): boolean {
  const others = new Set(hashesOf(right));
  return hashesOf(left).some((hash) => others.has(hash));
}

function hashesOf(sketch: string): string[] {
  return sketch.match(/.{16}/g) ?? [];
}
