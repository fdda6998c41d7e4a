/**
 * Names of files that are not where they belong, yet or any more: unfinished ones, and content that is leaving the store.
 * They say which process works on them: host, process id and the mark that tells it from a later one. Whoever opens the store later clears up what belongs to processes that are gone.
 */
import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { type Digest, digestHex, isDigest, isProcessAlive, newId, now, processMark } from '../../encoding/index.ts';
import type { ContentKind } from '../artifact-store.ts';

const separator = '~';
/** In place of the mark where the system tells none. */
const unmarked = '0';
const foreignLifetimeMs = 7 * 24 * 3600 * 1000;
let ownPrefix: string | null = null;

/** A new name for an unfinished file of this process. */
export function stagingName(): string {
  return ownName(newId('tmp'));
}

/** The name of content that this process is removing. */
export function leavingName(kind: ContentKind, digest: Digest): string {
  return ownName([kind, digestHex(digest)].join(separator));
}

/** What content a name of `leavingName` means; null for other names. */
export function leavingOf(name: string): { readonly kind: ContentKind; readonly digest: Digest } | null {
  const [kind, hex] = name.split(separator).slice(3);
  const digest = `sha256:${hex}`;
  return (kind === 'file' || kind === 'tree') && isDigest(digest) ? { kind, digest } : null;
}

/**
 * Whether the process that worked on a file is gone: one that can be seen from here by looking at it, one of another
 * host or container, and what has a name that nobody can tell, once the file is seven days old.
 */
export async function isAbandoned(path: string): Promise<boolean> {
  const [host, pid, mark] = basename(path).split(separator);
  if (host === hostLabel() && pid !== undefined && /^\d+$/.test(pid)) {
    const isAlive = isProcessAlive(Number(pid), mark === unmarked ? null : (mark ?? null));
    if (isAlive !== null) return !isAlive;
  }
  const found = await stat(path).catch(() => null);
  return found !== null && found.mtimeMs < now() - foreignLifetimeMs;
}

function ownName(what: string): string {
  ownPrefix ??= [hostLabel(), String(process.pid), processMark(process.pid) ?? unmarked].join(separator);
  return `${ownPrefix}${separator}${what}`;
}

function hostLabel(): string {
  return hostname().replaceAll(/[^A-Za-z0-9.-]/g, '-');
}
