import type { Digest } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { keysFor, type Trust, type TrustedKey } from '../provenance/keys/index.ts';
import {
  type CheckedCheckpoint,
  type FoundEntry,
  formatProof,
  hashLeaf,
  inclusionProof,
  type LogPolicy,
  noteKeyOf,
  openCheckpoint,
  parseCheckpoint,
  parseNote,
  partOfLog,
  readCheckpoint,
  readEntries,
  readLogEntry,
  rootHash,
  tileReader,
  verifyInclusion,
  witnessKeysOf,
} from '../provenance/log/index.ts';
import type { Config } from './config.ts';
import { logFolder, logOrigin } from './transparency-log.ts';

/** A log under a checkpoint that a trusted key signed. */
export interface LogView {
  readonly origin: string;
  readonly size: number;
  /** Ids of trusted keys of witnesses that signed the checkpoint too. */
  readonly witnesses: readonly string[];
  /** Whether the entry at a place is that of a statement, and the checkpoint's tree holds it there. */
  readonly holds: (place: number, statement: Digest) => boolean;
  /** Every entry of a statement from a place on; null where they are not those of the checkpoint's tree, or not at hand. */
  readonly entriesFrom: (place: number) => readonly FoundEntry[] | null;
}

/** A log as its files show it, to whoever made them. */
export interface LogFiles {
  readonly origin: string;
  /** What shows every entry from a place on, by path below the folder of the log: the checkpoint, bundles, hashes. */
  readonly part: (place: number) => readonly (readonly [path: string, content: string | Buffer])[];
  /** Every entry of a statement from a place on. */
  readonly entriesFrom: (place: number) => readonly FoundEntry[];
  /** The proof, with the entry in it, that the log holds something at a place; null where it holds nothing there. */
  readonly prove: (place: number) => string | null;
}

/**
 * The files of a project's log, to take proofs out of. Errors of the file system pass through.
 * @throws PlatformError PROVENANCE_LOG_BAD where there is no checkpoint, or tiles and bundles have not their form
 */
export async function openLogFiles(config: Config): Promise<LogFiles> {
  const folder = logFolder(config);
  const checkpoint = await readCheckpoint(folder);
  if (checkpoint === null) {
    throw new PlatformError('PROVENANCE_LOG_BAD', { message: `expected a checkpoint in ${folder}, found none` });
  }
  const { size, origin } = parseCheckpoint(parseNote(checkpoint).text);
  const entries = await readEntries(folder, { from: 0, to: size, size });
  const reader = tileReader(folder, size);
  return {
    origin,
    part: (from) => [['checkpoint', checkpoint], ...partOfLog(folder, { from, size })],
    entriesFrom: (from) => readFrom(entries, from),
    prove: (index) => {
      const entry = entries[index];
      if (entry === undefined) return null;
      return formatProof({ index, path: inclusionProof(index, size, reader), checkpoint, extra: entry });
    },
  };
}

/** The log of a project out of its files; null where they are spoilt, or nobody trusted signed the checkpoint. */
export async function viewLog(config: Config, trust: Trust): Promise<LogView | null> {
  return await viewLogPart(logFolder(config), { origin: await logOrigin(config), trust, from: 0 });
}

/**
 * A log out of files that show it from some place on, as an export has them; null where they are spoilt, or nobody trusted
 * signed the checkpoint.
 */
export async function viewLogPart(
  folder: string,
  { origin, trust, from }: { readonly origin: string; readonly trust: Trust; readonly from: number },
): Promise<LogView | null> {
  try {
    const checkpoint = await openTrusted(folder, origin, trust);
    return checkpoint === null ? null : await viewUnder(folder, checkpoint, { trust, from });
  } catch {
    // Files that are missing, cut short or changed show nothing; `mlspec log verify` says what is wrong with them.
    return null;
  }
}

/** The checkpoint of a project's log, where a key that is trusted with the log signed it. */
export async function trustedCheckpoint(config: Config, trust: Trust): Promise<CheckedCheckpoint | null> {
  return await openTrusted(logFolder(config), await logOrigin(config), trust);
}

async function openTrusted(folder: string, origin: string, trust: Trust): Promise<CheckedCheckpoint | null> {
  const note = await readCheckpoint(folder);
  if (note === null) return null;
  for (const key of keysFor(trust, 'log', null)) {
    const opened = openCheckpoint(note, policyOf(trust, { key, origin }));
    if (opened !== null) return opened;
  }
  return null;
}

/** What a checkpoint of a log has to carry: the signature of a key of it; those of trusted witnesses are looked at. */
export function policyOf(trust: Trust, log: { readonly key: TrustedKey; readonly origin: string }): LogPolicy {
  return {
    log: noteKeyOf(log.key, log.origin, 'ed25519'),
    witnesses: keysFor(trust, 'witness', null).flatMap(witnessKeysOf),
  };
}

/** Ids of the trusted keys that witnesses signed a checkpoint with. */
export function witnessesOf({ witnesses }: CheckedCheckpoint, trust: Trust): string[] {
  const signed = (key: TrustedKey): boolean =>
    witnessKeysOf(key).some((one) => witnesses.some(({ key: { publicKey } }) => publicKey.equals(one.publicKey)));
  return keysFor(trust, 'witness', null)
    .filter(signed)
    .map(({ keyId }) => keyId);
}

async function viewUnder(
  folder: string,
  checkpoint: CheckedCheckpoint,
  { trust, from }: { readonly trust: Trust; readonly from: number },
): Promise<LogView> {
  const { origin, size, root } = checkpoint;
  const entries = await readEntries(folder, { from, to: size, size });
  const reader = tileReader(folder, size);
  return {
    origin,
    size,
    witnesses: witnessesOf(checkpoint, trust),
    entriesFrom: (place) => {
      const wanted = place < from ? null : { entries: entries.slice(place - from), first: place };
      return wanted !== null && areEntriesOf(wanted, { size, root, reader }) ? readFrom(entries, place, from) : null;
    },
    holds: (index, statement) => {
      const entry = entries[index - from];
      if (entry === undefined || readLogEntry(entry, index)?.statement !== statement) return false;
      try {
        const proof = inclusionProof(index, size, reader);
        return verifyInclusion(hashLeaf(entry), { index, size }, { proof, root });
      } catch {
        return false;
      }
    },
  };
}

/** Whether entries from a place on are those of which a tree was made. */
function areEntriesOf(
  { entries, first }: { readonly entries: readonly Buffer[]; readonly first: number },
  tree: { readonly size: number; readonly root: Buffer; readonly reader: ReturnType<typeof tileReader> },
): boolean {
  try {
    const { size, root, reader } = tree;
    return (
      rootHash(size, reader).equals(root) &&
      entries.every((entry, index) => reader(0, first + index).equals(hashLeaf(entry)))
    );
  } catch {
    return false;
  }
}

/** Entries from a place on, of which the first that is at hand has the place `first`. */
function readFrom(entries: readonly Buffer[], place: number, first = 0): FoundEntry[] {
  return entries.slice(place - first).flatMap((entry, index) => readLogEntry(entry, place + index) ?? []);
}
