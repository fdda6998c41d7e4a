import type { JsonObject } from '../encoding/index.ts';
import { isPlatformError } from '../errors/index.ts';
import { parseMlmodelSignature } from '../models/index.ts';
import { artifactRootOf, joinPath, type TrackedArtifacts } from '../tracking/index.ts';

const maximumBytes = 4 * 1024 * 1024;

/**
 * The signature in the MLmodel file of a model that lies in the tracker's artifacts.
 * @returns `{}` where the model lies elsewhere, has no such file, or one that is larger than 4 MiB
 */
export async function readModelSignature(artifactUri: string, { paths }: TrackedArtifacts): Promise<JsonObject> {
  try {
    const { digest, sizeBytes } = await paths.find(joinPath(artifactRootOf(artifactUri), 'MLmodel'));
    if (sizeBytes > maximumBytes) return {};
    const pieces: Buffer[] = [];
    for await (const piece of paths.open(digest)) pieces.push(piece as Buffer);
    return parseMlmodelSignature(Buffer.concat(pieces).toString('utf8'));
  } catch (error) {
    if (isPlatformError(error) && ['not-found', 'invalid-input', 'precondition-failed'].includes(error.kind)) return {};
    throw error;
  }
}
