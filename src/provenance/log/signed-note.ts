/**
 * Signed notes: a text, an empty line, and a line for each signature that begins with a dash, names its key and holds four
 * bytes that identify the key before the signature itself. Checkpoints of logs are signed notes.
 *
 * Signatures of keys that are not known are ignored; one of a known key that does not hold rejects the whole note.
 *
 * @see https://c2sp.org/signed-note
 * @see https://c2sp.org/tlog-cosignature
 */
import { createPublicKey, hash, verify } from 'node:crypto';
import { PlatformError } from '../../errors/index.ts';
import { decodeBase64 } from '../base64.ts';
import type { Signer, Verifier } from '../signer.ts';

/** A key of a log (`ed25519`) or of a witness (`cosignature`, an Ed25519 signature with the time at which it was given). */
export interface NoteKey {
  readonly name: string;
  readonly kind: 'ed25519' | 'cosignature';
  /** The 32 bytes of the public key. */
  readonly publicKey: Buffer;
}

/** One signature line, as it stands. */
export interface NoteSignature {
  readonly name: string;
  /** Four bytes that tell the keys of one name apart, as an unsigned number. */
  readonly keyHash: number;
  readonly signature: Buffer;
}

/** A note of which nothing has been checked. */
export interface Note {
  /** Ends in a line feed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A signature of a known key that holds. */
export interface NoteWitness {
  readonly key: NoteKey;
  /** When it was given, in seconds since 1970; null for signatures without a time. */
  readonly atSeconds: number | null;
}

const kindBytes = { ed25519: 1, cosignature: 4 } as const;
const largestNoteBytes = 1 << 20;
const largestSignatureCount = 100;
const spkiHead = Buffer.from('302a300506032b6570032100', 'hex');

/** The four bytes that identify a key beside its name. */
export function keyHashOf(key: NoteKey): number {
  return noteKeyHash(key.name, Buffer.concat([Buffer.of(kindBytes[key.kind]), key.publicKey]));
}

/** A key as one line that others put into their configuration: `name+hash+key`. */
export function formatVerifierKey(key: NoteKey): string {
  const material = Buffer.concat([Buffer.of(kindBytes[key.kind]), key.publicKey]);
  return `${key.name}+${keyHashOf(key).toString(16).padStart(8, '0')}+${material.toString('base64')}`;
}

/** Reads such a line. @throws PlatformError PROVENANCE_NOTE_BAD */
export function parseVerifierKey(line: string): NoteKey {
  const found = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/u.exec(line.trim());
  const material = found === null ? null : decodeBase64(found[3]!);
  const kind = (Object.keys(kindBytes) as (keyof typeof kindBytes)[]).find((name) => kindBytes[name] === material?.[0]);
  if (found === null || material === null || kind === undefined || material.length !== 33) {
    throw bad('a key of the form name+hash+base64, of an Ed25519 key');
  }
  const key: NoteKey = { name: found[1]!, kind, publicKey: material.subarray(1) };
  if (keyHashOf(key) !== Number.parseInt(found[2]!, 16)) throw bad('a key whose hash is that of its name and bytes');
  return key;
}

/** An Ed25519 key as the key of a log or a witness. @throws PlatformError PROVENANCE_KEY_BAD for another algorithm */
export function noteKeyOf(signer: Verifier, name: string, kind: NoteKey['kind']): NoteKey {
  if (signer.algorithm !== 'ed25519') {
    throw new PlatformError('PROVENANCE_KEY_BAD', {
      message: `expected an Ed25519 key for the log, found ${signer.algorithm}`,
    });
  }
  requireKeyName(name);
  const spki = createPublicKey(signer.publicKey).export({ type: 'spki', format: 'der' });
  return { name, kind, publicKey: spki.subarray(spkiHead.length) };
}

/** A signature line over a text that ends in a line feed, with its own line feed. */
export async function signNote(text: string, signer: Signer, name: string): Promise<string> {
  requireText(text);
  const key = noteKeyOf(signer, name, 'ed25519');
  return formatSignature(key, await signer.sign(Buffer.from(text, 'utf8')));
}

/** The line of a witness: that it saw this text, and when. */
export async function cosignNote(
  text: string,
  signer: Signer,
  at: { readonly name: string; readonly atSeconds: number },
): Promise<string> {
  requireText(text);
  const key = noteKeyOf(signer, at.name, 'cosignature');
  const signature = await signer.sign(cosignedMessage(text, BigInt(at.atSeconds)));
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(at.atSeconds));
  return formatSignature(key, Buffer.concat([time, signature]));
}

