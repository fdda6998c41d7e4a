/**
 * Files as one caller sees them. A path belongs to the experiment whose number it begins with and to every experiment
 * whose artifacts were placed at it or above it; each of them has to allow what is done. A registered package belongs to
 * the models that it is a version of, one of which is enough to read it.
 */
import { covers, lesser, type Role, selects } from '../../../access/index.ts';
import { digestOf, isDigest, randomUuid } from '../../../encoding/index.ts';
import {
  type ArtifactPath,
  type ArtifactPaths,
  artifactRootOf,
  joinPath,
  rootPath,
  type TrackedArtifacts,
} from '../../../tracking/index.ts';
import type { Services } from '../services.ts';
import { asUnknown, denied, type Guard } from './guard.ts';

/** Files of which only those that the caller may can be listed, read, put and removed. */
export function guardArtifacts(services: Services, guard: Guard): TrackedArtifacts {
  const { paths, uploads } = services.artifacts;
  const roles = createPathRoles(services, guard);
  const require = async (path: ArtifactPath, needed: Role): Promise<void> => {
    guard.touch(`artifact ${path}`);
    const role = await (needed === 'admin' ? roles.ofAllBelow(path) : roles.of(path));
    if (!covers(role, needed)) throw denied(guard.rights, { is: `${role} of ${path}`, needed });
  };
  return {
    paths: guardPaths(paths, { guard, roles, require }),
    uploads: {
      begin: async (path, partCount) => {
        await require(path, 'writer');
        return await uploads.begin(path, partCount);
      },
      find: async (name) => {
        await require(name.path, 'writer');
        return await uploads.find(name);
      },
      // A part comes by a link that was given to whoever may send it.
      putPart: uploads.putPart,
      complete: async (name, parts) => {
        await require(name.path, 'writer');
        await uploads.complete(name, parts);
      },
      abort: async (name) => {
        await require(name.path, 'writer');
        await uploads.abort(name);
      },
    },
    digests: async () => {
      guard.everywhere('admin', 'listing all content');
      return await services.artifacts.digests();
    },
  };
}

interface PathGuard {
  readonly guard: Guard;
  readonly roles: PathRoles;
  readonly require: (path: ArtifactPath, needed: Role) => Promise<void>;
}

function guardPaths(paths: ArtifactPaths, { roles, require }: PathGuard): ArtifactPaths {
  return {
    list: async (folder) => {
      if ((await roles.of(folder)) === 'none' && folder !== rootPath) return [];
      const entries = await paths.list(folder);
      const seen = await Promise.all(
        entries.map(async ({ name }) => {
          const path = folder === rootPath ? (name as ArtifactPath) : joinPath(folder, name);
          return (await roles.of(path)) !== 'none';
        }),
      );
      return entries.filter((_, index) => seen[index]);
    },
    find: async (path) => {
      if ((await roles.of(path)) !== 'none') return await paths.find(path);
      return await asUnknown(path, nowhere(path), (seen) => paths.find(seen as ArtifactPath));
    },
    put: async (path, source) => {
      await require(path, 'writer');
      return await paths.put(path, source);
    },
    point: async (path, content) => {
      await require(path, 'writer');
      return await paths.point(path, content);
    },
    requireFree: async (path) => {
      await require(path, 'writer');
      await paths.requireFree(path);
    },
    // Digests come from `find`.
    open: paths.open,
    read: paths.read,
    linkTo: paths.linkTo,
    remove: async (path) => {
      await require(path, 'admin');
      await paths.remove(path);
    },
  };
}

interface PathRoles {
  of(path: ArtifactPath): Promise<Role>;
  /** The least of those of the path and of everything that lies below it. */
  ofAllBelow(path: ArtifactPath): Promise<Role>;
}

function createPathRoles({ tracking, registry }: Services, { rights }: Guard): PathRoles {
  let asked: ReturnType<typeof tracking.placedElsewhere> | null = null;
  const least = async (path: ArtifactPath, isMeant: (root: string) => boolean): Promise<Role> => {
    if (rights.isUnlimited) return 'admin';
    const [, number] = /^(0|[1-9]\d{0,15})(?:\/|$)/.exec(path) ?? [];
    const ids = new Set(number === undefined ? [] : [number]);
    asked ??= tracking.placedElsewhere();
    for (const [id, uri] of await asked) if (isMeant(rootOf(uri))) ids.add(id);
    if (ids.size === 0) return rights.everywhere;
    const roles = await Promise.all([...ids].map((id) => rights.on({ kind: 'experiment', id })));
    return roles.reduce(lesser);
  };
  const ofPackage = async (digest: string): Promise<Role> => {
    if (rights.isUnlimited) return 'admin';
    const isSeen = selects(await rights.readable('model'));
    const versions = isDigest(digest) ? await registry.versionsOfPackage(digest) : [];
    // Nobody writes there, which the paths see to.
    return versions.some(({ model }) => isSeen(model)) ? 'reader' : 'none';
  };
  return {
    of: async (path) => {
      const [, digest] = /^packages\/([^/]+)/.exec(path) ?? [];
      if (digest !== undefined) return await ofPackage(digest);
      return await least(path, (root) => isWithin(path, root));
    },
    ofAllBelow: (path) => least(path, (root) => isWithin(path, root) || isWithin(root, path)),
  };
}

/** Where the artifacts at a URI lie; what stands behind `?` is not part of it. Everything where it cannot be told. */
function rootOf(uri: string): string {
  try {
    return artifactRootOf(uri.split('?')[0]!);
  } catch {
    return rootPath;
  }
}

function isWithin(path: string, root: string): boolean {
  return root === '' || path === root || path.startsWith(`${root}/`);
}

/** A path where nothing is, of the same kind. */
function nowhere(path: ArtifactPath): string {
  const end = randomUuid();
  return path.startsWith('packages/') ? `packages/${digestOf(end)}` : end;
}
