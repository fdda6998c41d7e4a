import { join } from 'node:path';
import { monotonicMs } from '../../src/encoding/index.ts';
import type { Figure } from '../frame/bench.ts';
import { runProcess } from '../frame/processes.ts';
import { openClient, type TrackingClient } from './client.ts';
import type { TrackingContender } from './contenders.ts';
import { type Extents, type Filled, metricAt } from './fill.ts';

/** What one measurement works on. */
export interface WorkPlace {
  readonly client: TrackingClient;
  readonly filled: Filled;
  readonly extents: Extents;
  /** The interpreter that has MLflow; null where there is none. */
  readonly python: string | null;
  /** Grows with every measurement, so that no two log the same points. */
  readonly turn: number;
}

/** One kind of work. */
export interface Work {
  readonly what: string;
  readonly unit: string;
  /** Who can do it. */
  readonly programs: readonly TrackingContender['program'][];
  /** Measures it once, in the unit. */
  measure(place: WorkPlace): Promise<number>;
  /** What is promised of ours. */
  limit?(contender: TrackingContender): Figure['limit'];
}

const batchSize = 1000;
const writers = 8;
const bucketCount = 320;

/** Everything that is measured of a server that runs, in the order of the page. */
export const works: readonly Work[] = [
  {
    what: '`log_metric` through the Python client',
    unit: 'calls/s',
    programs: ['ours', 'stock'],
    measure: async ({ client, filled, extents, python }) => {
      const command = [python!, join(import.meta.dirname, 'log-metric.py'), client.url, filled.runId];
      return Number((await runProcess([...command, String(extents.clientCalls)])).stdout);
    },
  },
  {
    what: '`log-metric`, one connection',
    unit: 'calls/s',
    programs: ['ours', 'stock', 'bare'],
    measure: (place) => rateOf(place, (step) => logMetric(place, 'single', step)),
    limit: ({ kind }) => (kind === 'SQLite' ? { atLeast: 3000 } : undefined),
  },
  {
    what: '`log-batch` of 1,000 points of one metric',
    unit: 'points/s',
    programs: ['ours', 'stock', 'bare'],
    measure: (place) => batchRate(place, () => 'batched'),
    limit: ({ kind }) => ({ atLeast: kind === 'SQLite' ? 100_000 : 30_000 }),
  },
  {
    what: '`log-batch` of 1,000 metrics',
    unit: 'points/s',
    programs: ['ours', 'stock', 'bare'],
    measure: (place) => batchRate(place, (index) => `metric ${index}`),
  },
  {
    what: '`log-metric` by 8 writers at once, 99th percentile',
    unit: 'ms',
    programs: ['ours', 'stock', 'bare'],
    measure: slowestOfWriters,
    limit: () => ({ atMost: 20 }),
  },
  {
    what: 'search: 1,000 of 2,000 runs with 50 metrics, 20 params and 5 tags each',
    unit: 's',
    programs: ['ours', 'stock'],
    measure: async ({ client, filled, extents }) => {
      const body = { experiment_ids: [filled.experimentId], max_results: extents.page };
      return await timeOf(() => client.post('mlflow/runs/search', body), 1000);
    },
    limit: () => ({ atMost: 0.2 }),
  },
  {
    what: 'search: the best 100 of 100,000 runs by a filter on another metric',
    unit: 'ms',
    programs: ['ours'],
    measure: async ({ client, filled }) => {
      const body = {
        experiment_ids: [filled.largeExperimentId],
        filter: 'metrics.accuracy > 0.5',
        order_by: ['metrics.loss ASC'],
        max_results: 100,
      };
      return await timeOf(() => client.post('mlflow/runs/search', body), 1);
    },
    limit: () => ({ atMost: 50 }),
  },
  ...[
    { what: 'in all of them', question: 'nightly sweep' },
    { what: 'in one of a thousand', question: 'convnext adamw' },
    { what: 'as beginnings, and one that must not be', question: 'resn* learn* -sgd' },
  ].map(
    ({ what, question }): Work => ({
      what: `search in words: 25 of 100,000 runs, words ${what}`,
      unit: 'ms',
      programs: ['ours'],
      measure: async ({ client }) => {
        const path = `mlspec/search?q=${encodeURIComponent(question)}`;
        return await timeOf(() => client.get(path), 1);
      },
      limit: () => ({ atMost: 50 }),
    }),
  ),
  {
    what: 'history of 25,000 points',
    unit: 's',
    programs: ['ours', 'stock', 'bare'],
    measure: async ({ client, filled, extents }) => {
      const query = `run_id=${filled.runId}&metric_key=history&max_results=${extents.history}`;
      return await timeOf(() => client.get(`mlflow/metrics/get-history?${query}`), 1000);
    },
    limit: () => ({ atMost: 0.1 }),
  },
  {
    what: '320 buckets of a history of 1,000,000 points',
    unit: 'ms',
    programs: ['ours'],
    measure: async ({ client, filled }) => {
      const query = `run_ids=${filled.runId}&metric_key=long&buckets=${bucketCount}`;
      return await timeOf(() => client.get(`mlspec/metrics/buckets?${query}`), 1);
    },
    limit: () => ({ atMost: 100 }),
  },
];

async function timeOf(work: () => Promise<unknown>, msOfUnit: number): Promise<number> {
  const startedMs = monotonicMs();
  await work();
  return (monotonicMs() - startedMs) / msOfUnit;
}

/** Calls in a second, one after the other. */
async function rateOf({ extents, turn }: WorkPlace, call: (step: number) => Promise<unknown>): Promise<number> {
  const startedMs = monotonicMs();
  for (let count = 1; ; count++) {
    await call(turn * 1_000_000 + count);
    const seconds = (monotonicMs() - startedMs) / 1000;
    if (seconds >= extents.seconds) return count / seconds;
  }
}

function logMetric({ client, filled }: WorkPlace, key: string, step: number): Promise<string> {
  return client.post('mlflow/runs/log-metric', { run_id: filled.runId, ...metricAt(key, step) });
}

/** Points in a second; making the bodies is no part of it. */
async function batchRate(
  { client, filled, extents, turn }: WorkPlace,
  keyOf: (index: number) => string,
): Promise<number> {
  let [takenMs, count] = [0, 0];
  while (takenMs < extents.seconds * 1000) {
    const first = turn * 100_000_000 + count * batchSize;
    const metrics = Array.from({ length: batchSize }, (_, index) => metricAt(keyOf(index), first + index));
    const body = JSON.stringify({ run_id: filled.runId, metrics });
    takenMs += await timeOf(() => client.post('mlflow/runs/log-batch', body), 1);
    count++;
  }
  return (count * batchSize * 1000) / takenMs;
}

/** The time of a call that one of a hundred exceeds, while eight clients log to one run. */
async function slowestOfWriters(place: WorkPlace): Promise<number> {
  const times: number[] = [];
  const client = openClient(place.client.url, writers);
  const write = async (_: unknown, writer: number): Promise<void> => {
    const startedMs = monotonicMs();
    for (let step = place.turn * 1_000_000; monotonicMs() - startedMs < place.extents.seconds * 1000; step++)
      times.push(await timeOf(() => logMetric({ ...place, client }, `writer ${writer}`, step), 1));
  };
  await Promise.all(Array.from({ length: writers }, write));
  client.close();
  times.sort((a, b) => a - b);
  return times[Math.ceil(times.length * 0.99) - 1]!;
}
