/* What every database must do with logged models. */
import { describe, expect, test } from 'vitest';
import type { TestDatabase } from './databases.ts';
import { code, point, trackingFixture } from './tracking-fixture.ts';

/** The suite on a new database. */
export function trackingModelsContract(create: () => Promise<TestDatabase>): void {
  const to = trackingFixture(create);

  describe('logged models', () => {
    test('are made, described, finished and deleted', async () => {
      const experimentId = await to.newExperiment();
      const model = await to.tracking.createLoggedModel({
        experimentId,
        name: 'first',
        modelType: 'Classifier',
        params: [{ key: 'depth', value: '3' }],
        tags: [{ key: 't', value: 'v' }],
      });
      const { modelId } = model;
      expect(modelId).toMatch(/^m-[0-9a-f]{32}$/);
      expect(model).toMatchObject({
        status: 'LOGGED_MODEL_PENDING',
        artifactUri: `mlflow-artifacts:/${experimentId}/models/${modelId}/artifacts`,
        params: [{ key: 'depth', value: '3' }],
      });
      await to.tracking.describeLoggedModel(modelId, { params: [{ key: 'more', value: '1' }] });
      await to.tracking.describeLoggedModel(modelId, {
        tags: [
          { key: 't', value: 'w' },
          { key: 'gone', value: '' },
        ],
      });
      await to.tracking.deleteLoggedModelTag(modelId, 'gone');
      expect(await to.tracking.finishLoggedModel(modelId, 'LOGGED_MODEL_READY')).toMatchObject({
        status: 'LOGGED_MODEL_READY',
        params: [
          { key: 'depth', value: '3' },
          { key: 'more', value: '1' },
        ],
        tags: [{ key: 't', value: 'w' }],
      });
      await to.tracking.deleteLoggedModel(modelId);
      await expect(to.tracking.getLoggedModel(modelId)).rejects.toEqual(code('TRACKING_UNKNOWN'));
      expect(await to.tracking.getLoggedModel(modelId, 'all')).toMatchObject({ lifecycle: 'deleted' });
      await expect(to.tracking.finishLoggedModel(modelId, 'LOGGED_MODEL_READY')).rejects.toEqual(
        code('TRACKING_NOT_ACTIVE'),
      );
      for (const name of ['a/b', 'a:b', 'a.b', 'a%b', 'a"b', "a'b"]) {
        await expect(to.tracking.createLoggedModel({ experimentId, name })).rejects.toEqual(code('TRACKING_BAD_VALUE'));
      }
    });

    test('keep what was measured on them, by dataset, and are found and ordered by it', async () => {
      const experimentId = await to.newExperiment();
      const runId = await to.newRun(experimentId);
      const models: string[] = [];
      for (const [index, value] of [0.7, 0.9, 0.8].entries()) {
        const { modelId } = await to.tracking.createLoggedModel({ experimentId, name: `m${index}` });
        models.push(modelId);
        const measured = { ...point('accuracy', value), modelId, datasetName: 'iris', datasetDigest: `d${index % 2}` };
        await to.tracking.logBatch(runId, { metrics: [measured, { ...point('plain', index), modelId }] });
      }
      const search = async (more: object) =>
        (await to.tracking.searchLoggedModels({ experimentIds: [experimentId], limit: 10, ...more })).items.map(
          ({ modelId }) => models.indexOf(modelId),
        );
      expect(
        await search({
          filter: 'metrics.accuracy > 0.75',
          orderBy: [{ field: 'metrics.accuracy', direction: 'desc' }],
        }),
      ).toEqual([1, 2]);
      expect(await search({ datasets: [{ name: 'iris', digest: 'd1' }] })).toEqual([1]);
      expect(await search({ filter: "name = 'm2'" })).toEqual([2]);
      const [model] = (
        await to.tracking.searchLoggedModels({ experimentIds: [experimentId], limit: 1, filter: "name = 'm1'" })
      ).items;
      expect(model!.metrics).toMatchObject([
        { key: 'accuracy', value: 0.9, runId, datasetName: 'iris', datasetDigest: 'd1' },
        { key: 'plain', value: 1, datasetName: null },
      ]);
      // A metric of a model that is not there belongs to the run alone.
      await to.tracking.logBatch(runId, { metrics: [{ ...point('other', 1), modelId: 'm-none' }] });
      expect((await to.tracking.getRun(runId)).metrics.some(({ key }) => key === 'other')).toBe(true);
    });
  });
}
