/**
 * Signatures in the form of OpenSSF Model Signing, of whatever is handed on: the package of a model, a dataset, any output of
 * a run, any folder. What the store holds was hashed when it was written, and is signed from its manifest.
 */
import { mkdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { type Digest, pathExists, writeFileAtomically } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { isBundle, mostSignatureBytes, signFolder } from '../../provenance/model-signing/index.ts';
import type { Config } from '../config.ts';
import { digestOfHashed } from '../package-digest.ts';
import { withRecord } from '../records.ts';
import { openSigning } from '../signing.ts';
import { findContent } from './find-content.ts';
import { type ListedContent, listOnDisk, listStored } from './list-parts.ts';
import { pathInside } from './path-inside.ts';
import { type StatedSignature, stateSignature } from './state-signature.ts';

/** What is to be signed, and how. */
export interface SignRequest {
  /** A folder or file that is there; else a registered model, a run that made a package, RUN/STEP/PORT, or a digest. */
  readonly what: string;
  /** Where the signature goes; null: beside what is signed, or, where that is in the store, into the current folder. */
  readonly out: string | null;
  /** Where content of the store is copied to; null: nowhere. */
  readonly to: string | null;
  /** How long parts are, in bytes; null: files are signed whole. */
  readonly shardBytes: number | null;
  readonly signal: AbortSignal;
  /** Is told where a key was made. */
  readonly onProgress: (message: string) => void;
}

/** What was signed. */
export interface SignedContent extends Omit<ListedContent, 'files'> {
  readonly name: string;
  /** The file with the signature; absolute. */
  readonly signature: string;
  /** Where the content lies, absolute; null: in the store alone. */
  readonly folder: string | null;
  /** Id of the key. */
  readonly signer: string;
  readonly shardBytes: number | null;
  readonly stated: StatedSignature;
}

/** Parts shorter than this make lists longer than what they list. */
const leastShardBytes = 1_000_000;

/** What is known before it is signed. */
interface Prepared {
  readonly name: string;
  readonly folder: string | null;
  readonly signature: string;
  /** The signature's own path, where it lies in what it signs. */
  readonly ignored: readonly string[];
  readonly listed: ListedContent;
  /** Under which the store has it, or would; null where that is not known. */
  readonly findDigest: () => Promise<Digest | null>;
}

/**
 * Signs with the key of the runner, and writes the signature. Of content of a run, that is stated too, and logged.
 * @throws PlatformError ARTIFACT_NOT_FOUND, ARTIFACT_MISSING, ARTIFACT_CORRUPT, ARTIFACT_DESTINATION_EXISTS,
 *   ARTIFACT_UNSUPPORTED_FILE, ARTIFACT_SOURCE_UNREADABLE, ENCODING_BAD_QUANTITY for short parts, EXPORT_PLACE_TAKEN where
 *   something else than a signature would be overwritten, PROVENANCE_SIGNATURE_BAD, PROVENANCE_KEY_BAD
 */
export async function signContent(config: Config, request: SignRequest): Promise<SignedContent> {
  const { shardBytes } = request;
  if (shardBytes !== null && !(Number.isInteger(shardBytes) && shardBytes >= leastShardBytes)) {
    throw new PlatformError('ENCODING_BAD_QUANTITY', {
      message: `expected parts of whole bytes and at least 1 MB, found ${shardBytes}`,
    });
  }
  const prepared = (await pathExists(request.what))
    ? await prepareOnDisk(request)
    : await prepareStored(config, request);
  const { files, ...listed } = prepared.listed;
  const { name, signature, folder, ignored, findDigest } = prepared;
  const { onProgress } = request;
  const signer = await openSigning(config, onProgress).signer('runner');
  const text = await signFolder({ name, files, ignored, ...(shardBytes === null ? {} : { shardBytes }) }, signer);
  await mkdir(dirname(signature), { recursive: true });
  await writeFileAtomically(signature, text);
  const stated = await stateSignature(config, { name, findDigest, path: signature, text, onProgress });
  return { name, signature, folder, signer: signer.keyId, shardBytes, stated, ...listed };
}

async function prepareOnDisk({ what, out, to, shardBytes, signal }: SignRequest): Promise<Prepared> {
  const folder = resolve(what);
  if (to !== null) {
    throw new PlatformError('EXPORT_PLACE_TAKEN', {
      message: `expected --to with content of the store alone; ${folder} lies on disk`,
    });
  }
  const signature = resolve(out ?? `${folder}.sig`);
  await requireReplaceable(signature);
  const ignored = pathInside(folder, signature);
  const listed = await listOnDisk(folder, { shardBytes, ignored, signal });
  const findDigest = async (): Promise<Digest | null> => await digestOnDisk(folder, listed, shardBytes);
  return { name: basename(folder), folder, signature, ignored, listed, findDigest };
}

/** The digest that the store would have; null where files were hashed in parts, or left out. */
async function digestOnDisk(
  target: string,
  { files, leftOut }: ListedContent,
  shardBytes: number | null,
): Promise<Digest | null> {
  if (shardBytes !== null || leftOut.length > 0 || files.length === 0) return null;
  return files[0]!.name === '.' ? files[0]!.digest : await digestOfHashed(target, files);
}

async function prepareStored(config: Config, { what, out, to, shardBytes, signal }: SignRequest): Promise<Prepared> {
  return await withRecord(config, async ({ artifacts, ...record }) => {
    const content = await findContent({ artifacts, ...record }, what);
    const folder = to === null ? null : resolve(to);
    const signature = resolve(out ?? `${folder ?? content.name}.sig`);
    await requireReplaceable(signature);
    const listed = await listStored(artifacts, content, shardBytes);
    const { digest, kind } = content;
    if (folder !== null) await artifacts.materialize(digest, folder, { kind, signal });
    const ignored = folder === null ? [] : pathInside(folder, signature);
    const name = folder === null ? content.name : basename(folder);
    return { name, folder, signature, ignored, listed, findDigest: async () => digest };
  });
}

/** A signature may take the place of a signature, and of nothing else. */
async function requireReplaceable(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found === null) return;
  const isSignature = found.isFile() && found.size <= mostSignatureBytes && isBundle(await readFile(path, 'utf8'));
  if (isSignature) return;
  throw new PlatformError('EXPORT_PLACE_TAKEN', {
    message: `expected no file or an older signature at ${path}, found something else`,
    hint: 'Choose another place: --out FILE.',
  });
}
