import { expect, test } from 'vitest';
import { newSqlite } from '../../test/contract/databases.ts';
import { sampleExecution, sampleRun } from '../../test/contract/metadata-records.ts';
import { openMetadata } from '../metadata/index.ts';
import { openTracking } from './index.ts';

test('runs and trials appear in the words of MLflow, reused steps with their metrics', async () => {
  const place = await newSqlite();
  const metadata = await openMetadata(await place.open());
  const tracking = openTracking(metadata);
  const first = await metadata.createRun(sampleRun({ startedAtMs: 1, params: { sample: 0.1, mode: 'fast' } }));
  const point = (executionId: string, name: string, step: number, value: number) => ({
    executionId,
    name,
    step,
    value,
    timestampMs: step,
  });
  const training = sampleExecution(first.id, { step: 'training' });
  const trial = sampleExecution(first.id, { step: 'training/trial-1', params: { rate: 0.3 } });
  await metadata.publish({
    execution: training,
    metrics: [point(training.id, 'loss', 0, 2), point(training.id, 'loss', 1, 1)],
  });
  await metadata.publish({ execution: trial, metrics: [point(trial.id, 'auc', 0, 0.7)] });
  await metadata.finishRun(first.id, { state: 'COMPLETE', endedAtMs: 9 });
  const second = await metadata.createRun(sampleRun({ startedAtMs: 2, spec: 'flights' }));
  await metadata.publishCached({ execution: sampleExecution(second.id, { cachedFrom: training.id }) });
  await metadata.finishRun(second.id, { state: 'CANCELED', endedAtMs: 9 });

  expect(await tracking.experiments()).toEqual([{ name: 'flights', runCount: 2, lastStartedAtMs: 2 }]);
  const [newest, oldest] = await tracking.runs('flights');
  expect(newest).toMatchObject({ runId: second.id, status: 'KILLED', metrics: { 'training/loss': 1 } });
  expect(oldest).toMatchObject({
    runId: first.id,
    status: 'FINISHED',
    params: { sample: '0.1', mode: 'fast' },
    metrics: { 'training/loss': 1 },
    tags: { 'mlflow.source.git.commit': 'c0ffee' },
  });
  expect(await tracking.trials(first.id)).toMatchObject([
    { runId: trial.id, parentRunId: first.id, params: { rate: '0.3' }, metrics: { auc: 0.7 } },
  ]);
  expect((await tracking.history(second.id, 'training/loss')).map((found) => found.value)).toEqual([2, 1]);
  expect((await tracking.history(trial.id, 'auc')).map((found) => found.value)).toEqual([0.7]);
  expect(await tracking.history(first.id, 'nothing')).toEqual([]);
  await metadata.close();
  await place.dispose();
});
