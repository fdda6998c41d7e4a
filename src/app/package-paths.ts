/** The packages that releases registered, where clients of the tracker fetch them: `packages/DIGEST/…`, to be read only. */
import type { ArtifactStore, TreeEntry } from '../artifacts/index.ts';
import { isDigest } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { ModelRegistry } from '../registry/index.ts';
import type { ArtifactPath, ArtifactPaths, FolderEntry } from '../tracking/index.ts';

/** A place below `packages`: of which package, and what in it; empty for the whole. */
interface PackagePlace {
  readonly files: readonly TreeEntry[];
  readonly below: string;
}

/** Where packages come from. */
export interface PackageSources {
  readonly store: ArtifactStore;
  readonly registry: Pick<ModelRegistry, 'versionsOfPackage'>;
}

/**
 * Paths that hold registered packages besides what clients put there. Nothing can be put below `packages`, nor removed, and
 * content of the store that is not registered is not seen there.
 */
export function withPackages(paths: ArtifactPaths, sources: PackageSources): ArtifactPaths {
  return {
    ...paths,
    list: async (folder) => {
      if (!isOfPackages(folder)) return await paths.list(folder);
      const place = await findPlace(folder, sources);
      return place === null ? [] : childrenOf(place);
    },
    find: async (path) => {
      if (!isOfPackages(path)) return await paths.find(path);
      const place = await findPlace(path, sources);
      const file = place?.files.find((entry) => entry.path === place.below);
      if (file !== undefined) return { digest: file.digest, sizeBytes: file.sizeBytes, createdAtMs: 0 };
      throw new PlatformError('TRACKING_ARTIFACT_UNKNOWN', {
        message: `expected a file of a registered package at ${path}, found none`,
        details: { path },
      });
    },
    put: async (path, source) => await paths.put(outside(path), source),
    point: async (path, content) => await paths.point(outside(path), content),
    requireFree: async (path) => await paths.requireFree(outside(path)),
    remove: async (path) => await paths.remove(outside(path)),
  };
}

function isOfPackages(path: ArtifactPath): boolean {
  return path === 'packages' || path.startsWith('packages/');
}

/** @throws PlatformError TRACKING_ARTIFACT_CLASH for what lies below `packages` */
function outside(path: ArtifactPath): ArtifactPath {
  if (!isOfPackages(path)) return path;
  throw new PlatformError('TRACKING_ARTIFACT_CLASH', {
    message: `expected a path outside packages/, where registered packages are and nothing else, found ${path}`,
    details: { path },
  });
}

async function findPlace(path: ArtifactPath, { store, registry }: PackageSources): Promise<PackagePlace | null> {
  const [, hex = '', ...below] = path.split('/');
  const digest = `sha256:${hex}`;
  if (!isDigest(digest) || (await registry.versionsOfPackage(digest)).length === 0) return null;
  return { files: await store.entries(digest), below: below.join('/') };
}

function childrenOf({ files, below }: PackagePlace): FolderEntry[] {
  const prefix = below === '' ? '' : `${below}/`;
  const found = new Map<string, FolderEntry>();
  for (const { path, sizeBytes } of files) {
    if (!path.startsWith(prefix)) continue;
    const [name = '', ...more] = path.slice(prefix.length).split('/');
    found.set(name, { name, sizeBytes: more.length === 0 ? sizeBytes : null });
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
