import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../../encoding/index.ts';
import { isPlatformError } from '../../errors/index.ts';
import type { ExecutionRecord } from '../../metadata/index.ts';
import type { ProjectRecord } from '../project-record.ts';
import { artifactPath } from './layout-of-files.ts';

/** How content is copied. */
export interface CopyOptions {
  readonly signal: AbortSignal;
  /** Hears how far it came, every few seconds. */
  readonly onProgress: (copied: CopiedSoFar) => void;
}

/** How far a copy has come. */
export interface CopiedSoFar {
  readonly copiedBytes: number;
  /** Of all outputs together; content that several of them share is counted for each. */
  readonly sizeBytes: number;
}

const progressMs = 3000;

/**
 * Copies the outputs of every execution into a folder, each content once, compared with its digest on the way.
 * @returns what the store does not have any more, or not as it was
 * @throws PlatformError CANCELED, and the errors of the store
 */
export async function copyArtifacts(
  { metadata, artifacts: store }: ProjectRecord,
  executions: readonly ExecutionRecord[],
  to: CopyOptions & { readonly folder: string },
): Promise<string[]> {
  const { folder, signal } = to;
  const events = await metadata.events(executions.map(({ id }) => id));
  const made = events.filter(({ direction }) => direction === 'OUTPUT').map(({ artifactId }) => artifactId);
  const artifacts = await metadata.artifacts(made);
  const allBytes = artifacts.reduce((sum, artifact) => sum + artifact.sizeBytes, 0);
  let copiedBytes = 0;
  const written = new Set<Digest>();
  const copyFile = async (digest: Digest, sizeBytes: number): Promise<void> => {
    if (!written.has(digest))
      await store.materialize(digest, join(folder, artifactPath(digest, 'file')), { kind: 'file', signal });
    written.add(digest);
    copiedBytes += sizeBytes;
  };
  const copyTree = async (digest: Digest): Promise<void> => {
    for (const file of await store.entries(digest)) await copyFile(file.digest, file.sizeBytes);
    await writeFile(join(folder, artifactPath(digest, 'tree')), await store.read(digest, { kind: 'tree', signal }));
  };
  const absent = new Set<string>();
  await mkdir(join(folder, 'artifacts'), { recursive: true });
  const telling = setInterval(() => to.onProgress({ copiedBytes, sizeBytes: allBytes }), progressMs);
  try {
    for (const { digest, kind, type, sizeBytes } of artifacts) {
      await (kind === 'file' ? copyFile(digest, sizeBytes) : copyTree(digest)).catch((error: unknown) => {
        if (!isLost(error)) throw error;
        absent.add(`${type} ${digest}`);
      });
    }
  } finally {
    clearInterval(telling);
  }
  return [...absent];
}

function isLost(error: unknown): boolean {
  return isPlatformError(error) && ['ARTIFACT_MISSING', 'ARTIFACT_CORRUPT', 'ARTIFACT_BAD_TREE'].includes(error.code);
}
