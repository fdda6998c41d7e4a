/* What every database must do with what is logged: metrics, params, tags. */
import { describe, expect, test } from 'vitest';
import type { Run } from '../../src/tracking/index.ts';
import type { TestDatabase } from './databases.ts';
import { code, point, trackingFixture } from './tracking-fixture.ts';

const asObject = (run: Run): object => ({
  params: Object.fromEntries(run.params.map(({ key, value }) => [key, value])),
  metrics: Object.fromEntries(run.metrics.map(({ key, value }) => [key, value])),
});

/** The suite on a new database. */
export function trackingLoggingContract(create: () => Promise<TestDatabase>): void {
  const to = trackingFixture(create);

  describe('logging', () => {
    test('a batch is there as a whole or not at all', async () => {
      const runId = await to.newRun();
      await to.tracking.logBatch(runId, { params: [{ key: 'depth', value: '3' }] });
      const before = await to.tracking.getRun(runId);
      const batch = { metrics: [point('loss', 1)], tags: [{ key: 't', value: 'v' }] };
      const changed = { ...batch, params: [{ key: 'depth', value: '5' }] };
      await expect(to.tracking.logBatch(runId, changed)).rejects.toMatchObject({
        code: 'TRACKING_BAD_VALUE',
        message: expect.stringMatching(/^Changing param values is not allowed/),
      });
      expect(await to.tracking.getRun(runId)).toEqual(before);
      await to.tracking.logBatch(runId, {
        ...batch,
        params: [
          { key: 'depth', value: '3' },
          { key: 'more', value: '' },
        ],
      });
      expect(asObject(await to.tracking.getRun(runId))).toEqual({
        params: { depth: '3', more: '' },
        metrics: { loss: 1 },
      });
      const twice = {
        params: [
          { key: 'a', value: '1' },
          { key: 'a', value: '1' },
        ],
      };
      await expect(to.tracking.logBatch(runId, twice)).rejects.toEqual(code('TRACKING_BAD_VALUE'));
    });

    test('the latest point is the one with the highest step, then time, then value; equal points are one', async () => {
      const runId = await to.newRun();
      const points = [
        point('m', 5, { step: 2n, timestampMs: 10 }),
        point('m', 9, { step: 1n, timestampMs: 99 }),
        point('m', 7, { step: 2n, timestampMs: 11 }),
        point('m', 6, { step: 2n, timestampMs: 11 }),
        point('m', -1, { step: -3n, timestampMs: 11 }),
      ];
      await to.tracking.logBatch(runId, { metrics: points });
      for (const one of points) await to.tracking.logBatch(runId, { metrics: [one] });
      expect(asObject(await to.tracking.getRun(runId))).toMatchObject({ metrics: { m: 7 } });
      const { items } = await to.tracking.metricHistory({ runId, key: 'm', limit: null });
      expect(items.map(({ value }) => value)).toEqual([5, -1, 6, 7, 9]);
    });

    test('NaN stays, infinities become the largest numbers, steps may have 64 bits', async () => {
      const runId = await to.newRun();
      const wide = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n];
      await to.tracking.logBatch(runId, {
        metrics: [
          point('nan', Number.NaN),
          point('up', Number.POSITIVE_INFINITY),
          point('down', Number.NEGATIVE_INFINITY),
          point('small', 5e-324),
          ...wide.map((step) => point('wide', 1, { step })),
        ],
      });
      const run = await to.tracking.getRun(runId);
      expect(asObject(run)).toMatchObject({
        metrics: { nan: Number.NaN, up: Number.MAX_VALUE, down: -Number.MAX_VALUE, small: 5e-324 },
      });
      expect(run.metrics.find(({ key }) => key === 'wide')!.step).toBe(2n ** 63n - 1n);
      const { items } = await to.tracking.metricHistory({ runId, key: 'wide', limit: null });
      expect(new Set(items.map(({ step }) => step))).toEqual(new Set(wide));
    });

    test('a history comes in pages', async () => {
      const runId = await to.newRun();
      const metrics = Array.from({ length: 25 }, (_, index) =>
        point('m', index % 4, { step: BigInt(index % 7), timestampMs: index % 3 }),
      );
      await to.tracking.logBatch(runId, { metrics });
      const whole = (await to.tracking.metricHistory({ runId, key: 'm', limit: null })).items;
      const paged: unknown[] = [];
      let pageToken: string | undefined;
      do {
        const page = await to.tracking.metricHistory({ runId, key: 'm', limit: 4, pageToken });
        paged.push(...page.items);
        pageToken = page.nextPageToken ?? undefined;
      } while (pageToken !== undefined && paged.length < 100);
      expect(paged).toEqual(whole);
      const wrong = { runId, key: 'm', limit: 4, pageToken: 'abc' };
      await expect(to.tracking.metricHistory(wrong)).rejects.toEqual(code('TRACKING_BAD_PAGE'));
      expect(await to.tracking.metricHistory({ runId, key: 'none', limit: 4 })).toEqual({
        items: [],
        nextPageToken: null,
      });
    });

    test.each(['', '/a', '../a', 'a/../b', 'a//b', 'a/', '.', './a', 'a\nb', 'a;b', 'a'.repeat(251), 'a\0b'])(
      'a key like %j is refused',
      async (key) => {
        const runId = await to.newRun();
        for (const batch of [
          { metrics: [point(key, 1)] },
          { params: [{ key, value: '' }] },
          { tags: [{ key, value: '' }] },
        ]) {
          await expect(to.tracking.logBatch(runId, batch)).rejects.toEqual(code('TRACKING_BAD_VALUE'));
        }
      },
    );

    test('what is longer than the limit is cut, what no database keeps is replaced, more than a batch is refused', async () => {
      const runId = await to.newRun();
      await to.tracking.logBatch(runId, {
        params: [
          { key: 'long', value: 'x'.repeat(7000) },
          { key: 'nul', value: 'a\0b\ud800' },
        ],
        tags: [{ key: 'long', value: 'y'.repeat(9000) }],
      });
      const run = await to.tracking.getRun(runId);
      expect(run.params).toEqual([
        { key: 'long', value: 'x'.repeat(6000) },
        { key: 'nul', value: 'a\ufffdb\ufffd' },
      ]);
      expect(run.tags.find(({ key }) => key === 'long')!.value.length).toBe(8000);
      const metrics = Array.from({ length: 1001 }, (_, index) => point(`m${index}`, 1));
      await expect(to.tracking.logBatch(runId, { metrics })).rejects.toEqual(code('TRACKING_BAD_VALUE'));
      const tags = Array.from({ length: 101 }, (_, index) => ({ key: `t${index}`, value: '' }));
      await expect(to.tracking.logBatch(runId, { tags })).rejects.toEqual(code('TRACKING_BAD_VALUE'));
      await to.tracking.logBatch(runId, { metrics: metrics.slice(0, 1000) });
      expect((await to.tracking.getRun(runId)).metrics.length).toBe(1000);
    });

    test('many writers at once lose nothing', async () => {
      const runId = await to.newRun();
      const stores = await Promise.all([1, 2, 3].map(() => to.another()));
      await Promise.all(
        stores.flatMap((store, writer) =>
          Array.from({ length: 20 }, (_, index) =>
            store.logBatch(runId, {
              metrics: [
                point('shared', index, { step: BigInt(index) }),
                point(`own ${writer}`, index, { step: BigInt(index) }),
              ],
            }),
          ),
        ),
      );
      expect(asObject(await to.tracking.getRun(runId))).toMatchObject({
        metrics: { shared: 19, 'own 0': 19, 'own 1': 19, 'own 2': 19 },
      });
      for (const writer of [0, 1, 2]) {
        const { items } = await to.tracking.metricHistory({ runId, key: `own ${writer}`, limit: null });
        expect(items.length).toBe(20);
      }
    });
  });
}
