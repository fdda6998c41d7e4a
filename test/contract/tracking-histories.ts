/* What every database must do with histories that are reduced: lose no extreme, whatever was logged in whichever order. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/database/index.ts';
import { type Metric, type MetricBucket, openTracking, type TrackingStore } from '../../src/tracking/index.ts';
import type { TestDatabase } from './databases.ts';
import { code, point } from './tracking-fixture.ts';

const rounds = 12;
const writer = join(import.meta.dirname, 'tracking-writer.ts');

type Point = ReturnType<typeof point>;

/** Batches of one series: stretches of points, some of them earlier than what was there, some of them there already. */
const batches = fc.array(
  fc.record({
    /** Where the stretch begins, as a share of the time so far; above 1 it follows. */
    at: fc.oneof({ weight: 2, arbitrary: fc.constant(1.01) }, fc.double({ min: 0, max: 1, noNaN: true })),
    size: fc.oneof({ weight: 3, arbitrary: fc.constant(1000) }, fc.integer({ min: 1, max: 40 })),
    /** Points with the same time. */
    pace: fc.constantFrom(1, 1, 1, 7, 2000),
    steps: fc.constantFrom('rising', 'equal', 'falling', 'wide'),
    values: fc.constantFrom('wave', 'noise', 'nan', 'equal', 'sometimes nan'),
    seed: fc.nat(1_000_000),
  }),
  { minLength: 4, maxLength: 9 },
);

function pointsOf(plan: typeof batches extends fc.Arbitrary<infer Plan> ? Plan : never): Point[][] {
  let end = 0;
  return plan.map(({ at, size, pace, steps, values, seed }, turn) => {
    const start = Math.floor(end * at);
    const random = (index: number): number => ((Math.imul(index + seed, 2_654_435_761) >>> 0) % 10_007) / 10;
    const made = Array.from({ length: size }, (_, index) => {
      const timestampMs = start + Math.floor(index / pace);
      const step = { rising: start + index, equal: 0, falling: -index, wide: 0 }[steps];
      // What comes later has the larger values, so that a part of it that is forgotten is missed.
      const value = {
        wave: Math.sin(index / 9) * 9 ** turn,
        noise: random(index) * 9 ** turn,
        nan: Number.NaN,
        equal: 1,
      };
      const isNan = values === 'sometimes nan' && random(index) < 30;
      return point('m', isNan ? Number.NaN : value[values === 'sometimes nan' ? 'noise' : values], {
        timestampMs,
        step: steps === 'wide' ? 2n ** 60n + BigInt(index) : BigInt(step),
      });
    });
    end = Math.max(end, start + Math.floor(size / pace));
    return made;
  });
}

const shown = (one: Metric | null): string | null => one && `${one.timestampMs} ${one.step} ${one.value}`;

/** The buckets of a history, from all its points, where the buckets begin and end. */
function plainBuckets(history: readonly Metric[], buckets: readonly MetricBucket[]): unknown[] {
  const places = new Map(history.map((one, index) => [shown(one), index]));
  let next = 0;
  return buckets.map(({ last }) => {
    const part = history.slice(next, places.get(shown(last))! + 1);
    next += part.length;
    const numbers = part.filter(({ value }) => !Number.isNaN(value));
    const [min, max] = [Math.min(...numbers.map(({ value }) => value)), Math.max(...numbers.map(({ value }) => value))];
    return [
      part[0],
      part.at(-1),
      numbers.find(({ value }) => value === min) ?? null,
      numbers.find(({ value }) => value === max) ?? null,
      part.find(({ value }) => Number.isNaN(value)) ?? null,
    ].map((one) => shown(one ?? null));
  });
}

const asShown = ({ first, last, min, max, nan }: MetricBucket) => [first, last, min, max, nan].map(shown);