/** Text and signature lines of a note. @throws PlatformError PROVENANCE_NOTE_BAD */
export function parseNote(note: string): Note {
  if (Buffer.byteLength(note) > largestNoteBytes) throw bad(`at most ${largestNoteBytes} bytes`);
  requireText(note);
  const split = note.lastIndexOf('\n\n');
  if (split < 0) throw bad('an empty line between text and signatures');
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > largestSignatureCount) throw bad(`at most ${largestSignatureCount} signatures`);
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignatureLine) };
}

/** Reads one signature line, without its line feed. @throws PlatformError PROVENANCE_NOTE_BAD */
export function parseSignatureLine(line: string): NoteSignature {
  const found = /^— ([^+\s]+) (\S+)$/u.exec(line);
  const bytes = found === null ? null : decodeBase64(found[2]!);
  if (found === null || bytes === null || bytes.length < 5) throw bad('lines of the form "— name signature"');
  return { name: found[1]!, keyHash: bytes.readUInt32BE(0), signature: bytes.subarray(4) };
}

/**
 * The known keys whose signatures hold; null where one of a known key does not. None at all is an empty list: whoever asks
 * decides how many are enough.
 */
export function checkNote(note: Note, keys: readonly NoteKey[]): readonly NoteWitness[] | null {
  const found: NoteWitness[] = [];
  for (const { name, keyHash, signature } of note.signatures) {
    const key = keys.find((candidate) => candidate.name === name && keyHashOf(candidate) === keyHash);
    if (key === undefined) continue;
    const witness = checkSignature(note.text, signature, key);
    if (witness === null) return null;
    if (!found.some((other) => other.key === key)) found.push(witness);
  }
  return found;
}

function checkSignature(text: string, signature: Buffer, key: NoteKey): NoteWitness | null {
  const publicKey = createPublicKey({
    key: Buffer.concat([spkiHead, key.publicKey]),
    type: 'spki',
    format: 'der',
  });
  if (key.kind === 'ed25519') {
    const isGood = signature.length === 64 && verify(null, Buffer.from(text, 'utf8'), publicKey, signature);
    return isGood ? { key, atSeconds: null } : null;
  }
  if (signature.length !== 72) return null;
  const at = signature.readBigUInt64BE(0);
  if (at > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  const isGood = verify(null, cosignedMessage(text, at), publicKey, signature.subarray(8));
  return isGood ? { key, atSeconds: Number(at) } : null;
}

function cosignedMessage(text: string, atSeconds: bigint): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${atSeconds}\n${text}`, 'utf8');
}

function formatSignature(key: NoteKey, signature: Buffer): string {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(keyHashOf(key));
  return `— ${key.name} ${Buffer.concat([head, signature]).toString('base64')}\n`;
}

function noteKeyHash(name: string, material: Buffer): number {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`, 'utf8'), material]), 'buffer').readUInt32BE(0);
}

function requireKeyName(name: string): void {
  if (!/^[^+\s]+$/u.test(name)) throw bad(`a name without spaces and plus signs, found ${JSON.stringify(name)}`);
}

/** Texts end in a line feed and hold no other control character. */
function requireText(text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a note may not hold
  if (!text.endsWith('\n') || /[\u0000-\u0009\u000b-\u001f]/.test(text) || !text.isWellFormed()) {
    throw bad('text that ends in a line feed and holds no other control character');
  }
}

function bad(expected: string): PlatformError {
  return new PlatformError('PROVENANCE_NOTE_BAD', { message: `expected ${expected} in a signed note` });
}
