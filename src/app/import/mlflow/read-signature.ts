import type { JsonObject } from '../../../encoding/index.ts';
import { isPlatformError } from '../../../errors/index.ts';
import { parseMlmodelSignature } from '../../../models/index.ts';
import { artifactRootOf, joinPath, type TrackedArtifacts } from '../../../tracking/index.ts';

const maximumBytes = 4 * 1024 * 1024;
const unknown = ['not-found', 'invalid-input', 'precondition-failed'];

/** The signature in the MLmodel file at an address of this tracker's; `{}` where there is none that can be read. */
export async function readSignature(address: string, { paths }: TrackedArtifacts): Promise<JsonObject> {
  try {
    const { digest, sizeBytes } = await paths.find(joinPath(artifactRootOf(address), 'MLmodel'));
    if (sizeBytes > maximumBytes) return {};
    const pieces: Buffer[] = [];
    for await (const piece of paths.open(digest)) pieces.push(piece as Buffer);
    return parseMlmodelSignature(Buffer.concat(pieces).toString('utf8'));
  } catch (error) {
    if (isPlatformError(error) && unknown.includes(error.kind)) return {};
    throw error;
  }
}
