/**
 * The manifest of a tree: the canonical JSON (RFC 8785) of its entries `[{digest, executable, path, sizeBytes}, …]`,
 * sorted by path in UTF-16 code units. Its SHA-256 is the tree's digest, so equal folders have equal digests on every
 * machine, whatever the order, times and owners of their files. A manifest is read as strictly as it is written: bytes
 * that are not exactly this form are refused, because a path in it decides where `materialize` writes.
 */
import { canonicalJson, isDigest } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { TreeEntry } from './artifact-store.ts';

/** Most bytes that a manifest may have; some 400,000 files. */
export const maxManifestBytes = 64 << 20;

/** The canonical bytes of a tree's manifest. Entries may come in any order. */
export function formatManifest(entries: readonly TreeEntry[]): Buffer {
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return Buffer.from(canonicalJson(sorted));
}

/**
 * The entries of a manifest.
 * @throws PlatformError ARTIFACT_BAD_TREE for anything that `formatManifest` would not have written
 */
export function parseManifest(bytes: Uint8Array): readonly TreeEntry[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw badTree('expected a JSON array of entries, found text that is not JSON', cause);
  }
  if (!Array.isArray(value)) throw badTree('expected an array of entries');
  const entries = value.map(checkEntry);
  checkPaths(entries);
  if (!formatManifest(entries).equals(Buffer.from(bytes))) throw badTree('the manifest is not in canonical form');
  return entries;
}

/** Whether a path stays inside the folder it is relative to and has one spelling. */
export function isSafeTreePath(path: string): boolean {
  if (path === '' || path.includes('\0') || !path.isWellFormed()) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && part.length <= 255);
}

function checkEntry(value: unknown): TreeEntry {
  if (typeof value !== 'object' || value === null) throw badTree('an entry is not an object');
  const { path, digest, sizeBytes, executable } = value as Record<string, unknown>;
  if (typeof path !== 'string' || !isSafeTreePath(path)) {
    throw badTree(`expected a relative path without . and .., found ${JSON.stringify(path)?.slice(0, 200)}`);
  }
  if (!isDigest(digest)) throw badTree(`the entry ${JSON.stringify(path)} has no digest`);
  if (!Number.isSafeInteger(sizeBytes) || (sizeBytes as number) < 0) {
    throw badTree(`the entry ${JSON.stringify(path)} has no size`);
  }
  if (typeof executable !== 'boolean') throw badTree(`the entry ${JSON.stringify(path)} lacks executable`);
  return { path, digest, sizeBytes: sizeBytes as number, executable };
}

function checkPaths(entries: readonly TreeEntry[]): void {
  const files = new Set(entries.map((entry) => entry.path));
  if (files.size !== entries.length) throw badTree('a path occurs twice');
  for (const { path } of entries) {
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
      if (files.has(path.slice(0, end))) throw badTree(`${JSON.stringify(path.slice(0, end))} is both file and folder`);
    }
  }
}

function badTree(message: string, cause?: unknown): PlatformError {
  return new PlatformError('ARTIFACT_BAD_TREE', { message, cause });
}
