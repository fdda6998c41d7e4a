/* What MLflow's client was answered about a source, asked of our server over HTTP in the same shape. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Fields = Readonly<Record<string, unknown>>;
/** What a server answers, read as it comes. */
// biome-ignore lint/suspicious/noExplicitAny: its form is what is tested.
export type Loose = any;

const golden = join(import.meta.dirname, '../golden/tracking');

/** A run as the client saw it. */
export interface AnsweredRun {
  readonly info: Readonly<Record<string, string | number | null>>;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, string>>;
  readonly histories: Readonly<Record<string, readonly (readonly [string, number, string])[]>>;
  readonly inputs: readonly { readonly dataset: Fields; readonly tags: Fields }[];
  readonly model_inputs: readonly string[];
  readonly model_outputs: readonly (readonly [string, number])[];
  readonly files: Readonly<Record<string, number>>;
}
/** Everything that the client was asked. */
export interface Answers {
  readonly experiments: readonly Loose[];
  readonly runs: readonly AnsweredRun[];
  readonly counts: Readonly<Record<string, number>>;
  readonly filtered: readonly string[];
  readonly logged_models: readonly Loose[];
  readonly models: readonly Loose[];
}

/** The archive of a source. */
export const archiveOf = (name: string): string => join(golden, `${name}.tar.gz`);
/** What MLflow's client was answered about it. */
export const answersOf = (name: string): Answers => JSON.parse(readFileSync(join(golden, `${name}.json`), 'utf8'));

/** Asks a server. */
export async function ask(url: string, path: string, body?: Fields): Promise<Loose> {
  const init =
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answered = await fetch(`${url}/api/2.0/mlflow/${path}`, init);
  const text = await answered.text();
  if (!answered.ok) throw new Error(`${path}: ${answered.status} ${text}`);
  return JSON.parse(text.replaceAll(/("step"\s*:\s*)(-?\d+)/g, '$1"$2"'));
}

const query = (fields: Readonly<Record<string, string>>): string => `?${new URLSearchParams(fields)}`;
const texts = (pairs: readonly { key: string; value: string }[] = []): Record<string, string> =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, value]));
/** A value as Python writes it, in a form that both sides have. */
const number = (value: unknown): string =>
  String(Number(String(value).replace('nan', 'NaN').replace('inf', String(Number.MAX_VALUE))));
/** By time and step: folders give points as they were written. */
const inOrder = (points: readonly (readonly [string, number, string])[]) =>
  points.toSorted((a, b) => a[1] - b[1] || Number(BigInt(a[2]) - BigInt(b[2])));

/** What our server says of a run, as `AnsweredRun` has it. */
export async function runFrom(url: string, runId: string): Promise<AnsweredRun> {
  const { run } = await ask(url, `runs/get${query({ run_id: runId })}`);
  const metrics = (run.data.metrics ?? []) as readonly { key: string; value: unknown }[];
  const histories: Record<string, [string, number, string][]> = {};
  for (const { key } of metrics) {
    const found = await ask(url, `metrics/get-history${query({ run_id: runId, metric_key: key })}`);
    histories[key] = found.metrics.map((one: Loose) => [number(one.value), Number(one.timestamp), String(one.step)]);
  }
  const { run_uuid: _, ...info } = run.info;
  return {
    info: { ...info, start_time: info.start_time ?? null, end_time: info.end_time ?? null },
    params: texts(run.data.params),
    tags: texts(run.data.tags),
    metrics: Object.fromEntries(metrics.map(({ key, value }) => [key, number(value)])),
    histories,
    inputs: (run.inputs?.dataset_inputs ?? []).map((one: Loose) => ({ dataset: one.dataset, tags: texts(one.tags) })),
    model_inputs: (run.inputs?.model_inputs ?? []).map((one: Loose) => one.model_id),
    model_outputs: (run.outputs?.model_outputs ?? []).map((one: Loose) => [one.model_id, Number(one.step)]),
    files: await filesFrom((path) => ask(url, `artifacts/list${query({ run_id: runId, ...path })}`)),
  };
}

/** The files of a run or logged model by path, with their lengths. */
export async function filesFrom(
  list: (path: { readonly path: string } | Record<string, never>) => Promise<Loose>,
  path?: string,
): Promise<Record<string, number>> {
  const { files = [] } = await list(path === undefined ? {} : { path });
  const found: Record<string, number> = {};
  for (const one of files as readonly { path: string; is_dir: boolean; file_size: string | number }[]) {
    if (one.is_dir) Object.assign(found, await filesFrom(list, one.path));
    else found[one.path] = Number(one.file_size);
  }
  return found;
}

/** The same with numbers in our form, and addresses and experiments as they are here. */
export function expectedRun(run: AnsweredRun, experimentId: string): AnsweredRun {
  const each = <Value, Other>(of: Readonly<Record<string, Value>>, change: (value: Value) => Other) =>
    Object.fromEntries(Object.entries(of).map(([key, value]) => [key, change(value)]));
  return {
    ...run,
    info: {
      ...run.info,
      experiment_id: experimentId,
      artifact_uri: `mlflow-artifacts:/${experimentId}/${run.info['run_id']}/artifacts`,
    },
    metrics: each(run.metrics, number),
    histories: each(run.histories, (points) =>
      inOrder(points).map(([value, at, step]) => [number(value), at, step] as const),
    ),
  };
}
