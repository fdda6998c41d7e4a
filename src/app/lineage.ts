import { isDigest } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { ArtifactRecord, Lineage } from '../metadata/index.ts';
import type { Config } from './config.ts';
import type { ProjectRecord } from './project-record.ts';
import { findStep, lookUpStep, readRun, withRecord } from './records.ts';

/** An artifact with all that it was made from and all that was made from it. */
export interface ArtifactLineage {
  readonly artifact: ArtifactRecord;
  readonly ancestors: Lineage;
  readonly descendants: Lineage;
}

/**
 * The lineage of an artifact, named by RUN/STEP/PORT (of a kept file RUN/STEP/artifacts/NAME) or by its digest.
 * @throws PlatformError ARTIFACT_NOT_FOUND
 */
export async function traceArtifact(config: Config, name: string): Promise<ArtifactLineage> {
  return await withRecord(config, async (record) => {
    const artifact = await findArtifact(record, name);
    return {
      artifact,
      ancestors: await record.metadata.ancestors(artifact.id),
      descendants: await record.metadata.descendants(artifact.id),
    };
  });
}

/**
 * An artifact by RUN/STEP/PORT or by its digest.
 * @throws PlatformError ARTIFACT_NOT_FOUND, METADATA_RUN_UNKNOWN, STEP_NOT_FOUND
 */
export async function findArtifact(record: ProjectRecord, name: string): Promise<ArtifactRecord> {
  const found = isDigest(name) ? await record.metadata.artifactByDigest(name) : await findByPort(record, name);
  if (found !== null) return found;
  throw new PlatformError('ARTIFACT_NOT_FOUND', {
    message: `expected RUN/STEP/PORT or a whole digest of a recorded artifact, found ${JSON.stringify(name)}`,
  });
}

async function findByPort(record: ProjectRecord, name: string): Promise<ArtifactRecord | null> {
  const parts = name.split('/');
  if (parts.length < 3) return null;
  const run = await readRun(record, parts[0]!);
  // The names of steps of a sub-pipeline and of kept files hold slashes themselves: the longest step that fits is meant.
  for (let end = parts.length - 1; end > 1; end--) {
    const step = lookUpStep(run, parts.slice(1, end).join('/'));
    const output = step?.outputs.find((one) => one.port === parts.slice(end).join('/'));
    if (output !== undefined) return output.artifact;
  }
  findStep(run, parts.slice(1, -1).join('/'));
  return null;
}
