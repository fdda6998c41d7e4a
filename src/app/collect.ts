import { planCollection, removeCollected } from '../artifacts/index.ts';
import { type Digest, isDigest, now } from '../encoding/index.ts';
import type { OpenRun } from '../metadata/index.ts';
import { openRegistry } from '../registry/index.ts';
import { openArtifacts } from '../tracking/index.ts';
import type { Config } from './config.ts';
import { withRecord } from './records.ts';
import { recover } from './recover.ts';

/** What a collection would remove, or removed. */
export interface Collected {
  readonly keptRuns: number;
  readonly itemCount: number;
  readonly sizeBytes: number;
  readonly removed: boolean;
  /** Runs that go on, however old, for which things are kept beside the newest. */
  readonly openRuns: readonly Pick<OpenRun, 'id' | 'host' | 'pid' | 'startedAtMs'>[];
}

/**
 * Content younger than this stays: what a run has stored or is about to reuse is recorded only after that, and clocks of
 * machines differ.
 */
const graceMs = 60 * 60_000;

/**
 * Removes content that no kept run, registered package, running engine or path of a tracked artifact needs; without `remove` only says what.
 */
export async function collectGarbage(
  config: Config,
  options: { readonly keep: number; readonly remove: boolean; readonly signal: AbortSignal },
): Promise<Collected> {
  return await withRecord(config, async (record) => {
    await recover(config, record);
    const startedAtMs = now();
    const newest = await record.metadata.listRuns({ limit: options.keep });
    const open = await record.metadata.openRuns();
    const runs = [...newest, ...open];
    const registry = await openRegistry(record.metadata.database);
    const tracked = await openArtifacts(record.metadata.database, record.artifacts);
    const keep = new Set<Digest>([
      ...(await record.metadata.digestsOfRuns(runs.map((run) => run.id))),
      ...(await registry.packageDigests()),
      ...(await tracked.digests()),
    ]);
    for (const run of runs) {
      keep.add(run.specDigest);
      const plan = run.details['plan'];
      if (isDigest(plan)) keep.add(plan);
    }
    const storedBeforeMs = startedAtMs - graceMs;
    const plan = await planCollection(record.artifacts, { keep, storedBeforeMs });
    if (options.remove) {
      const removed = await removeCollected(record.artifacts, plan, { storedBeforeMs, signal: options.signal });
      const digests = removed.map((item) => item.digest);
      await record.metadata.markDeleted(digests, { recordedBeforeMs: startedAtMs });
    }
    return {
      keptRuns: newest.length,
      itemCount: plan.remove.length,
      sizeBytes: plan.removeBytes,
      removed: options.remove,
      openRuns: open.map(({ id, host, pid, startedAtMs }) => ({ id, host, pid, startedAtMs })),
    };
  });
}
