import type { Digest } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { ResolvedSpec } from '../../spec/index.ts';
import { readSources } from '../export/run-sources.ts';
import { findVersion } from '../find-version.ts';
import type { ProjectRecord } from '../project-record.ts';
import { lookUpStep, type PortArtifact, type RecordedRun, readJsonOutput } from '../records.ts';

/** What a model was trained on, as its run recorded it. */
export interface TrainedOn {
  readonly run: string;
  readonly spec: { readonly name: string; readonly digest: Digest };
  /** `MODEL/VERSION` by which the run was named; null: it was named itself. */
  readonly model: string | null;
  /** The open part `train`, and what analysis found of it. */
  readonly dataset: Digest;
  readonly profile: Digest;
  /** Columns to be watched: those that are declared, else those that features are made of. */
  readonly columns: readonly string[];
  /** Of the task; null where it has none. */
  readonly timeColumn: string | null;
}

/**
 * What the run behind a name trained on.
 * @param name `MODEL`, `MODEL/VERSION`, `MODEL/ALIAS` or a run
 * @throws PlatformError METADATA_RUN_UNKNOWN, METADATA_RUN_AMBIGUOUS, REGISTRY_VERSION_UNKNOWN, ARTIFACT_NOT_FOUND for a run that
 *   did not come as far as analysis
 */
export async function findTrainedOn(record: ProjectRecord, name: string): Promise<TrainedOn> {
  const version = await findVersion(record.metadata.database, name);
  const { recorded, spec } = await readSources(record, version?.runId ?? name);
  const { id, specDigest } = recorded.run;
  const dataset = outputOf(recorded, 'splitting', 'train');
  const profile = outputOf(recorded, 'analysis', 'statistics');
  const watched = spec.monitoring?.drift;
  return {
    run: id,
    spec: { name: recorded.run.spec, digest: specDigest },
    model: version === null ? null : `${version.model}/${version.version}`,
    dataset: dataset.artifact.digest,
    profile: profile.artifact.digest,
    columns: Array.isArray(watched) ? watched : await columnsOfFeatures(record, recorded, spec),
    timeColumn: spec.task?.time ?? null,
  };
}

function outputOf(run: RecordedRun, step: string, port: string): PortArtifact {
  const found = lookUpStep(run, step)?.outputs.find((output) => output.port === port);
  if (found !== undefined) return found;
  throw new PlatformError('ARTIFACT_NOT_FOUND', {
    message: `expected run ${run.run.id} to have ${step}/${port}, found none`,
    hint: 'A window is compared with what a run trained on and found by analysis: name one that came so far (mlspec ls runs).',
  });
}

/** The columns of the dataset out of which the fitted transformation makes features. */
async function columnsOfFeatures(
  record: ProjectRecord,
  run: RecordedRun,
  { task }: Partial<ResolvedSpec>,
): Promise<string[]> {
  const transform = await readJsonOutput<{
    readonly features: readonly { readonly sources: readonly string[] }[];
  }>(record, lookUpStep(run, 'transformation'), 'transform');
  if (transform === null) {
    throw new PlatformError('ARTIFACT_NOT_FOUND', {
      message: `expected run ${run.run.id} to have transformation/transform, which says what the model reads, found none`,
      hint: 'Name columns with --column, or a run that came as far as transformation.',
    });
  }
  const label = task?.label ?? null;
  const columns = new Set(transform.features.flatMap(({ sources }) => sources));
  return [...columns].filter((column) => column !== label).sort();
}
