/**
 * Signatures of folders in the form of OpenSSF Model Signing 1.0: the list of all files with their digests, as an in-toto
 * statement in a Sigstore bundle, signed with a key. Who signs hashes nothing again that was hashed when it was written;
 * who verifies hashes every file once.
 *
 * Large files can be signed in parts, whose digests cannot be had from that of the whole file: these are hashed to be signed.
 *
 * Keys are ECDSA on P-256, P-384 or P-521: the specification has no other. Where a single file is signed and no folder, the
 * specification calls it by its name, and the reference tool (1.1) by `.`, which it asks for when it verifies: `.` is
 * written, and both are read.
 *
 * @see https://github.com/ossf/model-signing-spec/blob/main/spec/v1.0.md
 */
import { createPublicKey, hash } from 'node:crypto';
import { z } from 'zod';
import { type Digest, digestHex } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type Envelope, openEnvelope, signEnvelope } from '../dsse/envelope.ts';
import type { Signer, Verifier } from '../signer.ts';
import { statementPayloadType, statementType } from '../statement.ts';

/** `predicateType` of such a signature. */
export const modelSignaturePredicateType = 'https://model_signing/signature/v1.0';

/** One file, or one part of a file where large files are signed in parts. */
export interface SignedResource {
  /** Relative, parts separated by `/`; of a part `path:start:end`. */
  readonly name: string;
  readonly digest: Digest;
}

/** A folder that is to be signed. */
export interface FolderToSign {
  readonly name: string;
  readonly files: readonly SignedResource[];
  /** Paths that are left out, the signature's own among them where it lies in the folder. */
  readonly ignored: readonly string[];
  /** How long parts are where files are signed in parts, whose resources `files` are then; absent: whole files. */
  readonly shardBytes?: number;
}

/** What a signature says of a folder. */
export interface SignedFolder {
  readonly name: string;
  readonly resources: readonly SignedResource[];
  /** How files became resources: whole, or in parts of so many bytes. */
  readonly shardBytes: number | null;
  /** Paths that the signature does not speak of. */
  readonly ignored: readonly string[];
  readonly signedBy: readonly string[];
}

/** How long parts are where a signature does not say. */
export const usualShardBytes = 1_000_000_000;
/** The longest signature that is read: some half a million files. */
export const mostSignatureBytes = 128 << 20;
/** Of a resource, in UTF-16 units; no file system takes longer paths. */
const longestName = 8192;
/** Media type of the signatures that are written. */
export const signatureMediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const digestForm = z.string().regex(/^[0-9a-f]{64}$/);
const bundleForm = z.object({
  mediaType: z.string(),
  dsseEnvelope: z.object({
    payload: z.string(),
    payloadType: z.literal(statementPayloadType),
    signatures: z.array(z.object({ sig: z.string() })).length(1),
  }),
});
const statementForm = z.object({
  _type: z.literal(statementType),
  subject: z.array(z.object({ name: z.string(), digest: z.object({ sha256: digestForm }) })).length(1),
  predicateType: z.literal(modelSignaturePredicateType),
  predicate: z.strictObject({
    serialization: z.object({
      method: z.enum(['files', 'shards']),
      hash_type: z.literal('sha256'),
      shard_size: z.number().int().positive().optional(),
      allow_symlinks: z.boolean(),
      ignore_paths: z.array(z.string()).optional(),
    }),
    resources: z
      .array(
        z.strictObject({
          name: z.string(),
          digest: digestForm,
          algorithm: z.string().regex(/^sha256(-sharded-\d+)?$/),
        }),
      )
      .nonempty(),
  }),
});

/**
 * Signs a folder of which every file's digest is known.
 * @returns the text of the signature file
 * @throws PlatformError PROVENANCE_NOTHING_TO_SIGN for a folder without files, PROVENANCE_SIGNATURE_BAD for names that a signature cannot hold,
 *   PROVENANCE_KEY_BAD for a key of another kind
 */
export async function signFolder(folder: FolderToSign, signer: Signer): Promise<string> {
  const { shardBytes } = folder;
  if (signer.algorithm === 'ed25519') throw keyBad(signer.algorithm);
  if (folder.files.length === 0)
    throw new PlatformError('PROVENANCE_NOTHING_TO_SIGN', {
      message: `expected at least one file in ${folder.name}, found none`,
    });
  const resources = sortByName(folder.files);
  requireNames(resources, shardBytes ?? null);
  const algorithm = shardBytes === undefined ? 'sha256' : `sha256-sharded-${shardBytes}`;
  const statement = {
    _type: statementType,
    subject: [{ name: folder.name, digest: { sha256: rootOf(resources) } }],
    predicateType: modelSignaturePredicateType,
    predicate: {
      serialization: {
        ...(shardBytes === undefined ? { method: 'files' } : { method: 'shards', shard_size: shardBytes }),
        ...{ hash_type: 'sha256', allow_symlinks: false },
        ignore_paths: [...folder.ignored].sort(),
      },
      resources: resources.map(({ name, digest }) => ({ name, digest: digestHex(digest), algorithm })),
    },
  };
  const { payload, payloadType, signatures } = await signEnvelope(
    statementPayloadType,
    Buffer.from(JSON.stringify(statement)),
    [signer],
  );
  const bundle = {
    mediaType: signatureMediaType,
    verificationMaterial: { publicKey: { hint: hintOf(signer.publicKey) }, tlogEntries: [] },
    dsseEnvelope: { payload, payloadType, signatures: signatures.map(({ sig }) => ({ sig, keyid: '' })) },
  };
  return JSON.stringify(bundle);
}

