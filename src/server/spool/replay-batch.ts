/* Points, params and tags on their way to another server: as many at once as it takes, and each of them once. */
import type { NewMetric, SetAside, SpoolEntry, SpooledBatch, SpoolSubject, Tag } from '../../tracking/index.ts';
import { writeDouble, writeInt64 } from '../mlflow/json.ts';
import { type RemoteApi, RemoteRefused } from './remote-api.ts';
import { type RemoteIds, translateTags } from './remote-ids.ts';

const limits = { metrics: 1000, params: 100, tags: 100, all: 1000 } as const;

/** Batches that fit into one, from the beginning of a list. */
export interface MergedBatch {
  readonly batch: SpooledBatch;
  /** How many entries it holds; at least one. */
  readonly count: number;
}

/** Puts batches together, as far as the server's limits allow. A tag that is set twice has its last value. */
export function mergeBatches(entries: readonly SpoolEntry[]): MergedBatch {
  const metrics: NewMetric[] = [];
  const params = new Map<string, string>();
  const tags = new Map<string, string>();
  let count = 0;
  for (const { change } of entries) {
    if (change.kind !== 'run-logged') break;
    const { batch } = change;
    const size = { metrics: batch.metrics.length, params: batch.params.length, tags: batch.tags.length };
    if (count > 0 && !fits(size, { metrics: metrics.length, params: params.size, tags: tags.size })) break;
    metrics.push(...batch.metrics);
    for (const { key, value } of batch.params) params.set(key, value);
    for (const { key, value } of batch.tags) tags.set(key, value);
    count += 1;
  }
  return { batch: { metrics, params: listOf(params), tags: listOf(tags) }, count };
}

type Sizes = Readonly<Record<'metrics' | 'params' | 'tags', number>>;

function fits(added: Sizes, there: Sizes): boolean {
  const names = ['metrics', 'params', 'tags'] as const;
  const sums = names.map((name) => added[name] + there[name]);
  return names.every((name, at) => sums[at]! <= limits[name]) && sums.reduce((a, b) => a + b) <= limits.all;
}

function listOf(texts: ReadonlyMap<string, string>): Tag[] {
  return [...texts].map(([key, value]) => ({ key, value }));
}

/** What sends a batch. */
export interface BatchTarget {
  readonly api: RemoteApi;
  readonly ids: RemoteIds;
  readonly subject: SpoolSubject;
}

/**
 * Sends a batch to a run. @returns what of it the server refused, found by halves
 * @throws RemoteRefused where it takes nothing for this run at all, and the errors of the server
 */
export async function sendBatch(target: BatchTarget, batch: SpooledBatch): Promise<readonly SetAside[]> {
  const { id: runId } = await target.ids.of(target.subject);
  try {
    await send(target, runId, batch);
    return [];
  } catch (error) {
    if (!(error instanceof RemoteRefused)) throw error;
    await requireActive(target.api, runId);
    return await sendHalves(target, batch, error);
  }
}

async function sendHalves(target: BatchTarget, batch: SpooledBatch, refusal: RemoteRefused): Promise<SetAside[]> {
  const items = itemsOf(batch);
  if (items.length <= 1)
    return [{ subject: target.subject, change: { kind: 'run-logged', batch }, reason: refusal.message }];
  const middle = Math.ceil(items.length / 2);
  const { id: runId } = await target.ids.of(target.subject);
  const aside: SetAside[] = [];
  for (const half of [items.slice(0, middle), items.slice(middle)].map(batchOf)) {
    try {
      await send(target, runId, half);
    } catch (error) {
      if (!(error instanceof RemoteRefused)) throw error;
      aside.push(...(await sendHalves(target, half, error)));
    }
  }
  return aside;
}

type Item = { readonly metric: NewMetric } | { readonly param: Tag } | { readonly tag: Tag };

function itemsOf({ metrics, params, tags }: SpooledBatch): Item[] {
  return [
    ...metrics.map((metric) => ({ metric })),
    ...params.map((param) => ({ param })),
    ...tags.map((tag) => ({ tag })),
  ];
}

function batchOf(items: readonly Item[]): SpooledBatch {
  return {
    metrics: items.flatMap((item) => ('metric' in item ? [item.metric] : [])),
    params: items.flatMap((item) => ('param' in item ? [item.param] : [])),
    tags: items.flatMap((item) => ('tag' in item ? [item.tag] : [])),
  };
}

async function send({ api, ids }: BatchTarget, runId: string, { metrics, params, tags }: SpooledBatch): Promise<void> {
  await api.call('POST runs/log-batch', {
    run_id: runId,
    metrics: await Promise.all(metrics.map((metric) => writeMetric(metric, ids))),
    params,
    tags: await translateTags(ids, tags),
  });
}

async function writeMetric(metric: NewMetric, ids: RemoteIds): Promise<object> {
  const { key, value, timestampMs, step, modelId, datasetName, datasetDigest } = metric;
  return {
    ...{ key, value: writeDouble(value), timestamp: timestampMs, step: writeInt64(step) },
    ...(modelId === undefined ? {} : { model_id: (await ids.of(`model/${modelId}`)).id }),
    ...(datasetName === undefined ? {} : { dataset_name: datasetName }),
    ...(datasetDigest === undefined ? {} : { dataset_digest: datasetDigest }),
  };
}

/** @throws RemoteRefused where the server has no such run that can be changed */
async function requireActive(api: RemoteApi, runId: string): Promise<void> {
  const { run } = await api.call<{ run: { info: { lifecycle_stage: string } } }>('GET runs/get', { run_id: runId });
  if (run.info.lifecycle_stage !== 'active')
    throw new RemoteRefused(`its run ${runId} is ${run.info.lifecycle_stage} on the server`, 400);
}

/** What of a batch a run does not have yet: for servers that keep a point twice that is logged twice. */
export async function missingOf({ api, ids, subject }: BatchTarget, batch: SpooledBatch): Promise<SpooledBatch> {
  const { id: runId } = await ids.of(subject);
  const there = new Set<string>();
  for (const key of new Set(batch.metrics.map((metric) => metric.key)))
    for (const point of await historyOf(api, runId, key)) there.add(point);
  return { ...batch, metrics: batch.metrics.filter((metric) => !there.has(nameOf(metric))) };
}

function nameOf({ key, value, timestampMs, step }: Pick<NewMetric, 'key' | 'value' | 'timestampMs' | 'step'>): string {
  return JSON.stringify([key, writeDouble(value), timestampMs, String(step)]);
}

interface HistoryAnswer {
  readonly metrics?: readonly { readonly value: number | string; readonly timestamp: number; readonly step?: number }[];
  readonly next_page_token?: string;
}

const pageSize = 25_000;

async function historyOf(api: RemoteApi, runId: string, key: string): Promise<string[]> {
  const points: string[] = [];
  for (let token = ''; ; ) {
    const page = await api.call<HistoryAnswer>('GET metrics/get-history', {
      ...{ run_id: runId, metric_key: key, max_results: String(pageSize) },
      ...(token === '' ? {} : { page_token: token }),
    });
    for (const { value, timestamp, step } of page.metrics ?? [])
      points.push(nameOf({ key, value: Number(value), timestampMs: Number(timestamp), step: BigInt(step ?? 0) }));
    if (!page.next_page_token) return points;
    token = page.next_page_token;
  }
}
