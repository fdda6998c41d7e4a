/*
 * How long a model takes to answer requests of one row, asked one after the other of the same worker that predicts files.
 * The first requests warm it up and do not count. What is measured is the worker alone, with features as they come out of
 * the transformation; it depends on the machine and on what else runs there, so nothing that is reused by its
 * digest is made from the times, only from the bit whether an objective is met.
 */
import { monotonicMs } from '../../encoding/index.ts';
import type { LoadedModel, ModelColumns, ModelValue } from '../../models/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import type { TaskSpec } from '../../spec/index.ts';
import { quantileOfSorted } from '../../stats/index.ts';
import { parquetSource, type QueryEngine, quoteIdentifier } from '../../tables/index.ts';
import type { EvaluationResult } from './result.ts';

const sampledRows = 200;
const warmUpRequests = 20;
const leastRequests = 30;
const mostRequests = 1_000;
const budgetMs = 5_000;

/** What measuring works with. */
export interface LatencyWork {
  readonly engine: QueryEngine;
  readonly task: TaskSpec;
  readonly context: Pick<StepContext, 'signal'>;
}

/**
 * The times of requests in milliseconds, rising: after 20 that do not count, 1,000, or as many as five seconds allow, but
 * at least 30. The rows are 200 of the file, always the same.
 */
export async function measureLatency(model: LoadedModel, features: string, work: LatencyWork): Promise<Float64Array> {
  const rows = await readRequests(model, features, work);
  const { signal } = work.context;
  const ask = async (index: number): Promise<number> => {
    const startedMs = monotonicMs();
    await model.predictRows(rows[index % rows.length]!, { signal });
    return monotonicMs() - startedMs;
  };
  for (let index = 0; index < warmUpRequests; index++) await ask(index);
  const endMs = monotonicMs() + budgetMs;
  const times: number[] = [];
  while (times.length < leastRequests || (times.length < mostRequests && monotonicMs() < endMs))
    times.push(await ask(times.length));
  return Float64Array.from(times).sort();
}

async function readRequests(
  model: LoadedModel,
  features: string,
  { engine, task }: LatencyWork,
): Promise<ModelColumns[]> {
  const source = parquetSource(features);
  const names = await featureNames(model, engine, { source, task });
  const rows = await engine.rows(
    `SELECT ${names.map(quoteIdentifier).join(', ')} FROM ${source} ORDER BY md5_number_lower(CAST(__row AS VARCHAR)) LIMIT ${sampledRows}`,
  );
  return rows.map((row) => Object.fromEntries(names.map((name) => [name, [plain(row[name])]])));
}

/** The columns of a table that a model sees; where it does not say, all but label, key, time, group and row number. */
export async function featureNames(
  { description }: LoadedModel,
  engine: QueryEngine,
  from: { readonly source: string; readonly task: TaskSpec },
): Promise<readonly string[]> {
  if (description.features !== null) return description.features;
  const { label, key, time, group } = from.task;
  const others = new Set([label, ...key, time, group]);
  const { fields } = await engine.describe(`SELECT * FROM ${from.source}`);
  return fields.map((field) => field.name).filter((name) => !name.startsWith('__') && !others.has(name));
}

function plain(value: unknown): ModelValue {
  return typeof value === 'bigint' ? Number(value) : ((value ?? null) as ModelValue);
}

/** A quantity `latency.…` of rising times in milliseconds; null for any other name and without times. */
export function latencyValue(metric: string, times: Float64Array): number | null {
  if (times.length === 0) return null;
  if (metric === 'latency.mean') return times.reduce((sum, time) => sum + time, 0) / times.length;
  const percent = /^latency\.p(50|90|95|99)$/.exec(metric)?.[1];
  return percent === undefined ? null : quantileOfSorted(times, Number(percent) / 100);
}

/** The times of each model as they are reported. */
export function describeLatency(requests: Readonly<Record<string, Float64Array>>): EvaluationResult['latency'] {
  const models = Object.entries(requests);
  if (models.length === 0) return null;
  const value = (name: string, times: Float64Array): number => latencyValue(`latency.${name}`, times)!;
  return Object.fromEntries(
    models.map(([model, times]) => [
      model,
      {
        requestCount: times.length,
        meanMs: value('mean', times),
        p50Ms: value('p50', times),
        p90Ms: value('p90', times),
        p95Ms: value('p95', times),
        p99Ms: value('p99', times),
      },
    ]),
  );
}