/** Whether a text is a bundle of Sigstore, whatever it holds and whoever signed it. */
export function isBundle(text: string): boolean {
  try {
    return isBundleType((JSON.parse(text) as { mediaType?: unknown }).mediaType);
  } catch {
    return false;
  }
}

/**
 * What a signature says, where one of the keys made it; null where none did.
 * @throws PlatformError PROVENANCE_SIGNATURE_BAD for a text that has not the form, or is too long; and where one of the keys
 *   signed what contradicts itself or speaks of files outside the folder
 */
export function openFolderSignature(text: string, keys: readonly Verifier[]): SignedFolder | null {
  if (text.length > mostSignatureBytes) throw bad(`at most ${mostSignatureBytes} bytes`);
  const bundle = bundleForm.safeParse(parseJson(text));
  if (!bundle.success || !isBundleType(bundle.data.mediaType)) throw bad('a Sigstore bundle with a signed statement');
  const envelope: Envelope = bundle.data.dsseEnvelope;
  const opened = openEnvelope(envelope, { keys });
  if (opened === null) return null;
  const read = statementForm.safeParse(parseJson(opened.body.toString('utf8')));
  if (!read.success) throw bad('a statement about a folder');
  const { subject, predicate } = read.data;
  const resources = predicate.resources.map(({ name, digest }) => ({ name, digest: `sha256:${digest}` as Digest }));
  if (rootOf(resources) !== subject[0]!.digest.sha256) throw bad('the digest of all digests as that of the subject');
  const { method, shard_size: shardSize, ignore_paths: ignored = [] } = predicate.serialization;
  const shardBytes = method === 'shards' ? (shardSize ?? usualShardBytes) : null;
  requireNames(resources, shardBytes);
  return {
    name: subject[0]!.name,
    resources,
    shardBytes,
    ignored,
    signedBy: opened.signedBy,
  };
}

/** What tells a key in a bundle: SHA-256 of the text of its public half in PEM. */
export function hintOf(publicKey: string): string {
  const pem = createPublicKey(publicKey).export({ type: 'spki', format: 'pem' });
  return hash('sha256', pem, 'hex');
}

function isBundleType(type: unknown): boolean {
  return typeof type === 'string' && /^application\/vnd\.dev\.sigstore\.bundle/.test(type);
}

/**
 * Every name is a path inside the folder, in its one spelling, and stands once; of parts, with where they begin and end. A
 * single file may be called `.`.
 */
function requireNames(resources: readonly SignedResource[], shardBytes: number | null): void {
  const names = new Set<string>();
  for (const { name } of resources) {
    const path = pathOfName(name, shardBytes);
    const isAlone = path === '.' && resources.every((other) => pathOfName(other.name, shardBytes) === '.');
    if (!isAlone && !isPathInside(path)) throw bad(`paths inside the folder, found ${shown(name)}`);
    if (shardBytes !== null && path.includes(':')) throw bad(`no colon in the path of a part, found ${shown(name)}`);
    if (names.has(name)) throw bad(`each name once, found ${shown(name)} again`);
    names.add(name);
  }
}

/** Where a part lies, from its name; null for a name that is none of a part. */
export function partOfName(name: string): { readonly path: string; readonly from: number; readonly to: number } | null {
  if (name.length > longestName) return null;
  const [, path, from, to] = /^(.+):(0|[1-9]\d{0,15}):([1-9]\d{0,15})$/s.exec(name) ?? [];
  if (path === undefined || Number(from) >= Number(to)) return null;
  return { path, from: Number(from), to: Number(to) };
}

/** The path in the name of a resource; the empty one where it is none of a part and should be. */
export function pathOfName(name: string, shardBytes: number | null): string {
  return shardBytes === null ? name : (partOfName(name)?.path ?? '');
}

function isPathInside(path: string): boolean {
  if (path === '' || path.length > longestName || path.includes('\0') || !path.isWellFormed()) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 200));
}

/** SHA-256 over all digests, one behind the other. */
function rootOf(resources: readonly SignedResource[]): string {
  return hash('sha256', Buffer.concat(resources.map(({ digest }) => Buffer.from(digestHex(digest), 'hex'))), 'hex');
}

/** By code points, as the specification asks; JavaScript compares UTF-16 units. */
function sortByName(files: readonly SignedResource[]): SignedResource[] {
  return [...files].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw bad('JSON');
  }
}

function bad(expected: string): PlatformError {
  return new PlatformError('PROVENANCE_SIGNATURE_BAD', { message: `expected ${expected} in a signature of a folder` });
}

function keyBad(found: string): PlatformError {
  return new PlatformError('PROVENANCE_KEY_BAD', {
    message: `expected an ECDSA key to sign a folder with, found ${found}`,
    hint: 'OpenSSF Model Signing has no other: mlspec keys new NAME --algorithm p256',
  });
}
