import { formatInstant } from '../encoding/index.ts';
import type { KnownBefore, PinnedArtifact, PublishedOutput } from '../pipeline/index.ts';
import type { ResolvedSpec } from '../spec/index.ts';
import type { ProjectRecord } from './project-record.ts';

/** Executions that are looked through at most, the newest first. */
const mostExecutions = 2000;

/** The step whose earlier reports are read again, and its port. */
const reader = { step: 'validation', port: 'report' } as const;

/** Which reports of earlier runs a plan reads: those of a declaration of this name, and how many at most. */
export interface EarlierNames {
  readonly spec: string;
  readonly most: number;
}

/** What a declaration reads of its earlier runs; null where no check asks what was measured before. */
export function earlierNames(spec: ResolvedSpec): EarlierNames | null {
  const windows = spec.validation.checks.flatMap(({ history }) => (history === undefined ? [] : [history.window]));
  return windows.length === 0 ? null : { spec: spec.name, most: Math.max(...windows) };
}

/** Reports of earlier runs that are still kept, the oldest first; equal ones once, as they were recorded first. */
export async function pinEarlier(
  record: ProjectRecord,
  { spec, most }: EarlierNames,
): Promise<Pick<KnownBefore, 'earlier'> & { readonly artifacts: readonly PublishedOutput[] }> {
  const { metadata, artifacts: store } = record;
  const executions = await metadata.previousExecutions(reader.step, { spec, limit: mostExecutions });
  const made = await metadata.events(executions.filter(({ state }) => state === 'COMPLETE').map(({ id }) => id));
  const ids = made.filter(({ direction, port }) => direction === 'OUTPUT' && port === reader.port);
  const found = await metadata.artifacts(ids.map(({ artifactId }) => artifactId));
  const oldest = new Map(found.toSorted((a, b) => b.createdAtMs - a.createdAtMs).map((one) => [one.digest, one]));
  const kept: PublishedOutput[] = [];
  const newestFirst = [...oldest.values()].toSorted((a, b) => b.createdAtMs - a.createdAtMs);
  for (const { id, type, digest, kind, sizeBytes, properties, createdAtMs } of newestFirst) {
    if (kept.length === most) break;
    if (!(await store.has(digest))) continue;
    const recordedAt = formatInstant(createdAtMs);
    kept.unshift({ artifactId: id, type, digest, kind, sizeBytes, properties: { ...properties, recordedAt } });
  }
  const pins = kept.map(
    ({ digest }): PinnedArtifact => ({ name: `${spec}, an earlier report`, type: 'Report', digest }),
  );
  return { earlier: { [`${reader.step}.${reader.port}`]: pins }, artifacts: kept };
}
