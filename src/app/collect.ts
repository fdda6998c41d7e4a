import { planCollection, removeCollected } from '../artifacts/index.ts';
import { type Digest, isDigest, now } from '../encoding/index.ts';
import type { OpenRun } from '../metadata/index.ts';
import { openRegistry } from '../registry/index.ts';
import type { DeletedThing, HeldThing } from '../tracking/index.ts';
import { openArtifacts } from '../tracking/index.ts';
import { requireArtifactPlace } from './artifact-places.ts';
import type { Config } from './config.ts';
import { withRecord } from './records.ts';
import { recover } from './recover.ts';
import { type DeletedRequest, planRemoval, removeDeleted } from './remove-deleted.ts';

/** What a collection would remove, or removed. */
export interface Collected {
  readonly keptRuns: number;
  readonly itemCount: number;
  readonly sizeBytes: number;
  readonly removed: boolean;
  /** What clients had deleted in the tracker. */
  readonly deleted: readonly DeletedThing[];
  /** What of it stays, and why. */
  readonly held: readonly HeldThing[];
  /** Where artifacts of it lie that others keep. */
  readonly elsewhere: readonly string[];
  /** Further places where content of this record lies, which were not looked at. */
  readonly otherPlaces: readonly string[];
  /** Runs that go on, however old, for which things are kept beside the newest. */
  readonly openRuns: readonly Pick<OpenRun, 'id' | 'host' | 'pid' | 'startedAtMs'>[];
}

/**
 * Content younger than this stays: what a run has stored or is about to reuse is recorded only after that, and clocks of
 * machines differ.
 */
const graceMs = 60 * 60_000;

/** What is to be kept and what may go. */
export interface CollectionRequest {
  /** Newest runs whose content stays. */
  readonly keep: number;
  /** What of the tracker's deleted things goes for good. */
  readonly deleted: DeletedRequest;
  /** Without it nothing is removed, only said. */
  readonly remove: boolean;
  /** A store or a place for artifacts was named. */
  readonly isPlaceNamed: boolean;
  readonly signal: AbortSignal;
}

/** An upload that was begun longer ago has no process any more that could end it. */
const longestUploadMs = 24 * 60 * 60_000;

/**
 * Removes what clients of the tracker deleted long enough ago, and then content that no kept run, registered package, running
 * engine or path of a tracked artifact needs; without `remove` only says what.
 * @throws PlatformError ARTIFACTS_ELSEWHERE, TRACKING_UNKNOWN, TRACKING_NOT_DELETED
 */
export async function collectGarbage(config: Config, options: CollectionRequest): Promise<Collected> {
  return await withRecord(config, async (record) => {
    const otherPlaces = await requireArtifactPlace(record.metadata, config, { isNamed: options.isPlaceNamed });
    await recover(config, record);
    const gone = options.remove
      ? await removeDeleted(record, options.deleted, options.signal)
      : await planRemoval(record, options.deleted);
    const startedAtMs = now();
    const newest = await record.metadata.listRuns({ limit: options.keep });
    const open = await record.metadata.openRuns();
    const runs = [...newest, ...open];
    const registry = await openRegistry(record.metadata.database);
    const tracked = await openArtifacts(record.metadata.database, record.artifacts);
    const keep = new Set<Digest>([
      ...(await record.metadata.digestsOfRuns(runs.map((run) => run.id))),
      ...(await registry.packageDigests()),
      ...(await tracked.digests(options.remove ? [] : gone.folders)),
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
      await record.artifacts.removeUnfinished(startedAtMs - longestUploadMs);
    }
    return {
      keptRuns: newest.length,
      itemCount: plan.remove.length,
      sizeBytes: plan.removeBytes,
      removed: options.remove,
      ...{ deleted: gone.things, held: gone.held, elsewhere: gone.elsewhere, otherPlaces },
      openRuns: open.map(({ id, host, pid, startedAtMs }) => ({ id, host, pid, startedAtMs })),
    };
  });
}
