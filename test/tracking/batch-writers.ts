/* Writers of numbered batches at a server that is killed, and what must be left of them. */
import { expect } from 'vitest';

const metricsOfBatch = 40;

/** The numbers of the batches of one writer, each of which holds metrics, params and tags that are named by its number. */
export interface Written {
  readonly runId: string;
  readonly acknowledged: number[];
  /** Of those nobody knows whether they were written. */
  readonly unanswered: number[];
  /** An answer that a living server must not give. */
  refused?: Error;
}

class Refused extends Error {}

/** A writer with a run of its own. */
export async function beginWriting(url: string): Promise<Written> {
  const { run } = (await call(url, 'runs/create', { experiment_id: '0' })) as { run: { info: { run_id: string } } };
  return { runId: run.info.run_id, acknowledged: [], unanswered: [] };
}

/** Writes batch after batch until it is told to stop. What was not answered is not written again. */
export async function writeUntil(url: string, written: Written, isEnough: () => boolean): Promise<void> {
  for (let number = 0; !isEnough(); number++) {
    try {
      await call(url, 'runs/log-batch', { run_id: written.runId, ...batchOf(number) });
      written.acknowledged.push(number);
    } catch (error) {
      if (error instanceof Refused) {
        written.refused = error;
        return;
      }
      written.unanswered.push(number);
    }
  }
}

function batchOf(number: number): object {
  const value = String(number);
  const points = Array.from({ length: metricsOfBatch }, (_, key) => ({
    key: `m${key}`,
    value: number,
    timestamp: number,
    step: number,
  }));
  return { metrics: points, params: [{ key: `p${number}`, value }], tags: [{ key: `t${number}`, value }] };
}

/** Waits until every writer has so many batches acknowledged, by their own events and no clock. */
export async function waitForBatches(written: readonly Written[], count: number): Promise<void> {
  while (written.some(({ acknowledged }) => acknowledged.length < count)) {
    requireWelcome(written);
    await new Promise(setImmediate);
  }
}

/** @throws the first answer that a living server must not give */
export function requireWelcome(written: readonly Written[]): void {
  const refused = written.find((one) => one.refused !== undefined)?.refused;
  if (refused !== undefined) throw refused;
}

/** Looks at what is left of one writer's batches: all that was acknowledged, and nothing in part. */
export async function lookAtWritten(url: string, { runId, acknowledged, unanswered }: Written): Promise<void> {
  const { run } = (await call(url, `runs/get?run_id=${runId}`)) as {
    run: { data: { metrics: { value: number }[]; params: { key: string }[]; tags: { key: string }[] } };
  };
  const numbers = (texts: readonly { key: string }[], letter: string): number[] =>
    texts
      .flatMap(({ key }) => (new RegExp(`^${letter}\\d+$`).test(key) ? [Number(key.slice(1))] : []))
      .sort((a, b) => a - b);
  const params = numbers(run.data.params, 'p');
  // Everything that was acknowledged, and perhaps batches whose answer did not arrive.
  expect(params.filter((number) => !unanswered.includes(number))).toEqual(acknowledged);
  expect(numbers(run.data.tags, 't')).toEqual(params);
  expect(run.data.metrics.length).toBe(params.length === 0 ? 0 : metricsOfBatch);
  for (const key of [0, metricsOfBatch - 1]) {
    const history = await call(url, `metrics/get-history?run_id=${runId}&metric_key=m${key}`);
    const { metrics = [] } = history as { metrics?: { step: number; value: number }[] };
    expect(metrics.map(({ step }) => step)).toEqual(params);
  }
  expect(new Set(run.data.metrics.map(({ value }) => value))).toEqual(new Set(params.slice(-1)));
}

async function call(url: string, path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${url}/api/2.0/mlflow/${path}`, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    headers: { 'content-type': 'application/json' },
  });
  if (!answer.ok) throw new Refused(`${path}: ${answer.status} ${await answer.text()}`);
  return await answer.json();
}
