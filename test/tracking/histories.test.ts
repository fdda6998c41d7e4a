/* Endpoints of histories of many runs, and of data that runs read. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newSqlite } from '../contract/databases.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer(newSqlite);
});
afterAll(async () => await server.close());

// biome-ignore lint/suspicious/noExplicitAny: answers are compared as they come
type Answer = { readonly status: number; readonly body: any };

async function ask(path: string, body?: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(
    `${server.url}${path}`,
    body ? { method: 'POST', headers, body: JSON.stringify(body) } : {},
  );
  return { status: response.status, body: await response.json() };
}

async function newRun(experimentId = '0'): Promise<string> {
  return (await ask('/api/2.0/mlflow/runs/create', { experiment_id: experimentId })).body.run.info.run_id;
}

async function log(runId: string, values: readonly (number | string)[]): Promise<void> {
  const metrics = values.map((value, index) => ({ key: 'loss', value, timestamp: 100 + index, step: index }));
  expect(await ask('/api/2.0/mlflow/runs/log-batch', { run_id: runId, metrics })).toEqual({ status: 200, body: {} });
}

const bulk = '/ajax-api/2.0/mlflow/metrics/get-history-bulk';
const interval = '/api/2.0/mlflow/metrics/get-history-bulk-interval';
const buckets = '/api/2.0/mlspec/metrics/buckets';
const refused = (message: string) => ({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message } });
const docs = 'See the API docs for more information about request parameters.';
const many = (name: string) => Array.from({ length: 101 }, (_, index) => `${name}=r${index}`).join('&');

describe('histories of many runs', () => {
  test('whole, by run, and no more points than asked for', async () => {
    const runs = [await newRun(), await newRun()].sort();
    await log(runs[0]!, [3, 'NaN', 1]);
    await log(runs[1]!, [7]);
    const query = `metric_key=loss&run_id=${runs[1]}&run_id=${runs[0]}&run_id=absent`;
    const point = (value: unknown, index: number, run_id: unknown) => ({
      key: 'loss',
      value,
      timestamp: 100 + index,
      step: index,
      run_id,
    });
    const metrics = [point(3, 0, runs[0]), point('NaN', 1, runs[0]), point(1, 2, runs[0]), point(7, 0, runs[1])];
    expect(await ask(`${bulk}?${query}`)).toEqual({ status: 200, body: { metrics } });
    expect((await ask(`${bulk}?${query}&max_results=3`)).body).toEqual({ metrics: metrics.slice(0, 3) });
    expect((await ask(`${bulk}?${query}&max_results=0`)).body).toEqual({ metrics: [] });
    const name = 'GetMetricHistoryBulk request';
    expect(await ask(`${bulk}?metric_key=loss`)).toEqual(refused(`${name} must specify at least one run_id.`));
    expect(await ask(`${bulk}?run_id=a`)).toEqual(refused(`${name} must specify a metric_key.`));
    expect(await ask(`${bulk}?metric_key=loss&${many('run_id')}`)).toEqual(
      refused(`${name} cannot specify more than 100 run_ids. Received 101 run_ids.`),
    );
  });

  test('thinned out: within steps, at most so many points of each run, in the order of the question', async () => {
    const runs = [await newRun(), await newRun()];
    await log(
      runs[0]!,
      Array.from({ length: 1000 }, (_, index) => (index === 500 ? 99 : index % 7)),
    );
    await log(runs[1]!, [4, 5]);
    const query = `metric_key=loss&run_ids=${runs[1]}&run_ids=${runs[0]}`;
    const stepsOf = ({ body }: Answer, run: string | undefined) =>
      body.metrics.filter((one: { run_id: string }) => one.run_id === run).map(({ step }: { step: number }) => step);
    const all = await ask(`${interval}?${query}`);
    expect(stepsOf(all, runs[0])).toEqual(Array.from({ length: 1000 }, (_, index) => index));
    expect(all.body.metrics[0]).toEqual({ key: 'loss', value: 4, timestamp: 100, step: 0, run_id: runs[1] });
    const some = await ask(`${interval}?${query}&max_results=50`);
    expect(stepsOf(some, runs[0]).length).toBeLessThanOrEqual(50);
    for (const step of [0, 500, 999]) expect(stepsOf(some, runs[0])).toContain(step);
    const part = await ask(`${interval}?${query}&max_results=2500&start_step=1&end_step=3`);
    expect([stepsOf(part, runs[1]), stepsOf(part, runs[0])]).toEqual([[1], [1, 2, 3]]);
  });

  test.each([
    ['metric_key=loss', `Missing value for required parameter 'run_ids'. ${docs}`],
    ['run_ids=a', `Missing value for required parameter 'metric_key'. ${docs}`],
    ['run_ids=a&metric_key=m&max_results=0', `max_results must be between 1 and 2500. ${docs}`],
    ['run_ids=a&metric_key=m&max_results=2501', `max_results must be between 1 and 2500. ${docs}`],
    ['run_ids=a&metric_key=m&start_step=1', 'If either start step or end step are specified, both must be specified.'],
    [
      'run_ids=a&metric_key=m&start_step=2&end_step=1',
      'end_step must be greater than start_step. Found start_step=2 and end_step=1.',
    ],
    [
      `metric_key=m&${many('run_ids')}`,
      `GetMetricHistoryBulkInterval request must specify at most 100 run_ids. Received 101 run_ids. ${docs}`,
    ],
  ])('%.60s is refused', async (query, message) => {
    expect(await ask(`${interval}?${query}`)).toEqual(refused(message));
  });

  test('buckets keep first, last, smallest, largest and a NaN', async () => {
    const run = await newRun();
    await log(run, [2, 9, -1, 3, 'NaN', 5, 5, 4]);
    const at = (step: number, value: unknown) => ({ step, timestamp: 100 + step, value });
    expect((await ask(`${buckets}?run_ids=${run}&run_ids=absent&metric_key=loss&buckets=2`)).body).toEqual({
      runs: [
        {
          run_id: run,
          buckets: [
            { first: at(0, 2), last: at(3, 3), min: at(2, -1), max: at(1, 9) },
            { first: at(4, 'NaN'), last: at(7, 4), min: at(7, 4), max: at(5, 5), nan: at(4, 'NaN') },
          ],
        },
        { run_id: 'absent', buckets: [] },
      ],
    });
    const all = await ask(`${buckets}?run_ids=${run}&metric_key=loss&start_step=1&end_step=4`);
    expect(all.body.runs[0].buckets).toHaveLength(4);
    for (const wrong of ['buckets=0', 'buckets=2501', 'start_step=1'])
      expect((await ask(`${buckets}?run_ids=${run}&metric_key=loss&${wrong}`)).status).toBe(400);
  });
});

test('the data that runs read, each with each context once', async () => {
  const path = '/mlflow/experiments/search-datasets';
  const { experiment_id } = (await ask('/api/2.0/mlflow/experiments/create', { name: 'with data' })).body;
  const input = (name: string, context?: string) => ({
    dataset: { name, digest: 'd', source_type: 'local', source: 's' },
    tags: context === undefined ? [] : [{ key: 'mlflow.data.context', value: context }],
  });
  for (const datasets of [[input('b', 'train'), input('a')], [input('b', 'train')], [input('b', 'test')]])
    await ask('/api/2.0/mlflow/runs/log-inputs', { run_id: await newRun(experiment_id), datasets });
  const summary = (name: string, context: object) => ({ experiment_id, name, digest: 'd', ...context });
  const dataset_summaries = [summary('a', {}), summary('b', { context: 'test' }), summary('b', { context: 'train' })];
  for (const root of ['/api/2.0', '/ajax-api/2.0'])
    expect(await ask(`${root}${path}`, { experiment_ids: [experiment_id] })).toEqual({
      status: 200,
      body: { dataset_summaries },
    });
  const name = 'SearchDatasets request';
  const none = `${name} must specify at least one experiment_id.`;
  expect(await ask(`/api/2.0${path}`, { experiment_ids: [] })).toEqual(refused(none));
  const lots = Array.from({ length: 21 }, (_, index) => String(index));
  expect(await ask(`/api/2.0${path}`, { experiment_ids: lots })).toEqual(
    refused(`${name} cannot specify more than 20 experiment_ids. Received 21 experiment_ids.`),
  );
});
