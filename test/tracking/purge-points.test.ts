/* Points that go because a training went back: everything that is derived from them follows. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/database/index.ts';
import { openImportProgress, openTracking, type TrackingStore } from '../../src/tracking/index.ts';
import { hasPostgres, newPostgres, newSqlite, type TestDatabase } from '../contract/databases.ts';

const withPostgres = await hasPostgres();

for (const [kind, create] of [
  ['sqlite', newSqlite],
  ['postgres', newPostgres],
] as const) {
  describe.skipIf(kind === 'postgres' && !withPostgres)(`purged points on ${kind}`, () => {
    let place: TestDatabase;
    let database: Database;
    let tracking: TrackingStore;
    let runId: string;
    beforeEach(async () => {
      place = await create();
      database = await place.open();
      tracking = await openTracking(database);
      ({
        info: { runId },
      } = await tracking.createRun({ experimentId: '0' }));
    });
    afterEach(async () => {
      await database.close();
      await place.dispose();
    });
    const points = (key: string, from: number, to: number, plus = 0) =>
      Array.from({ length: to - from }, (_, index) => {
        const step = from + index;
        return { key, value: plus + step, timestampMs: 1000 + step, step: BigInt(step) };
      });

    test('histories, latest points and summaries are those of a run that never had them', async () => {
      const progress = await openImportProgress(database);
      for (let start = 0; start < 12_000; start += 4000) {
        await progress.add(runId, { metrics: points('loss', start, start + 4000) });
      }
      await progress.add(runId, { metrics: [...points('late', 9000, 9003), ...points('early', 0, 3)] });
      await progress.add(runId, {
        purgeFromStep: 5000n,
        metrics: points('loss', 5000, 5010, 0.5),
        position: { source: 'a', place: 7, mark: 'm' },
      });
      const { metrics } = await tracking.getRun(runId);
      expect(metrics.map(({ key, step, value }) => [key, Number(step), value]).sort()).toEqual([
        ['early', 2, 2],
        ['loss', 5009, 5009.5],
      ]);
      const { items } = await tracking.metricHistory({ runId, key: 'loss', limit: null });
      expect(items.map(({ value }) => value)).toEqual([
        ...points('', 0, 5000).map(({ value }) => value),
        ...points('', 5000, 5010, 0.5).map(({ value }) => value),
      ]);
      const [buckets] = await tracking.metricBuckets({ runIds: [runId], key: 'loss', limit: 10 });
      const last = buckets!.items.at(-1)!.last;
      expect([Number(last.step), last.value]).toEqual([5009, 5009.5]);
      expect(await progress.positions(runId)).toEqual(new Map([['a', { place: 7, mark: 'm' }]]));
    });
  });
}
