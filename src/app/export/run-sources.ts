import { type Digest, isDigest } from '../../encoding/index.ts';
import type { Plan } from '../../pipeline/index.ts';
import type { ResolvedSpec } from '../../spec/index.ts';
import type { ProjectRecord } from '../project-record.ts';
import { type RecordedRun, readRun } from '../records.ts';

const maximumDocumentBytes = 64 * 1024 * 1024;

/** What a run's view is made from. */
export interface RunSources {
  readonly record: ProjectRecord;
  readonly recorded: RecordedRun;
  /** As it was declared; empty where it is not kept any more. */
  readonly spec: Partial<ResolvedSpec>;
  readonly plan: Plan | null;
}

/** Reads what a view is made from. @throws PlatformError METADATA_RUN_UNKNOWN, METADATA_RUN_AMBIGUOUS */
export async function readSources(record: ProjectRecord, name: string): Promise<RunSources> {
  const recorded = await readRun(record, name);
  const { run } = recorded;
  const plan = run.details['plan'];
  return {
    record,
    recorded,
    spec: (await readDocument<Partial<ResolvedSpec>>(record, run.specDigest)) ?? {},
    plan: isDigest(plan) ? await readDocument<Plan>(record, plan) : null,
  };
}

async function readDocument<T>(record: ProjectRecord, digest: Digest): Promise<T | null> {
  try {
    const bytes = await record.artifacts.read(digest, { maxBytes: maximumDocumentBytes });
    return JSON.parse(bytes.toString('utf8')) as T;
  } catch {
    // Collected, or never kept: what it said is then not known.
    return null;
  }
}
