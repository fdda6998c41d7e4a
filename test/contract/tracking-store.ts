/* What every database must do with experiments and runs. */
import { describe, expect, test } from 'vitest';
import type { Run } from '../../src/tracking/index.ts';
import type { TestDatabase } from './databases.ts';
import { code, point, trackingFixture } from './tracking-fixture.ts';

/** The suite on a new database. */
export function trackingStoreContract(create: () => Promise<TestDatabase>): void {
  const to = trackingFixture(create);

  describe('experiments', () => {
    test('there is one to begin with, also after opening twice', async () => {
      await to.another();
      expect(await to.tracking.getExperiment('0')).toMatchObject({
        name: 'Default',
        lifecycle: 'active',
        artifactLocation: 'mlflow-artifacts:/0',
      });
    });

    test('are made, tagged, renamed, found', async () => {
      const id = await to.tracking.createExperiment({
        name: 'flights',
        artifactLocation: 's3://bucket/flights',
        tags: [{ key: 'team', value: 'ops' }],
      });
      await to.tracking.setExperimentTag(id, { key: 'team', value: 'ml' });
      await to.tracking.setExperimentTag(id, { key: 'note', value: 'ü'.repeat(20_000) });
      await to.tracking.deleteExperimentTag(id, 'note');
      await to.tracking.renameExperiment(id, 'departures');
      expect(await to.tracking.findExperiment('departures')).toMatchObject({
        id,
        artifactLocation: 's3://bucket/flights',
        tags: [{ key: 'team', value: 'ml' }],
      });
      expect(await to.tracking.findExperiment('flights')).toBe(null);
      await expect(to.tracking.deleteExperimentTag(id, 'note')).rejects.toEqual(code('TRACKING_UNKNOWN'));
    });

    test('keep their names when deleted, and take their runs along, both ways', async () => {
      const id = await to.newExperiment();
      const { name } = await to.tracking.getExperiment(id);
      const [kept, gone] = [await to.newRun(id), await to.newRun(id)];
      await to.tracking.deleteRun(gone);
      await to.tracking.deleteExperiment(id);
      await expect(to.tracking.createExperiment({ name })).rejects.toEqual(code('TRACKING_EXISTS'));
      await expect(to.tracking.createRun({ experimentId: id })).rejects.toEqual(code('TRACKING_NOT_ACTIVE'));
      await expect(to.tracking.renameExperiment(id, 'x')).rejects.toEqual(code('TRACKING_NOT_ACTIVE'));
      await expect(to.tracking.deleteExperiment(id)).rejects.toEqual(code('TRACKING_UNKNOWN'));
      expect((await to.tracking.getRun(kept)).info.lifecycle).toBe('deleted');
      await to.tracking.restoreExperiment(id);
      expect((await to.tracking.getRun(kept)).info.lifecycle).toBe('active');
      expect((await to.tracking.getRun(gone)).info.lifecycle).toBe('active');
      await expect(to.tracking.restoreExperiment(id)).rejects.toEqual(code('TRACKING_UNKNOWN'));
    });

    test('with a wrong name, location or id are refused', async () => {
      await expect(to.tracking.createExperiment({ name: '' })).rejects.toEqual(code('TRACKING_BAD_VALUE'));
      await expect(to.tracking.createExperiment({ name: 'x'.repeat(501) })).rejects.toEqual(code('TRACKING_BAD_VALUE'));
      await expect(
        to.tracking.createExperiment({ name: 'located', artifactLocation: 's3://bucket/#part' }),
      ).rejects.toEqual(code('TRACKING_BAD_VALUE'));
      await expect(to.tracking.getExperiment('777777')).rejects.toEqual(code('TRACKING_UNKNOWN'));
      await expect(to.tracking.getExperiment('9'.repeat(40))).rejects.toEqual(code('TRACKING_UNKNOWN'));
      for (const wrong of ['', 'a b', "1'", '../1', 'one']) {
        await expect(to.tracking.getExperiment(wrong)).rejects.toEqual(code('TRACKING_BAD_VALUE'));
      }
    });

    test('are searched by pages that neither repeat nor miss one, while others come', async () => {
      for (let index = 0; index < 7; index++) await to.tracking.createExperiment({ name: `paged ${index}` });
      const names: string[] = [];
      let pageToken: string | undefined;
      do {
        const page = await to.tracking.searchExperiments({ limit: 3, filter: "name LIKE 'paged%'", pageToken });
        names.push(...page.items.map(({ name }) => name));
        pageToken = page.nextPageToken ?? undefined;
        await to.tracking.createExperiment({ name: `paged later ${names.length}` });
      } while (pageToken !== undefined && names.length < 20);
      expect(new Set(names).size).toBe(names.length);
      expect(names).toEqual(expect.arrayContaining(Array.from({ length: 7 }, (_, index) => `paged ${index}`)));
    });
  });

  describe('runs', () => {
    test('are named by an id, a name and a tag that agree', async () => {
      const id = await to.newExperiment();
      const plain = await to.tracking.createRun({ experimentId: id });
      expect(plain.info.runId).toMatch(/^[0-9a-f]{32}$/);
      expect(plain.info.name).toMatch(/^[a-z]+-[a-z]+-\d+$/);
      expect(plain.tags).toEqual([{ key: 'mlflow.runName', value: plain.info.name }]);
      expect(plain.info.artifactUri).toBe(`mlflow-artifacts:/${id}/${plain.info.runId}/artifacts`);
      const tagged = await to.tracking.createRun({
        experimentId: id,
        tags: [{ key: 'mlflow.runName', value: 'tagged' }],
      });
      expect(tagged.info.name).toBe('tagged');
      const twice = { experimentId: id, name: 'one', tags: [{ key: 'mlflow.runName', value: 'two' }] };
      await expect(to.tracking.createRun(twice)).rejects.toEqual(code('TRACKING_BAD_VALUE'));
      await to.tracking.logBatch(tagged.info.runId, { tags: [{ key: 'mlflow.runName', value: 'renamed' }] });
      expect((await to.tracking.getRun(tagged.info.runId)).info.name).toBe('renamed');
      await to.tracking.updateRun(tagged.info.runId, { name: 'again', status: 'FAILED', endedAtMs: 99 });
      expect(await to.tracking.getRun(tagged.info.runId)).toMatchObject({
        info: { name: 'again', status: 'FAILED', endedAtMs: 99 },
        tags: [{ key: 'mlflow.runName', value: 'again' }],
      });
    });

    test('refuse changes while they are deleted', async () => {
      const runId = await to.newRun();
      await to.tracking.deleteRun(runId);
      await expect(to.tracking.logBatch(runId, { params: [{ key: 'a', value: '1' }] })).rejects.toMatchObject({
        code: 'TRACKING_NOT_ACTIVE',
        message: `The run ${runId} must be in the 'active' state. Current state is deleted.`,
      });
      await expect(to.tracking.updateRun(runId, { status: 'FINISHED' })).rejects.toEqual(code('TRACKING_NOT_ACTIVE'));
      await to.tracking.restoreRun(runId);
      await to.tracking.logBatch(runId, { params: [{ key: 'a', value: '1' }] });
      await expect(to.tracking.getRun('f'.repeat(32))).rejects.toEqual(code('TRACKING_UNKNOWN'));
      await expect(to.tracking.getRun('../etc')).rejects.toEqual(code('TRACKING_UNKNOWN'));
    });

    test('keep data, models and their tags', async () => {
      const runId = await to.newRun();
      const dataset = { name: 'iris', digest: 'abc', sourceType: 'local', source: '{}', schema: null, profile: 'p' };
      const input = { dataset, tags: [{ key: 'mlflow.data.context', value: 'training' }] };
      await to.tracking.logInputs(runId, { datasets: [input, input], models: ['m-1'] });
      await to.tracking.logInputs(runId, { datasets: [{ ...input, tags: [{ key: 'more', value: 'x' }] }], models: [] });
      await to.tracking.logOutputs(runId, [{ modelId: 'm-2', step: 2n ** 60n }]);
      const run = await to.tracking.getRun(runId);
      expect(run.datasetInputs).toEqual([{ dataset, tags: [...input.tags, { key: 'more', value: 'x' }] }]);
      expect(run.modelInputs).toEqual(['m-1']);
      expect(run.modelOutputs).toEqual([{ modelId: 'm-2', step: 2n ** 60n }]);
    });

    test('are searched by what was logged to them, ordered with numbers first, then NaN, then nothing', async () => {
      const id = await to.newExperiment();
      const runs: string[] = [];
      for (const value of [3, Number.NaN, 1, null, 2]) {
        const runId = await to.newRun(id);
        runs.push(runId);
        if (value !== null) await to.tracking.logBatch(runId, { metrics: [point('loss', value)] });
      }
      const search = async (more: object) =>
        (await to.tracking.searchRuns({ experimentIds: [id], limit: 100, ...more })).items.map(({ info }) =>
          runs.indexOf(info.runId),
        );
      expect(await search({ orderBy: ['metrics.loss ASC'] })).toEqual([2, 4, 0, 1, 3]);
      expect(await search({ orderBy: ['metrics.loss DESC'] })).toEqual([0, 4, 2, 1, 3]);
      expect(await search({ filter: 'metrics.loss >= 2', orderBy: ['metrics.loss'] })).toEqual([4, 0]);
      expect((await search({ filter: 'metrics.loss < 2 or metrics.loss > 2' })).length).toBe(2);
      await to.tracking.deleteRun(runs[0]!);
      expect(await search({ view: 'deleted' })).toEqual([0]);
      expect((await search({ view: 'all' })).length).toBe(5);
      expect((await to.tracking.searchRuns({ experimentIds: [], limit: 5 })).items).toEqual([]);
      await expect(search({ limit: 0 })).rejects.toEqual(code('TRACKING_BAD_VALUE'));
      await expect(search({ limit: 50_001 })).rejects.toEqual(code('TRACKING_BAD_VALUE'));
    });

    test.each([[undefined], [['metrics.m']], [['metrics.m DESC', 'params.p']], [['params.p DESC', 'start_time ASC']]])(
      'come in pages that together are the whole answer, ordered by %j',
      async (orderBy) => {
        const id = await to.newExperiment();
        for (let index = 0; index < 23; index++) {
          const runId = (await to.tracking.createRun({ experimentId: id, startedAtMs: index % 4 })).info.runId;
          if (index % 3 > 0)
            await to.tracking.logBatch(runId, { metrics: [point('m', index % 5 === 0 ? Number.NaN : index % 6)] });
          if (index % 4 > 0) await to.tracking.logBatch(runId, { params: [{ key: 'p', value: `${index % 7}` }] });
        }
        const query = { experimentIds: [id], ...(orderBy === undefined ? {} : { orderBy }) };
        const idsOf = (items: readonly Run[]) => items.map(({ info }) => info.runId);
        const whole = idsOf((await to.tracking.searchRuns({ ...query, limit: 100 })).items);
        const paged: string[] = [];
        let pageToken: string | undefined;
        do {
          const page = await to.tracking.searchRuns({ ...query, limit: 4, pageToken });
          paged.push(...idsOf(page.items));
          pageToken = page.nextPageToken ?? undefined;
        } while (pageToken !== undefined && paged.length < 100);
        expect(paged).toEqual(whole);
        expect(whole.length).toBe(23);
      },
    );

    test('refuse a page token that belongs to another question or to nobody', async () => {
      const id = await to.newExperiment();
      for (let index = 0; index < 3; index++) await to.newRun(id);
      const first = await to.tracking.searchRuns({ experimentIds: [id], limit: 1 });
      const token = first.nextPageToken!;
      const [print, ...keys] = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[];
      for (const forged of [keys.map(() => 'x'), keys.map(() => 1e300), keys.map(() => null), keys.map(() => '\0')]) {
        const pageToken = Buffer.from(JSON.stringify([print, ...forged])).toString('base64url');
        const asked = to.tracking.searchRuns({ experimentIds: [id], limit: 1, pageToken });
        const told = await asked.then(
          () => 'an answer',
          (error: { code: string }) => error.code,
        );
        expect(['an answer', 'TRACKING_BAD_PAGE']).toContain(told);
      }
      const other = { experimentIds: [id], limit: 1, orderBy: ['start_time ASC'], pageToken: token };
      await expect(to.tracking.searchRuns(other)).rejects.toEqual(code('TRACKING_BAD_PAGE'));
      for (const pageToken of ['x', 'e30', 'bnVsbA', Buffer.from('["a",1]').toString('base64url'), '\0', 'ü']) {
        await expect(to.tracking.searchRuns({ experimentIds: [id], limit: 1, pageToken })).rejects.toEqual(
          code('TRACKING_BAD_PAGE'),
        );
      }
    });
  });
}
