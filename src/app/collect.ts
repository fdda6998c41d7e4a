import { planCollection, removeCollected } from '../artifacts/index.ts';
import { type Digest, isDigest, now } from '../encoding/index.ts';
import { openRegistry } from '../registry/index.ts';
import type { Config } from './config.ts';
import { recover } from './engine.ts';
import { withRecord } from './records.ts';

/** What a collection would remove, or removed. */
export interface Collected {
  readonly keptRuns: number;
  readonly itemCount: number;
  readonly sizeBytes: number;
  readonly removed: boolean;
}

/** Content younger than this stays: it may belong to a run that is going on. */
const graceMs = 60 * 60_000;

/**
 * Removes content that no kept run, registered package or running engine needs; without `remove` only says what.
 */
export async function collectGarbage(
  config: Config,
  options: { readonly keep: number; readonly remove: boolean; readonly signal: AbortSignal },
): Promise<Collected> {
  return await withRecord(config, async (record) => {
    await recover(config, record);
    const runs = await record.metadata.listRuns({ limit: options.keep });
    const registry = await openRegistry(record.metadata.database);
    const keep = new Set<Digest>([
      ...(await record.metadata.digestsOfRuns(runs.map((run) => run.id))),
      ...(await registry.packageDigests()),
    ]);
    for (const run of runs) {
      keep.add(run.specDigest);
      const plan = run.details['plan'];
      if (isDigest(plan)) keep.add(plan);
    }
    const storedBeforeMs = now() - graceMs;
    const plan = await planCollection(record.artifacts, { keep, storedBeforeMs });
    if (options.remove) {
      const removed = await removeCollected(record.artifacts, plan, { storedBeforeMs, signal: options.signal });
      await record.metadata.markDeleted(removed.map((item) => item.digest));
    }
    return {
      keptRuns: runs.length,
      itemCount: plan.remove.length,
      sizeBytes: plan.removeBytes,
      removed: options.remove,
    };
  });
}
