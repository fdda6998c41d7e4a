/* What every database must do under the tracking store. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/database/index.ts';
import { openTracking, type Run, type TrackingStore } from '../../src/tracking/index.ts';
import type { TestDatabase } from './databases.ts';

const code = (expected: string): object => expect.objectContaining({ code: expected });
const point = (key: string, value: number, more: { step?: bigint; timestampMs?: number } = {}) => ({
  key,
  value,
  step: more.step ?? 0n,
  timestampMs: more.timestampMs ?? 1,
});
const asObject = (run: Run): object => ({
  params: Object.fromEntries(run.params.map(({ key, value }) => [key, value])),
  metrics: Object.fromEntries(run.metrics.map(({ key, value }) => [key, value])),
});

/** The suite on a new database. */
export function trackingStoreContract(create: () => Promise<TestDatabase>): void {
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
  let count = 0;
  const newExperiment = () => tracking.createExperiment({ name: `experiment ${count++}` });
  const newRun = async (experimentId?: string) =>
    (await tracking.createRun({ experimentId: experimentId ?? (await newExperiment()) })).info.runId;

  describe('experiments', () => {
    test('there is one to begin with, also after opening twice', async () => {
      await openTracking(database);
      expect(await tracking.getExperiment('0')).toMatchObject({
        name: 'Default',
        lifecycle: 'active',
        artifactLocation: 'mlflow-artifacts:/0',
      });
    });

    test('are made, tagged, renamed, found', async () => {
      const id = await tracking.createExperiment({
        name: 'flights',
        artifactLocation: 's3://bucket/flights',
        tags: [{ key: 'team', value: 'ops' }],
      });
      await tracking.setExperimentTag(id, { key: 'team', value: 'ml' });
      await tracking.setExperimentTag(id, { key: 'note', value: 'ü'.repeat(20_000) });
      await tracking.deleteExperimentTag(id, 'note');
      await tracking.renameExperiment(id, 'departures');
      expect(await tracking.findExperiment('departures')).toMatchObject({
        id,
        artifactLocation: 's3://bucket/flights',
        tags: [{ key: 'team', value: 'ml' }],
      });
      expect(await tracking.findExperiment('flights')).toBe(null);
      await expect(tracking.deleteExperimentTag(id, 'note')).rejects.toEqual(code('TRACKING_UNKNOWN'));
    });

    test('keep their names when deleted, and take their runs along, both ways', async () => {
      const id = await newExperiment();
      const { name } = await tracking.getExperiment(id);
      const [kept, gone] = [await newRun(id), await newRun(id)];
      await tracking.deleteRun(gone);
      await tracking.deleteExperiment(id);
      await expect(tracking.createExperiment({ name })).rejects.toEqual(code('TRACKING_EXISTS'));
      await expect(tracking.createRun({ experimentId: id })).rejects.toEqual(code('TRACKING_NOT_ACTIVE'));
      await expect(tracking.renameExperiment(id, 'x')).rejects.toEqual(code('TRACKING_NOT_ACTIVE'));
      await expect(tracking.deleteExperiment(id)).rejects.toEqual(code('TRACKING_UNKNOWN'));
      expect((await tracking.getRun(kept)).info.lifecycle).toBe('deleted');
      await tracking.restoreExperiment(id);
      expect((await tracking.getRun(kept)).info.lifecycle).toBe('active');
      expect((await tracking.getRun(gone)).info.lifecycle).toBe('active');
      await expect(tracking.restoreExperiment(id)).rejects.toEqual(code('TRACKING_UNKNOWN'));
    });

    test('with a wrong name, location or id are refused', async () => {
      await expect(tracking.createExperiment({ name: '' })).rejects.toEqual(code('TRACKING_BAD_VALUE'));
      await expect(tracking.createExperiment({ name: 'x'.repeat(501) })).rejects.toEqual(code('TRACKING_BAD_VALUE'));
      await expect(
        tracking.createExperiment({ name: 'located', artifactLocation: 's3://bucket/#part' }),
      ).rejects.toEqual(code('TRACKING_BAD_VALUE'));
      await expect(tracking.getExperiment('777777')).rejects.toEqual(code('TRACKING_UNKNOWN'));
      await expect(tracking.getExperiment('9'.repeat(40))).rejects.toEqual(code('TRACKING_UNKNOWN'));
      for (const wrong of ['', 'a b', "1'", '../1', 'one']) {
        await expect(tracking.getExperiment(wrong)).rejects.toEqual(code('TRACKING_BAD_VALUE'));
      }
    });

    test('are searched by pages that neither repeat nor miss one, while others come', async () => {
      for (let index = 0; index < 7; index++) await tracking.createExperiment({ name: `paged ${index}` });
      const names: string[] = [];
      let pageToken: string | undefined;
      do {
        const page = await tracking.searchExperiments({ limit: 3, filter: "name LIKE 'paged%'", pageToken });
        names.push(...page.items.map(({ name }) => name));
        pageToken = page.nextPageToken ?? undefined;
        await tracking.createExperiment({ name: `paged later ${names.length}` });
      } while (pageToken !== undefined && names.length < 20);
      expect(new Set(names).size).toBe(names.length);
      expect(names).toEqual(expect.arrayContaining(Array.from({ length: 7 }, (_, index) => `paged ${index}`)));
    });
  });

  describe('runs', () => {
    test('are named by an id, a name and a tag that agree', async () => {
      const id = await newExperiment();
      const plain = await tracking.createRun({ experimentId: id });
      expect(plain.info.runId).toMatch(/^[0-9a-f]{32}$/);
      expect(plain.info.name).toMatch(/^[a-z]+-[a-z]+-\d+$/);
      expect(plain.tags).toEqual([{ key: 'mlflow.runName', value: plain.info.name }]);
      expect(plain.info.artifactUri).toBe(`mlflow-artifacts:/${id}/${plain.info.runId}/artifacts`);
      const tagged = await tracking.createRun({ experimentId: id, tags: [{ key: 'mlflow.runName', value: 'tagged' }] });
      expect(tagged.info.name).toBe('tagged');
      const twice = { experimentId: id, name: 'one', tags: [{ key: 'mlflow.runName', value: 'two' }] };
      await expect(tracking.createRun(twice)).rejects.toEqual(code('TRACKING_BAD_VALUE'));
      await tracking.logBatch(tagged.info.runId, { tags: [{ key: 'mlflow.runName', value: 'renamed' }] });
      expect((await tracking.getRun(tagged.info.runId)).info.name).toBe('renamed');
      await tracking.updateRun(tagged.info.runId, { name: 'again', status: 'FAILED', endedAtMs: 99 });
      expect(await tracking.getRun(tagged.info.runId)).toMatchObject({
        info: { name: 'again', status: 'FAILED', endedAtMs: 99 },
        tags: [{ key: 'mlflow.runName', value: 'again' }],
      });
    });

    test('refuse changes while they are deleted', async () => {
      const runId = await newRun();
      await tracking.deleteRun(runId);
      await expect(tracking.logBatch(runId, { params: [{ key: 'a', value: '1' }] })).rejects.toMatchObject({
        code: 'TRACKING_NOT_ACTIVE',
        message: `The run ${runId} must be in the 'active' state. Current state is deleted.`,
      });
      await expect(tracking.updateRun(runId, { status: 'FINISHED' })).rejects.toEqual(code('TRACKING_NOT_ACTIVE'));
      await tracking.restoreRun(runId);
      await tracking.logBatch(runId, { params: [{ key: 'a', value: '1' }] });
      await expect(tracking.getRun('f'.repeat(32))).rejects.toEqual(code('TRACKING_UNKNOWN'));
      await expect(tracking.getRun('../etc')).rejects.toEqual(code('TRACKING_BAD_VALUE'));
    });

    test('keep data, models and their tags', async () => {
      const runId = await newRun();
      const dataset = { name: 'iris', digest: 'abc', sourceType: 'local', source: '{}', schema: null, profile: 'p' };
      const input = { dataset, tags: [{ key: 'mlflow.data.context', value: 'training' }] };
      await tracking.logInputs(runId, { datasets: [input, input], models: ['m-1'] });
      await tracking.logInputs(runId, { datasets: [{ ...input, tags: [{ key: 'more', value: 'x' }] }], models: [] });
      await tracking.logOutputs(runId, [{ modelId: 'm-2', step: 2n ** 60n }]);
      const run = await tracking.getRun(runId);
      expect(run.datasetInputs).toEqual([{ dataset, tags: [...input.tags, { key: 'more', value: 'x' }] }]);
      expect(run.modelInputs).toEqual(['m-1']);
      expect(run.modelOutputs).toEqual([{ modelId: 'm-2', step: 2n ** 60n }]);
    });

    test('are searched by what was logged to them, ordered with numbers first, then NaN, then nothing', async () => {
      const id = await newExperiment();
      const runs: string[] = [];
      for (const value of [3, Number.NaN, 1, null, 2]) {
        const runId = await newRun(id);
        runs.push(runId);
        if (value !== null) await tracking.logBatch(runId, { metrics: [point('loss', value)] });
      }
      const search = async (more: object) =>
        (await tracking.searchRuns({ experimentIds: [id], limit: 100, ...more })).items.map(({ info }) =>
          runs.indexOf(info.runId),
        );
      expect(await search({ orderBy: ['metrics.loss ASC'] })).toEqual([2, 4, 0, 1, 3]);
      expect(await search({ orderBy: ['metrics.loss DESC'] })).toEqual([0, 4, 2, 1, 3]);
      expect(await search({ filter: 'metrics.loss >= 2', orderBy: ['metrics.loss'] })).toEqual([4, 0]);
      expect((await search({ filter: 'metrics.loss < 2 or metrics.loss > 2' })).length).toBe(2);
      await tracking.deleteRun(runs[0]!);
      expect(await search({ view: 'deleted' })).toEqual([0]);
      expect((await search({ view: 'all' })).length).toBe(5);
      expect((await tracking.searchRuns({ experimentIds: [], limit: 5 })).items).toEqual([]);
      await expect(search({ limit: 0 })).rejects.toEqual(code('TRACKING_BAD_VALUE'));
      await expect(search({ limit: 50_001 })).rejects.toEqual(code('TRACKING_BAD_VALUE'));
    });

    test.each([[undefined], [['metrics.m']], [['metrics.m DESC', 'params.p']], [['params.p DESC', 'start_time ASC']]])(
      'come in pages that together are the whole answer, ordered by %j',
      async (orderBy) => {
        const id = await newExperiment();
        for (let index = 0; index < 23; index++) {
          const runId = (await tracking.createRun({ experimentId: id, startedAtMs: index % 4 })).info.runId;
          if (index % 3 > 0)
            await tracking.logBatch(runId, { metrics: [point('m', index % 5 === 0 ? Number.NaN : index % 6)] });
          if (index % 4 > 0) await tracking.logBatch(runId, { params: [{ key: 'p', value: `${index % 7}` }] });
        }
        const query = { experimentIds: [id], ...(orderBy === undefined ? {} : { orderBy }) };
        const idsOf = (items: readonly Run[]) => items.map(({ info }) => info.runId);
        const whole = idsOf((await tracking.searchRuns({ ...query, limit: 100 })).items);
        const paged: string[] = [];
        let pageToken: string | undefined;
        do {
          const page = await tracking.searchRuns({ ...query, limit: 4, pageToken });
          paged.push(...idsOf(page.items));
          pageToken = page.nextPageToken ?? undefined;
        } while (pageToken !== undefined && paged.length < 100);
        expect(paged).toEqual(whole);
        expect(whole.length).toBe(23);
      },
    );

    test('refuse a page token that belongs to another question or to nobody', async () => {
      const id = await newExperiment();
      for (let index = 0; index < 3; index++) await newRun(id);
      const first = await tracking.searchRuns({ experimentIds: [id], limit: 1 });
      const token = first.nextPageToken!;
      const other = { experimentIds: [id], limit: 1, orderBy: ['start_time ASC'], pageToken: token };
      await expect(tracking.searchRuns(other)).rejects.toEqual(code('TRACKING_BAD_PAGE'));
      for (const pageToken of ['x', 'e30', 'bnVsbA', Buffer.from('["a",1]').toString('base64url'), '\0', 'ü']) {
        await expect(tracking.searchRuns({ experimentIds: [id], limit: 1, pageToken })).rejects.toEqual(
          code('TRACKING_BAD_PAGE'),
        );
      }
    });
  });

  describe('logging', () => {
    test('a batch is there as a whole or not at all', async () => {
      const runId = await newRun();
      await tracking.logBatch(runId, { params: [{ key: 'depth', value: '3' }] });
      const before = await tracking.getRun(runId);
      const batch = { metrics: [point('loss', 1)], tags: [{ key: 't', value: 'v' }] };
      const changed = { ...batch, params: [{ key: 'depth', value: '5' }] };
      await expect(tracking.logBatch(runId, changed)).rejects.toMatchObject({
        code: 'TRACKING_BAD_VALUE',
        message: expect.stringMatching(/^Changing param values is not allowed/),
      });
      expect(await tracking.getRun(runId)).toEqual(before);
      await tracking.logBatch(runId, {
        ...batch,
        params: [
          { key: 'depth', value: '3' },
          { key: 'more', value: '' },
        ],
      });
      expect(asObject(await tracking.getRun(runId))).toEqual({
        params: { depth: '3', more: '' },
        metrics: { loss: 1 },
      });
      const twice = {
        params: [
          { key: 'a', value: '1' },
          { key: 'a', value: '1' },
        ],
      };
      await expect(tracking.logBatch(runId, twice)).rejects.toEqual(code('TRACKING_BAD_VALUE'));
    });

    test('the latest point is the one with the highest step, then time, then value; equal points are one', async () => {
      const runId = await newRun();
      const points = [
        point('m', 5, { step: 2n, timestampMs: 10 }),
        point('m', 9, { step: 1n, timestampMs: 99 }),
        point('m', 7, { step: 2n, timestampMs: 11 }),
        point('m', 6, { step: 2n, timestampMs: 11 }),
        point('m', -1, { step: -3n, timestampMs: 11 }),
      ];
      await tracking.logBatch(runId, { metrics: points });
      for (const one of points) await tracking.logBatch(runId, { metrics: [one] });
      expect(asObject(await tracking.getRun(runId))).toMatchObject({ metrics: { m: 7 } });
      const { items } = await tracking.metricHistory({ runId, key: 'm', limit: null });
      expect(items.map(({ value }) => value)).toEqual([5, -1, 6, 7, 9]);
    });

    test('NaN stays, infinities become the largest numbers, steps may have 64 bits', async () => {
      const runId = await newRun();
      const wide = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n];
      await tracking.logBatch(runId, {
        metrics: [
          point('nan', Number.NaN),
          point('up', Number.POSITIVE_INFINITY),
          point('down', Number.NEGATIVE_INFINITY),
          point('small', 5e-324),
          ...wide.map((step) => point('wide', 1, { step })),
        ],
      });
      const run = await tracking.getRun(runId);
      expect(asObject(run)).toMatchObject({
        metrics: { nan: Number.NaN, up: Number.MAX_VALUE, down: -Number.MAX_VALUE, small: 5e-324 },
      });
      expect(run.metrics.find(({ key }) => key === 'wide')!.step).toBe(2n ** 63n - 1n);
      const { items } = await tracking.metricHistory({ runId, key: 'wide', limit: null });
      expect(new Set(items.map(({ step }) => step))).toEqual(new Set(wide));
    });

    test('a history comes in pages', async () => {
      const runId = await newRun();
      const metrics = Array.from({ length: 25 }, (_, index) =>
        point('m', index % 4, { step: BigInt(index % 7), timestampMs: index % 3 }),
      );
      await tracking.logBatch(runId, { metrics });
      const whole = (await tracking.metricHistory({ runId, key: 'm', limit: null })).items;
      const paged: unknown[] = [];
      let pageToken: string | undefined;
      do {
        const page = await tracking.metricHistory({ runId, key: 'm', limit: 4, pageToken });
        paged.push(...page.items);
        pageToken = page.nextPageToken ?? undefined;
      } while (pageToken !== undefined && paged.length < 100);
      expect(paged).toEqual(whole);
      const wrong = { runId, key: 'm', limit: 4, pageToken: 'abc' };
      await expect(tracking.metricHistory(wrong)).rejects.toEqual(code('TRACKING_BAD_PAGE'));
      expect(await tracking.metricHistory({ runId, key: 'none', limit: 4 })).toEqual({
        items: [],
        nextPageToken: null,
      });
    });

    test.each(['', '/a', '../a', 'a/../b', 'a//b', 'a/', '.', './a', 'a\nb', 'a;b', 'a'.repeat(251), 'a\0b'])(
      'a key like %j is refused',
      async (key) => {
        const runId = await newRun();
        for (const batch of [
          { metrics: [point(key, 1)] },
          { params: [{ key, value: '' }] },
          { tags: [{ key, value: '' }] },
        ]) {
          await expect(tracking.logBatch(runId, batch)).rejects.toEqual(code('TRACKING_BAD_VALUE'));
        }
      },
    );

    test('what is longer than the limit is cut, what no database keeps is replaced, more than a batch is refused', async () => {
      const runId = await newRun();
      await tracking.logBatch(runId, {
        params: [
          { key: 'long', value: 'x'.repeat(7000) },
          { key: 'nul', value: 'a\0b\ud800' },
        ],
        tags: [{ key: 'long', value: 'y'.repeat(9000) }],
      });
      const run = await tracking.getRun(runId);
      expect(run.params).toEqual([
        { key: 'long', value: 'x'.repeat(6000) },
        { key: 'nul', value: 'a\ufffdb\ufffd' },
      ]);
      expect(run.tags.find(({ key }) => key === 'long')!.value.length).toBe(8000);
      const metrics = Array.from({ length: 1001 }, (_, index) => point(`m${index}`, 1));
      await expect(tracking.logBatch(runId, { metrics })).rejects.toEqual(code('TRACKING_BAD_VALUE'));
      const tags = Array.from({ length: 101 }, (_, index) => ({ key: `t${index}`, value: '' }));
      await expect(tracking.logBatch(runId, { tags })).rejects.toEqual(code('TRACKING_BAD_VALUE'));
      await tracking.logBatch(runId, { metrics: metrics.slice(0, 1000) });
      expect((await tracking.getRun(runId)).metrics.length).toBe(1000);
    });

    test('many writers at once lose nothing', async () => {
      const runId = await newRun();
      const others = await Promise.all([1, 2, 3].map(() => place.open()));
      const stores = await Promise.all(others.map(openTracking));
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
      expect(asObject(await tracking.getRun(runId))).toMatchObject({
        metrics: { shared: 19, 'own 0': 19, 'own 1': 19, 'own 2': 19 },
      });
      for (const writer of [0, 1, 2]) {
        const { items } = await tracking.metricHistory({ runId, key: `own ${writer}`, limit: null });
        expect(items.length).toBe(20);
      }
      for (const other of others) await other.close();
    });
  });
}
