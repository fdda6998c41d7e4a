/**
 * Checkpoints and proofs of a log, as texts. A checkpoint says how many entries a log has and what the root of its tree is; a
 * proof holds the path from one entry to that root together with the checkpoint, and needs nothing else to be checked.
 *
 * @see https://c2sp.org/tlog-checkpoint
 * @see https://c2sp.org/tlog-proof
 */
import { PlatformError } from '../../errors/index.ts';
import { decodeBase64 } from '../base64.ts';
import { type Hash, hashLeaf, verifyInclusion } from './merkle.ts';
import { checkNote, type NoteKey, type NoteWitness, parseNote } from './signed-note.ts';

/** The state of a log at one moment. */
export interface Checkpoint {
  /** The name of the log: an address without scheme. */
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
  /** Further lines; of no meaning here. */
  readonly extensions: readonly string[];
}

/** Which signatures a checkpoint must carry. */
export interface LogPolicy {
  /** The log's own key. Its name is the origin. */
  readonly log: NoteKey;
  readonly witnesses?: readonly NoteKey[];
  /** How many of the witnesses must have signed. Default 0. */
  readonly quorum?: number;
}

/** A checkpoint whose signatures were checked, and the witnesses that saw it. */
export interface CheckedCheckpoint extends Checkpoint {
  readonly witnesses: readonly NoteWitness[];
}

/** A proof as it stands in a file. */
export interface LogProof {
  readonly index: number;
  readonly path: readonly Hash[];
  /** The signed checkpoint, verbatim. */
  readonly checkpoint: string;
  /** What whoever wrote the proof added: here the entry itself. Of no authority. */
  readonly extra: Buffer | null;
}

const proofHead = 'c2sp.org/tlog-proof@v1';
const longestProof = 63;
const largestProofBytes = 1 << 20;

/** The text of a checkpoint, which is what is signed. */
export function formatCheckpoint({ origin, size, root }: Pick<Checkpoint, 'origin' | 'size' | 'root'>): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`;
}

/** Reads the text of a checkpoint, without signatures. @throws PlatformError PROVENANCE_LOG_BAD */
export function parseCheckpoint(text: string): Checkpoint {
  if (!text.endsWith('\n')) throw bad('a checkpoint whose lines all end in a line feed');
  const [origin, size, root, ...extensions] = text.slice(0, -1).split('\n');
  const hash = root === undefined ? null : decodeBase64(root);
  const count = size === undefined ? null : parseCount(size);
  if (origin === undefined || origin === '' || count === null || hash?.length !== 32 || extensions.includes('')) {
    throw bad('a checkpoint of origin, size and root, a line each');
  }
  return { origin, size: count, root: hash, extensions };
}

/**
 * A checkpoint that the log itself and enough witnesses have signed; null where they have not.
 * @throws PlatformError PROVENANCE_NOTE_BAD, PROVENANCE_LOG_BAD for what is no checkpoint
 */
export function openCheckpoint(note: string, policy: LogPolicy): CheckedCheckpoint | null {
  const { log, witnesses = [], quorum = 0 } = policy;
  const parsed = parseNote(note);
  const signed = checkNote(parsed, [log, ...witnesses]);
  if (signed === null || !signed.some(({ key }) => key === log)) return null;
  const seen = signed.filter(({ key }) => key !== log);
  const checkpoint = parseCheckpoint(parsed.text);
  return checkpoint.origin === log.name && seen.length >= quorum ? { ...checkpoint, witnesses: seen } : null;
}

/** The text of a proof. */
export function formatProof({ index, path, checkpoint, extra }: LogProof): string {
  const added = extra === null ? [] : [`extra ${extra.toString('base64')}`];
  const lines = [proofHead, ...added, `index ${index}`, ...path.map((hash) => hash.toString('base64'))];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

/** Reads a proof. @throws PlatformError PROVENANCE_LOG_BAD */
export function parseProof(text: string): LogProof {
  if (Buffer.byteLength(text) > largestProofBytes) throw bad(`a proof of at most ${largestProofBytes} bytes`);
  const split = text.indexOf('\n\n');
  const [head, ...rest] = split < 0 ? [] : text.slice(0, split).split('\n');
  if (head !== proofHead) throw bad(`a first line ${proofHead}`);
  const added = rest[0]?.startsWith('extra ') ? rest[0].slice('extra '.length) : null;
  const extra = added === null ? null : decodeBase64(added);
  if (added !== null && extra === null) throw bad('base64 behind extra');
  const lines = added === null ? rest : rest.slice(1);
  const index = lines[0]?.startsWith('index ') ? parseCount(lines[0].slice('index '.length)) : null;
  const path = lines.slice(1).map((line) => decodeBase64(line));
  if (index === null || path.length > longestProof || !path.every((hash) => hash?.length === 32)) {
    throw bad('an index and hashes in base64, a line each');
  }
  return { index, path: path as Buffer[], checkpoint: text.slice(split + 2), extra };
}

/**
 * The checkpoint under which an entry is shown to be in a log; null where the proof does not show it, or the checkpoint is
 * not signed as the policy asks.
 * @throws PlatformError PROVENANCE_NOTE_BAD, PROVENANCE_LOG_BAD for what is no proof
 */
export function openProof(proof: LogProof, entry: Uint8Array, policy: LogPolicy): CheckedCheckpoint | null {
  const checkpoint = openCheckpoint(proof.checkpoint, policy);
  if (checkpoint === null) return null;
  const place = { index: proof.index, size: checkpoint.size };
  return verifyInclusion(hashLeaf(entry), place, { proof: proof.path, root: checkpoint.root }) ? checkpoint : null;
}

/** A decimal number without leading zeroes that a double holds exactly; null for anything else. */
function parseCount(text: string): number | null {
  const value = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}

function bad(expected: string): PlatformError {
  return new PlatformError('PROVENANCE_LOG_BAD', { message: `expected ${expected}` });
}
