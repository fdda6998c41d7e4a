/**
 * Watches a log: that it only grows, that a trusted key signs its checkpoints, and that nobody signs in it whom this user
 * does not trust. A log shows a wrong only to who looks.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../../encoding/index.ts';
import { isRevoked, keysFor, readTrust, type Trust } from '../../provenance/keys/index.ts';
import {
  type Checkpoint,
  consistencyProof,
  hashLeaf,
  noteKeyOf,
  openCheckpoint,
  parseCheckpoint,
  parseNote,
  readCheckpoint,
  readEntries,
  rootHash,
  tileReader,
  verifyConsistency,
} from '../../provenance/log/index.ts';
import type { Config } from '../config.ts';

/** Something that must not be. */
export interface LogAlert {
  readonly what: 'checkpoint' | 'shrunk' | 'forked' | 'files' | 'signer';
  /** The place in the log, where it is about one entry. */
  readonly place: number | null;
  readonly message: string;
}

/** What one look found. */
export interface LogLook {
  readonly origin: string | null;
  /** Entries at the last look; null: this is the first. */
  readonly seenBefore: number | null;
  readonly size: number | null;
  readonly alerts: readonly LogAlert[];
}

type Seen = Pick<Checkpoint, 'origin' | 'size' | 'root'>;

const mostAlerts = 50;

/**
 * Looks at the files of a log and remembers, outside the project, how far it had come. Where something is wrong the memory
 * stays as it was. Never throws for what the files hold.
 * @param folder of the log: `checkpoint` and `tile/`
 */
export async function lookAtLog(config: Config, folder: string): Promise<LogLook> {
  const trust = await readTrust(config.keysDir);
  const checkpoint = await openTrusted(folder, trust);
  if ('what' in checkpoint) return { origin: null, seenBefore: null, size: null, alerts: [checkpoint] };
  const { origin, size } = checkpoint;
  const memory = join(config.keysDir, 'seen-logs', `${createHash('sha256').update(origin).digest('hex')}.json`);
  const seen = await readSeen(memory);
  const alerts = await compare(folder, { seen, checkpoint, trust });
  if (alerts.length === 0) await keepSeen(memory, checkpoint);
  return { origin, seenBefore: seen?.size ?? null, size, alerts: alerts.slice(0, mostAlerts) };
}

async function openTrusted(folder: string, trust: Trust): Promise<Checkpoint | LogAlert> {
  const alert = (message: string): LogAlert => ({ what: 'checkpoint', place: null, message });
  try {
    const note = await readCheckpoint(folder);
    if (note === null) return alert(`there is none in ${folder}`);
    const { origin } = parseCheckpoint(parseNote(note).text);
    for (const key of keysFor(trust, 'log', null)) {
      const opened = openCheckpoint(note, { log: noteKeyOf(key, origin, 'ed25519') });
      if (opened !== null) return opened;
    }
    return alert('no trusted key with the role log signed it');
  } catch (error) {
    return alert(error instanceof Error ? error.message : String(error));
  }
}

interface Comparison {
  readonly seen: Seen | null;
  readonly checkpoint: Checkpoint;
  readonly trust: Trust;
}

async function compare(folder: string, { seen, checkpoint, trust }: Comparison): Promise<LogAlert[]> {
  const { origin, size, root } = checkpoint;
  const alert = (what: LogAlert['what'], message: string): LogAlert[] => [{ what, place: null, message }];
  if (seen !== null && size < seen.size)
    return alert('shrunk', `the log had ${seen.size} entries when it was looked at last, and has ${size}`);
  try {
    const reader = tileReader(folder, size);
    if (!rootHash(size, reader).equals(root)) return alert('files', 'the tiles are not those of the checkpoint');
    if (seen !== null && seen.size > 0) {
      const step = { oldSize: seen.size, newSize: size, oldRoot: seen.root, newRoot: root };
      if (!verifyConsistency(step, consistencyProof(seen.size, size, reader)))
        return alert(
          'forked',
          `the first ${seen.size} entries are not those that were there when it was looked at last`,
        );
    }
    const from = seen?.size ?? 0;
    const entries = await readEntries(folder, { from, to: size, size });
    return entries.flatMap((entry, index) => {
      const place = from + index;
      if (!reader(0, place).equals(hashLeaf(entry)))
        return [{ what: 'files' as const, place, message: 'the entry is not the one of the tree' }];
      return strangersIn(entry, { place, origin, trust });
    });
  } catch (error) {
    return alert('files', error instanceof Error ? error.message : String(error));
  }
}

/** Keys that signed what an entry stands for, and that this user does not trust, or no longer. */
function strangersIn(
  entry: Buffer,
  { place, origin, trust }: { readonly place: number; readonly origin: string; readonly trust: Trust },
): LogAlert[] {
  const signers = signersOf(entry);
  if (signers === null) return [{ what: 'files', place, message: 'the entry has another form' }];
  return signers.flatMap((id): LogAlert[] => {
    if (!trust.keys.some(({ keyId }) => keyId === id))
      return [{ what: 'signer', place, message: `key ${id.slice(0, 16)}, which is not trusted, signed` }];
    return isRevoked(trust, id, { origin, index: place })
      ? [{ what: 'signer', place, message: `key ${id.slice(0, 16)} signed, and was revoked before` }]
      : [];
  });
}

function signersOf(entry: Buffer): string[] | null {
  try {
    const { signedBy } = JSON.parse(entry.toString('utf8')) as { signedBy?: unknown };
    return Array.isArray(signedBy) && signedBy.every((id) => typeof id === 'string') ? signedBy : null;
  } catch {
    return null;
  }
}

async function readSeen(path: string): Promise<Seen | null> {
  try {
    const { origin, size, root } = JSON.parse(await readFile(path, 'utf8'));
    return { origin, size, root: Buffer.from(root, 'base64') };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function keepSeen(path: string, { origin, size, root }: Seen): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  await writeFileAtomically(path, JSON.stringify({ origin, size, root: root.toString('base64') }));
}
