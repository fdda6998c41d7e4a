/**
 * Where the artifacts of a source lie on this machine. An address in a store of somebody else's is never trusted: files
 * are read only below the roots that were named or that belong to the source, and through no link.
 */
import { lstat, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isPlatformError } from '../../../errors/index.ts';
import { artifactRootOf } from '../../../tracking/index.ts';

/** Where an address leads. */
export type ArtifactPlace =
  | { readonly kind: 'folder'; readonly path: string }
  /** Nothing was ever put there, or it is gone. */
  | { readonly kind: 'absent' }
  /** On a storage that is not a folder here. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'refused'; readonly why: string };

/** Roots and what relative addresses count from. */
export interface ArtifactRoots {
  readonly home: string;
  /** Real paths. */
  readonly roots: readonly string[];
}

/** The roots that are there, as real paths. */
export async function realRoots(home: string, roots: readonly string[]): Promise<ArtifactRoots> {
  const found = await Promise.all(roots.map((root) => realpath(root).catch(() => null)));
  return { home, roots: [...new Set(found.filter((root) => root !== null))] };
}

/** The path that a local address names, or null for an address of another storage. */
export function localPath(uri: string, home: string): string | null {
  if (/^file:/i.test(uri)) {
    try {
      return fileURLToPath(uri.replace(/^file:(?!\/\/)/i, 'file://'));
    } catch {
      return null;
    }
  }
  // One letter before the colon is a drive of Windows.
  if (/^[a-z][a-z0-9+.-]+:/i.test(uri) || uri.includes('\0')) return null;
  return resolve(home, uri);
}

/**
 * Finds the folder of an address. Local ones that lie below no root are looked for by their last parts too, because a
 * store that was moved still names its old place.
 * @param parts how many: `1/RUN/artifacts` are 3
 */
export async function findPlace(
  uri: string,
  { home, roots }: ArtifactRoots,
  { parts }: { readonly parts: number },
): Promise<ArtifactPlace> {
  if (uri.startsWith('mlflow-artifacts:')) return await firstInside(roots, proxiedPath(uri));
  const path = localPath(uri, home);
  if (path === null) return { kind: 'elsewhere' };
  for (const root of roots) {
    const inside = relative(root, path);
    if (inside !== '' && !inside.startsWith('..') && !isAbsolute(inside)) return await inRoot(root, inside);
  }
  const moved = await firstInside(
    roots,
    path
      .split(/[\\/]/)
      .filter((part) => part !== '')
      .slice(-parts)
      .join('/'),
  );
  if (moved.kind !== 'absent') return moved;
  const isThere = (await lstat(path).catch(() => null)) !== null;
  return isThere
    ? { kind: 'refused', why: `${path} lies below no root of artifacts: name it with --artifacts` }
    : moved;
}

function proxiedPath(uri: string): string | null {
  try {
    return artifactRootOf(uri);
  } catch (error) {
    if (isPlatformError(error)) return null;
    throw error;
  }
}

async function firstInside(roots: readonly string[], path: string | null): Promise<ArtifactPlace> {
  if (path === null || path === '') return { kind: 'refused', why: 'its address leads out of the root' };
  for (const root of roots) {
    const place = await inRoot(root, path);
    if (place.kind !== 'absent') return place;
  }
  return { kind: 'absent' };
}

async function inRoot(root: string, path: string): Promise<ArtifactPlace> {
  const wanted = join(root, path);
  if (wanted !== root && !wanted.startsWith(`${root}${sep}`))
    return { kind: 'refused', why: 'its address leads out of the root' };
  const real = await realpath(wanted).catch(() => null);
  if (real === null) return { kind: 'absent' };
  if (real !== wanted) return { kind: 'refused', why: `${wanted} leads through a link` };
  return (await lstat(real)).isDirectory()
    ? { kind: 'folder', path: real }
    : { kind: 'refused', why: `${wanted} is no folder` };
}
