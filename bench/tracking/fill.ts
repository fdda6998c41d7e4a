import { openDatabase } from '../../src/database/index.ts';
import type { TrackingClient } from './client.ts';
import { ownDatabase, type Place } from './places.ts';

/** How much is measured on. */
export interface Extents {
  /** Runs that are searched, with 50 metrics, 20 params and 5 tags each. */
  readonly runs: number;
  /** Of them, in one answer. */
  readonly page: number;
  /** Runs of one experiment that are searched by a metric. */
  readonly manyRuns: number;
  /** Points of a history that is read whole. */
  readonly history: number;
  /** Points of a history that is reduced to buckets. */
  readonly points: number;
  /** Calls of the Python client. */
  readonly clientCalls: number;
  /** How long calls of one kind are repeated. */
  readonly seconds: number;
  readonly rounds: number;
}

/** What a server was filled with. */
export interface Filled {
  /** A run that is logged to. */
  readonly runId: string;
  /** Of the runs that are searched. */
  readonly experimentId: string;
  /** Of many runs with two metrics; null where there are none. */
  readonly largeExperimentId: string | null;
}

const sideBySide = 4;
const batchSize = 1000;

/** A metric as `log-batch` takes it, the values a function of the step. */
export function metricAt(key: string, step: number): object {
  return { key, value: Math.sin(step / 50) + (step % 997) / 1000, timestamp: 1_700_000_000_000 + step, step };
}

/** Logs a series of points in batches. */
export async function logSeries(
  client: TrackingClient,
  runId: string,
  { key, count }: { readonly key: string; readonly count: number },
): Promise<void> {
  for (let start = 0; start < count; start += batchSize) {
    const size = Math.min(batchSize, count - start);
    const metrics = Array.from({ length: size }, (_, index) => metricAt(key, start + index));
    await client.post('mlflow/runs/log-batch', { run_id: runId, metrics });
  }
}

/** Fills a server that knows runs through its own calls. */
export async function fill(client: TrackingClient, extents: Extents): Promise<Filled> {
  const experimentId = await newExperiment(client, 'searched');
  let number = 0;
  const fillSome = async (): Promise<void> => {
    while (number < extents.runs) await fillRun(client, experimentId, number++);
  };
  await Promise.all(Array.from({ length: sideBySide }, fillSome));
  const runId = await newRun(client, '0');
  await logSeries(client, runId, { key: 'history', count: extents.history });
  return { runId, experimentId, largeExperimentId: null };
}

async function newExperiment(client: TrackingClient, name: string): Promise<string> {
  return (JSON.parse(await client.post('mlflow/experiments/create', { name })) as { experiment_id: string })
    .experiment_id;
}

async function newRun(client: TrackingClient, experimentId: string): Promise<string> {
  const answer = await client.post('mlflow/runs/create', { experiment_id: experimentId, start_time: 1 });
  return (JSON.parse(answer) as { run: { info: { run_id: string } } }).run.info.run_id;
}

async function fillRun(client: TrackingClient, experimentId: string, number: number): Promise<void> {
  const texts = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({ key: `${name}_${index}`, value: `${name} ${number} ${index}` }));
  await client.post('mlflow/runs/log-batch', {
    run_id: await newRun(client, experimentId),
    metrics: Array.from({ length: 50 }, (_, index) => metricAt(`metric_${index}`, number)),
    params: texts('param', 20),
    tags: texts('tag', 5),
  });
}

/** Puts many runs with two metrics into our tables, past the calls, which would take minutes. @returns their experiment */
export async function fillManyRuns(client: TrackingClient, place: Place, count: number): Promise<string> {
  const experimentId = await newExperiment(client, 'large');
  const database = await openDatabase(ownDatabase(place));
  try {
    const runs = Array.from({ length: count }, (_, index) => index + 1_000_000);
    const shared = ['experiment_id', 'name', 'user_id', 'status', 'started_at_ms', 'artifact_uri', 'lifecycle'];
    await database.insert(
      { table: 'tracked_runs', columns: ['id', 'run_id', ...shared] },
      runs.map((id) => [id, `large${id}`, Number(experimentId), `run ${id}`, '', 'FINISHED', id, '/a', 'active']),
    );
    const latest = ['last_step', 'last_timestamp_ms', 'last_value', 'last_is_nan', 'tail_points'];
    const series = runs.flatMap((id) =>
      ['loss', 'accuracy'].map((key, salt) => [id, key, 1, id, scattered(id * 2 + salt), 0, 1]),
    );
    await database.insert({ table: 'metric_series', columns: ['run', 'key', ...latest] }, series);
    // Words that all runs have, that some have, and that one in a thousand has.
    const texts = runs.flatMap((id) => [
      [id, 'optimizer', ['AdamW', 'SGD', 'RMSprop'][id % 3]!],
      [id, 'learning_rate', String(scattered(id).toFixed(4))],
      [id, 'model.backbone', id % 1000 === 0 ? 'convnext' : 'resnet50'],
    ]);
    await database.insert({ table: 'run_params', columns: ['run', 'key', 'value'] }, texts);
    await database.insert(
      { table: 'run_tags', columns: ['run', 'key', 'value'] },
      runs.map((id) => [id, 'mlflow.note.content', `nightly sweep, part ${id % 100}`]),
    );
    // What the database's own upkeep does sooner or later.
    await database.run('analyze');
  } finally {
    await database.close();
  }
  // The index of words is filled before anything is measured.
  while (!(JSON.parse(await client.get('mlspec/search?q=sweep')) as { is_up_to_date: boolean }).is_up_to_date);
  return experimentId;
}

/** A value of 0 to 1 that follows no order. */
function scattered(number: number): number {
  let mixed = Math.imul(number ^ (number >>> 16), 0x45d9f3b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}
