/**
 * What a witness of logs does: it remembers the last checkpoint of each log that it saw, and signs a new one only where a
 * proof shows that it goes on from there. A log that two such checkpoints would tell different stories of gets no second
 * signature.
 *
 * @see https://c2sp.org/tlog-witness
 */
import { PlatformError } from '../../errors/index.ts';
import { decodeBase64 } from '../base64.ts';
import type { Verifier } from '../signer.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { type Hash, verifyConsistency } from './merkle.ts';
import { type NoteKey, noteKeyOf } from './signed-note.ts';

/** What a log asks of a witness. */
export interface CosignRequest {
  /** The size that the log believes the witness saw last; 0 for none. */
  readonly oldSize: number;
  readonly proof: readonly Hash[];
  /** The signed checkpoint, verbatim. */
  readonly checkpoint: string;
}

/** What a witness remembers of a log. */
export type Seen = Pick<Checkpoint, 'size' | 'root'>;

/** What it answers. */
export type CosignDecision =
  | { readonly kind: 'cosign'; readonly checkpoint: Checkpoint }
  /** Another size was seen last: the proof must begin there. */
  | { readonly kind: 'conflict'; readonly size: number }
  | { readonly kind: 'unknown-log' }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'inconsistent' };

const longestProof = 63;

/** The name under which a witness of this product signs with a key. */
export function witnessNameOf(keyId: string): string {
  return `mlspec.witness/${keyId.slice(0, 16)}`;
}

/** A trusted key as that of a witness: under its own name here, or under the name that this product gives. */
export function witnessKeysOf(key: Verifier & { readonly name: string; readonly keyId: string }): NoteKey[] {
  if (key.algorithm !== 'ed25519') return [];
  return [key.name, witnessNameOf(key.keyId)].map((name) => noteKeyOf(key, name, 'cosignature'));
}

/** The body of a request to `add-checkpoint`. */
export function formatCosignRequest({ oldSize, proof, checkpoint }: CosignRequest): string {
  return `${[`old ${oldSize}`, ...proof.map((hash) => hash.toString('base64'))].join('\n')}\n\n${checkpoint}`;
}

/** Reads such a body. @throws PlatformError PROVENANCE_LOG_BAD */
export function parseCosignRequest(body: string): CosignRequest {
  const split = body.indexOf('\n\n');
  const [head, ...lines] = split < 0 ? [] : body.slice(0, split).split('\n');
  const found = /^old (0|[1-9][0-9]{0,15})$/.exec(head ?? '');
  const proof = lines.map((line) => decodeBase64(line));
  if (found === null || proof.length > longestProof || !proof.every((hash) => hash?.length === 32)) {
    throw new PlatformError('PROVENANCE_LOG_BAD', {
      message: 'expected "old SIZE", hashes in base64 and an empty line before a checkpoint',
    });
  }
  return { oldSize: Number(found[1]), proof: proof as Hash[], checkpoint: body.slice(split + 2) };
}

/**
 * Whether a witness may sign.
 * @param seen what it saw last of the log that the request names; null: nothing yet
 * @param logs the keys of the logs that it knows, each with its origin as name
 * @throws PlatformError PROVENANCE_NOTE_BAD, PROVENANCE_LOG_BAD for what is no checkpoint
 */
export function decideCosign(request: CosignRequest, seen: Seen | null, logs: readonly NoteKey[]): CosignDecision {
  const own = logs.filter(({ name }) => name === originOf(request));
  if (own.length === 0) return { kind: 'unknown-log' };
  const opened = own.map((log) => openCheckpoint(request.checkpoint, { log })).find((one) => one !== null);
  if (opened === undefined || opened === null) return { kind: 'unsigned' };
  const last = seen?.size ?? 0;
  if (request.oldSize !== last) return { kind: 'conflict', size: last };
  return goesOn(request, seen, opened) ? { kind: 'cosign', checkpoint: opened } : { kind: 'inconsistent' };
}

/** The origin that the checkpoint of a request names; nothing of it has been checked. */
export function originOf({ checkpoint }: Pick<CosignRequest, 'checkpoint'>): string {
  return checkpoint.slice(0, Math.max(0, checkpoint.indexOf('\n')));
}

function goesOn({ proof }: CosignRequest, seen: Seen | null, { size, root }: Checkpoint): boolean {
  // Every tree goes on from the empty one.
  if (seen === null || seen.size === 0) return proof.length === 0;
  return verifyConsistency({ oldSize: seen.size, newSize: size, oldRoot: seen.root, newRoot: root }, proof);
}
