import { type Digest, digestHex, isDigest } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { findArtifact } from '../lineage.ts';
import type { ProjectRecord } from '../project-record.ts';
import { findInRun, findRegistered } from '../serve.ts';

/** Something of the record that has a digest. */
export interface RecordedContent {
  /** What a folder with it would be called. */
  readonly name: string;
  readonly digest: Digest;
  readonly kind: 'file' | 'tree';
  /** Of a file. */
  readonly sizeBytes?: number;
}

/**
 * What a name means: the package of a registered model (`MODEL`, `MODEL/VERSION`, `MODEL/ALIAS`), an output
 * (`RUN/STEP/PORT`, or its digest), or the package that a run made.
 * @throws PlatformError ARTIFACT_NOT_FOUND, METADATA_RUN_UNKNOWN, STEP_NOT_FOUND
 */
export async function findContent(record: ProjectRecord, name: string): Promise<RecordedContent> {
  // Whoever writes a path means one.
  if (/^[./~]/.test(name)) throw notFound(name);
  const registered = await findRegistered(record, name);
  if (registered !== null) {
    return { name: `${registered.name}-${registered.version}`, digest: registered.digest, kind: 'tree' };
  }
  if (isDigest(name) || name.split('/').length > 2) {
    const { digest, kind, sizeBytes } = await findArtifact(record, name);
    const shown = isDigest(name) ? digestHex(digest).slice(0, 12) : name.split('/').at(-1)!;
    return { name: shown, digest, kind, sizeBytes };
  }
  const made = await findInRun(record, name);
  if (made !== null) return { name: 'package', digest: made, kind: 'tree' };
  throw notFound(name);
}

function notFound(name: string): PlatformError {
  return new PlatformError('ARTIFACT_NOT_FOUND', {
    message: `expected a folder, a file, a registered model, a run that made a package, or RUN/STEP/PORT, found ${JSON.stringify(name.slice(0, 200))}`,
  });
}