/** Lets another process write batches until it has said that so many are written, and kills it at once. @returns how many it said */
async function writeUntilKilled(task: object, until: number): Promise<number> {
  const child = spawn(process.execPath, [writer, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = 0;
  for await (const line of createInterface({ input: child.stdout! })) {
    said = Number(line) + 1;
    if (said >= until) child.kill('SIGKILL');
  }
  return said;
}

/** The suite on a new database. */
export function trackingHistoriesContract(create: () => Promise<TestDatabase>): void {
  let place: TestDatabase;
  let database: Database;
  let tracking: TrackingStore;
  beforeAll(async () => {
    place = await create();
    database = await place.open();
    tracking = await openTracking(database);
  });
  afterAll(async () => {
    await database.close();
    await place.dispose();
  });
  const newRun = async () => (await tracking.createRun({ experimentId: '0' })).info.runId;
  const log = async (runId: string, metrics: readonly Point[]) => {
    for (let start = 0; start < metrics.length; start += 1000)
      await tracking.logBatch(runId, { metrics: metrics.slice(start, start + 1000) });
  };
  const bucketsOf = async (runId: string, limit: number, steps?: { from: bigint; to: bigint }) =>
    (await tracking.metricBuckets({ runIds: [runId], key: 'm', limit, steps }))[0]!.items;
  const all = async (runId: string) => (await tracking.metricHistory({ runId, key: 'm', limit: null })).items;

  describe('reduced histories', () => {
    test('buckets are what all points give, whatever came when', async () => {
      await fc.assert(
        fc.asyncProperty(batches, fc.constantFrom(1, 3, 16, 320), async (plan, limit) => {
          const runId = await newRun();
          for (const metrics of pointsOf(plan)) await tracking.logBatch(runId, { metrics });
          const history = await all(runId);
          const buckets = await bucketsOf(runId, limit);
          expect(buckets.length).toBeLessThanOrEqual(limit);
          if (history.length <= limit) expect(buckets).toHaveLength(history.length);
          expect(buckets.map(asShown)).toEqual(plainBuckets(history, buckets));
          expect(shown(buckets.at(-1)!.last)).toBe(shown(history.at(-1)!));
        }),
        { numRuns: rounds },
      );
    });

    test('a range of steps gives what its points give', async () => {
      await fc.assert(
        fc.asyncProperty(batches, fc.integer({ min: -50, max: 6000 }), fc.nat(3000), async (plan, from, width) => {
          const runId = await newRun();
          for (const metrics of pointsOf(plan)) await tracking.logBatch(runId, { metrics });
          const steps = { from: BigInt(from), to: BigInt(from + width) };
          const history = (await all(runId)).filter(({ step }) => step >= steps.from && step <= steps.to);
          for (const limit of [2, 40]) {
            const buckets = await bucketsOf(runId, limit, steps);
            expect(buckets.length).toBeLessThanOrEqual(limit);
            expect(buckets.map(asShown)).toEqual(plainBuckets(history, buckets));
            expect(shown(buckets.at(-1)?.last ?? null)).toBe(shown(history.at(-1) ?? null));
          }
        }),
        { numRuns: rounds },
      );
    });

    test('a sample has no more points than allowed, with the first, the last and the extremes', async () => {
      const runId = await newRun();
      const metrics = Array.from({ length: 9000 }, (_, index) =>
        point('m', index === 4321 ? 1e6 : index === 77 ? Number.NaN : index % 10, {
          timestampMs: index,
          step: BigInt(index),
        }),
      );
      await log(runId, metrics);
      const sample = async (limit: number, key = 'm') =>
        (await tracking.metricSample({ runIds: [runId], key, limit }))[0]!.items;
      for (const limit of [5, 6, 7, 20, 320, 2500]) {
        const values = await sample(limit);
        expect(values.length).toBeLessThanOrEqual(limit);
        expect(values.length).toBeGreaterThan(limit / 3);
        expect([values[0]!.step, values.at(-1)!.step]).toEqual([0n, 8999n]);
        expect(values.map(({ value }) => value)).toContain(1e6);
        expect(values.some(({ value }) => Number.isNaN(value))).toBe(true);
        expect(values.map(({ step }) => step)).toEqual(
          values.map(({ step }) => step).toSorted((a, b) => Number(a - b)),
        );
      }
      expect((await sample(1)).map(({ step }) => step)).toEqual([8999n]);
      expect((await sample(2)).map(({ step }) => step)).toEqual([0n, 8999n]);
      expect(await sample(10, 'absent')).toEqual([]);
    });

    test('points that come late are found, and the blocks that they fill are cut', async () => {
      const runId = await newRun();
      const at = (timestampMs: number, value: number) => point('m', value, { timestampMs, step: BigInt(timestampMs) });
      await log(
        runId,
        Array.from({ length: 6000 }, (_, index) => at(10 * index + 10_000, 1)),
      );
      await log(runId, [at(10_001, 7), at(20_001, -7), at(30_001, Number.NaN), at(9_000, 0), at(40_000, 1)]);
      const late = Array.from({ length: 5000 }, (_, index) => at(25_000 + index, index === 2500 ? 100 : 2));
      await log(runId, late.toReversed());
      const history = await all(runId);
      for (const limit of [1, 20]) {
        const buckets = await bucketsOf(runId, limit);
        expect(buckets.map(asShown)).toEqual(plainBuckets(history, buckets));
      }
      const [whole] = await bucketsOf(runId, 1);
      expect([whole!.first, whole!.min, whole!.max].map((one) => one!.value)).toEqual([0, -7, 100]);
      expect(whole!.nan!.timestampMs).toBe(30_001);
      // Twenty buckets, of which those of the late points are no coarser than the others.
      const fine = await bucketsOf(runId, 20);
      expect(
        fine.filter(({ first, last }) => first.timestampMs >= 25_000 && last.timestampMs < 30_100).length,
      ).toBeGreaterThan(5);
    });

    test('many runs at once, in the order of the question; one that is not there is empty', async () => {
      const runs = [await newRun(), await newRun()];
      await log(runs[1]!, [point('m', 1), point('m', 3, { step: 1n })]);
      await log(runs[0]!, [point('m', 2)]);
      const found = await tracking.metricSample({ runIds: [runs[1]!, 'absent', runs[0]!], key: 'm', limit: 10 });
      expect(found.map(({ items }) => items.map(({ value }) => value))).toEqual([[1, 3], [], [2]]);
      expect(await tracking.metricBuckets({ runIds: [], key: 'm', limit: 10 })).toEqual([]);
      for (const wrong of [{ limit: 0 }, { limit: 2501 }, { steps: { from: 2n, to: 1n } }])
        await expect(tracking.metricBuckets({ runIds: runs, key: 'm', limit: 1, ...wrong })).rejects.toEqual(
          code('TRACKING_BAD_VALUE'),
        );
    });

    test('series that grow long together, by two writers, keep their blocks', async () => {
      const another = await place.open();
      const other = await openTracking(another);
      const runId = await newRun();
      const keys = Array.from({ length: 7 }, (_, index) => `k${index}`);
      const write = async (store: TrackingStore, offset: number) => {
        for (let batch = 0; batch < 40; batch++) {
          const metrics = keys.flatMap((key) =>
            Array.from({ length: 80 }, (_, index) => {
              const at = (batch * 80 + index) * 2 + offset;
              return point(key, Math.cos(at), { timestampMs: at, step: BigInt(at) });
            }),
          );
          await store.logBatch(runId, { metrics });
        }
      };
      await Promise.all([write(tracking, 0), write(other, 1)]);
      for (const key of keys) {
        const { items } = await tracking.metricHistory({ runId, key, limit: null });
        expect(items).toHaveLength(6400);
        const [found] = await other.metricBuckets({ runIds: [runId], key, limit: 20 });
        expect(found!.items.map(asShown)).toEqual(plainBuckets(items, found!.items));
      }
      const sql =
        'select count(distinct series) as n from metric_blocks b join metric_series s on s.id = b.series where s.key like ?';
      expect(await database.first(sql, ['k%'])).toEqual({ n: 7 });
      await another.close();
    });

    test('a writer that is killed leaves whole batches and true buckets', { timeout: 60_000 }, async () => {
      const runId = await newRun();
      let written = 0;
      for (const batches of [5, 1, 8, 3]) {
        const until = written + batches;
        written = await writeUntilKilled({ address: place.address, runId, first: written }, until);
        const kept = Number((await tracking.getRun(runId)).tags.find(({ key }) => key === 'batches')!.value);
        expect(kept).toBeGreaterThanOrEqual(written);
        for (const [key, count] of Object.entries({ m: 600, late: 300 })) {
          const { items } = await tracking.metricHistory({ runId, key, limit: null });
          expect(items).toHaveLength(kept * count);
          const [found] = await tracking.metricBuckets({ runIds: [runId], key, limit: 9 });
          expect(found!.items.map(asShown)).toEqual(plainBuckets(items, found!.items));
        }
        written = kept;
      }
    });
  });
}
