/**
 * A folder or file with its signature in the form of OpenSSF Model Signing, verified from the disk alone, by the keys that
 * this user trusts: those that may sign what a run makes, and those of owners.
 */
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Digest, digestOf } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { keysFor, readTrust, type Trust, type TrustedKey, thresholdOf } from '../../provenance/keys/index.ts';
import {
  checkFolder,
  mostSignatureBytes,
  openFolderSignature,
  type SignedFolder,
} from '../../provenance/model-signing/index.ts';
import type { RuleVerdict } from '../../provenance/verify/index.ts';
import type { Config } from '../config.ts';
import { pathInside } from './path-inside.ts';

/** What is to be verified. Both absolute. */
export interface SignedPath {
  /** A folder or a file. */
  readonly content: string;
  readonly signature: string;
}

/** Whether content is what somebody signed whom this user trusts. */
export interface ContentVerdict extends SignedPath {
  readonly isGood: boolean;
  readonly rules: readonly RuleVerdict[];
  /** What the signer called it; null where nobody trusted signed. */
  readonly name: string | null;
  readonly signedBy: readonly { readonly keyId: string; readonly name: string }[];
  /** How long parts are; null: files were signed whole. */
  readonly shardBytes: number | null;
  readonly fileCount: number;
  readonly sizeBytes: number;
  /** Files that are there and that the signature leaves out. */
  readonly outside: readonly string[];
}

const signers = ['runner', 'owner'] as const;
const mostShown = 20;

/**
 * The signature of a path: the one that is named, else `PATH.sig` beside it, else `model.sig` in it.
 * @returns null where the path is not there or has no signature, and could be the name of something else
 * @throws PlatformError PROVENANCE_SIGNATURE_MISSING where it can only be a path, or a signature was named
 */
export async function findSignature(what: string, named: string | null): Promise<SignedPath | null> {
  const content = resolve(what);
  const isThere = (await stat(content).catch(() => null)) !== null;
  const candidates = named === null ? [`${content}.sig`, join(content, 'model.sig')] : [resolve(named)];
  for (const signature of isThere ? candidates : []) {
    if (await isFile(signature)) return { content, signature };
  }
  if (named === null && !(isThere && /^\.{0,2}\/|^\.{1,2}$|\/$/.test(what))) return null;
  throw new PlatformError('PROVENANCE_SIGNATURE_MISSING', {
    message: isThere
      ? `expected a signature of ${content} at ${candidates.join(' or ')}, found none`
      : `expected a folder or file at ${content}, found none`,
  });
}

/**
 * Verifies it.
 * @throws PlatformError PROVENANCE_TRUST_BAD
 */
export async function verifyContent(config: Config, path: SignedPath, signal: AbortSignal): Promise<ContentVerdict> {
  const trust = await readTrust(config.keysDir);
  const { signed, broken, digest } = await openSignature(path.signature, trust);
  const evidence = digest === null ? [] : [{ kind: 'file', name: path.signature, digest, place: null } as const];
  const own = pathInside(path.content, path.signature);
  const found =
    signed === null
      ? null
      : await checkFolder(path.content, { ...signed, ignored: [...signed.ignored, ...own] }, { signal });
  const rules = [
    ruleOf({
      rule: 'signature/trusted',
      says: 'a trusted key with the role runner or owner signed what has to be there',
      broken,
      evidence,
    }),
    ruleOf({
      rule: 'content/whole',
      says: 'every file is there as it was signed, and no other',
      broken: shorten(found === null ? ['what has to be there is not known'] : found.problems),
      evidence,
    }),
  ];
  return {
    ...path,
    isGood: rules.every(({ holds }) => holds),
    rules,
    name: signed?.name ?? null,
    signedBy: (signed?.signedBy ?? []).map((keyId) => ({ keyId, name: nameOf(trust, keyId) })),
    shardBytes: signed?.shardBytes ?? null,
    fileCount: found?.fileCount ?? 0,
    sizeBytes: found?.sizeBytes ?? 0,
    outside: (found?.outside ?? []).filter((file) => !own.includes(file)),
  };
}

interface OpenedSignature {
  readonly signed: SignedFolder | null;
  readonly broken: readonly string[];
  /** Of the file; null where it could not be read. */
  readonly digest: Digest | null;
}

async function openSignature(path: string, trust: Trust): Promise<OpenedSignature> {
  const none = (problem: string): OpenedSignature => ({ signed: null, broken: [problem], digest: null });
  try {
    const { size } = await stat(path);
    if (size > mostSignatureBytes) return none(`it has ${size} bytes, more than are read`);
    const keys = keysThatCount(trust);
    const text = await readFile(path, 'utf8');
    const signed = openFolderSignature(text, keys);
    return { signed, broken: signed === null ? [nobody(trust, keys)] : [], digest: digestOf(text) };
  } catch (error) {
    return none(error instanceof Error ? error.message : String(error));
  }
}

/** Such a signature is that of one key: where a role asks for several, none of them is enough. */
function keysThatCount(trust: Trust): TrustedKey[] {
  return signers.filter((role) => thresholdOf(trust, role) === 1).flatMap((role) => keysFor(trust, role, null));
}

function nobody(trust: Trust, keys: readonly TrustedKey[]): string {
  if (keys.length > 0) return 'no trusted key with such a role did; it may be changed, or signed by somebody else';
  return signers.some((role) => thresholdOf(trust, role) > 1)
    ? 'you ask for several signatures in these roles, and it can have one only'
    : 'no key with such a role is trusted here (mlspec keys trust)';
}

function nameOf(trust: Trust, keyId: string): string {
  return trust.keys.find((key) => key.keyId === keyId)?.name ?? keyId;
}

function ruleOf(of: Omit<RuleVerdict, 'holds'>): RuleVerdict {
  return { ...of, holds: of.broken.length === 0 };
}

function shorten(problems: readonly string[]): readonly string[] {
  const more = problems.length - mostShown;
  return more > 0 ? [...problems.slice(0, mostShown), `and ${more} more`] : problems;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() === true;
}
