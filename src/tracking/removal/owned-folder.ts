import { isPlatformError } from '../../errors/index.ts';
import type { ArtifactPath } from '../artifacts/artifact-path.ts';
import { artifactRootOf } from '../artifacts/artifact-root.ts';
import type { DeletedThing } from './removal.ts';

/**
 * The folder that belongs to a thing alone: it lies with this server, the id of the thing is a part of it, and no other
 * experiment was made to lie in it.
 * @param locations of all other experiments
 * @returns null where there is none
 */
export function ownedFolder(thing: DeletedThing, locations: readonly string[]): ArtifactPath | null {
  const folder = folderOf(thing.artifactUri);
  if (folder === null || !folder.split('/').includes(thing.id)) return null;
  const inside = locations.map(folderOf).some((other) => other === folder || other?.startsWith(`${folder}/`));
  return inside ? null : folder;
}

/** The folder of an address; null for one that lies elsewhere. */
export function folderOf(uri: string): ArtifactPath | null {
  try {
    return artifactRootOf(uri);
  } catch (error) {
    if (isPlatformError(error)) return null;
    throw error;
  }
}
