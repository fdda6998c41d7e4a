/**
 * Logging to a run. A batch is one transaction: after a crash all of it is there or nothing. Points are named by all
 * their values, so that a client that repeats a request changes nothing. Committed without waiting for the disk: safe
 * against a killed process; after a power loss the last moments may be missing, never a part of a batch.
 */
import type { Database, Session } from '../database/index.ts';
import type { NewMetric, Tag } from './entities.ts';
import { badValue, checkKey, keptParam, keptTag, storable } from './names.ts';
import type { RunRow } from './run-rows.ts';
import { activeRun, writeTags } from './runs.ts';
import { hasBlocks, keepBlocks, type SeriesState } from './series-blocks.ts';
import type { StoredPoint } from './series-point.ts';
import type { Batch } from './tracking-store.ts';

const limits = { metrics: 1000, params: 100, tags: 100, all: 1000 } as const;
const largest = Number.MAX_VALUE;
const lookUpAtOnce = 500;

/** Whose points they are. */
type PointOwner = Pick<RunRow, 'id' | 'run_id'>;

/** A point as it is kept. */
interface Point {
  readonly key: string;
  readonly value: number;
  readonly isNan: 0 | 1;
  readonly timestampMs: number;
  readonly step: bigint | number;
  readonly source: NewMetric;
}

/** Logs metrics, params and tags to an active run: all or nothing. */
export async function logBatch(database: Database, runId: string, batch: Batch): Promise<void> {
  checkSizes(batch);
  const { metrics = [], isAlone } = batch;
  const place = (name: string, index: number): string => (isAlone ? '' : `${name}[${index}]`);
  const points = metrics.map((metric, index) => pointOf(metric, place('metrics', index)));
  const params = (batch.params ?? []).map((param, index) => keptParam(param, place('params', index)));
  const tags = (batch.tags ?? []).map((tag, index) => keptTag(tag, place('tags', index)));
  requireDifferentKeys(params);
  await database.transaction(
    async (session) => {
      const run = await activeRun(session, runId);
      await writeParams(session, run, { params, isAlone: isAlone ?? false });
      await writePoints(session, run, points);
      await writeTags(session, run.id, tags);
    },
    { durability: 'normal' },
  );
}

function checkSizes({ metrics = [], params = [], tags = [] }: Batch): void {
  for (const [what, list] of Object.entries({ metrics, params, tags })) {
    const limit = limits[what as keyof typeof limits];
    if (list.length > limit) {
      throw tooMany(what, limit, list.length);
    }
  }
  const count = metrics.length + params.length + tags.length;
  if (count > limits.all) throw tooMany('metrics, params, and tags', limits.all, count);
}

function tooMany(what: string, limit: number, found: number): Error {
  return badValue(
    `A batch logging request can contain at most ${limit} ${what}. Got ${found} ${what}. Please split up ${what} across multiple requests and try again.`,
  );
}

function requireDifferentKeys(params: readonly Tag[]): void {
  const seen = new Set<string>();
  const twice = params.filter(({ key }) => seen.size === seen.add(key).size).map(({ key }) => `'${key}'`);
  if (twice.length > 0) {
    throw badValue(
      `Duplicate parameter keys have been submitted: [${twice.join(', ')}]. Please ensure the request contains only one param value per param key.`,
    );
  }
}

function pointOf(metric: NewMetric, path: string): Point {
  checkKey(metric.key, path === '' ? 'name' : `${path}.name`, 'Metric name');
  const { timestampMs, value } = metric;
  if (timestampMs < 0) {
    throw badValue(
      `Invalid value ${timestampMs} for parameter '${path === '' ? 'timestamp' : `${path}.timestamp`}' supplied: metric '${metric.key}' (value=${floatText(value)}). Timestamp must be a nonnegative long (64-bit integer) `,
    );
  }
  const isNan = Number.isNaN(value);
  const step = Number(metric.step);
  return {
    key: metric.key,
    value: isNan ? 0 : Math.min(Math.max(value, -largest), largest),
    isNan: isNan ? 1 : 0,
    timestampMs,
    step: Number.isSafeInteger(step) ? step : metric.step,
    source: metric,
  };
}

/** A double as MLflow's users know it: `1.0`. */
function floatText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? value.toFixed(1) : String(value);
}

async function writeParams(
  session: Session,
  run: RunRow,
  { params, isAlone }: { readonly params: readonly Tag[]; readonly isAlone: boolean },
): Promise<void> {
  if (params.length === 0) return;
  const target = { table: 'run_params', columns: ['run', 'key', 'value'] };
  const rows = params.map(({ key, value }) => [run.id, key, value]);
  if ((await session.insert(target, rows, { onConflict: 'nothing' })) === params.length) return;
  const places = params.map(() => '?').join(', ');
  const sql = `select key, value from run_params where run = ? and key in (${places})`;
  const known = await session.all<Tag>(sql, [run.id, ...params.map(({ key }) => key)]);
  const kept = new Map(known.map(({ key, value }) => [key, value]));
  const changed = params.filter(({ key, value }) => kept.get(key) !== value);
  if (changed.length === 0) return;
  if (isAlone) {
    const [{ key, value }] = changed as [Tag];
    throw badValue(
      `Changing param values is not allowed. Param with key='${key}' was already logged with value='${kept.get(key)}' for run ID='${run.run_id}'. Attempted logging new value '${value}'.`,
    );
  }
  const all = changed.map(
    ({ key, value }) => `{'key': '${key}', 'old_value': '${kept.get(key)}', 'new_value': '${value}'}`,
  );
  throw badValue(
    `Changing param values is not allowed. Params were already logged='[${all.join(', ')}]' for run ID='${run.run_id}'.`,
  );
}

/** Logs points of any number to a run. Keys are those of the caller. */
export async function logPoints(session: Session, run: PointOwner, metrics: readonly NewMetric[]): Promise<void> {
  for (let start = 0; start < metrics.length; start += limits.metrics) {
    const part = metrics.slice(start, start + limits.metrics);
    await writePoints(
      session,
      run,
      part.map((metric) => pointOf(metric, '')),
    );
  }
}

async function writePoints(session: Session, run: PointOwner, points: readonly Point[]): Promise<void> {
  if (points.length === 0) return;
  const series = await raiseSeries(session, run, points);
  const target = { table: 'metric_points', columns: ['series', 'timestamp_ms', 'step', 'value', 'is_nan'] };
  const rows = points.map((one) => [series.get(one.key)!.id, one.timestampMs, one.step, one.value, one.isNan]);
  await session.insert(target, rows, { onConflict: 'nothing' });
  await summarizeLong(session, series, points);
  const ofModels = points.filter(({ source }) => source.modelId !== undefined && source.modelId !== '');
  if (ofModels.length > 0) await writeModelPoints(session, run, ofModels);
}

/** Keeps the summaries of series that are long enough to have some. */
async function summarizeLong(
  session: Session,
  series: ReadonlyMap<string, SeriesState>,
  points: readonly Point[],
): Promise<void> {
  const long = [...series].filter(([, state]) => hasBlocks(state));
  if (long.length === 0) return;
  const byKey = Map.groupBy(points, ({ key }) => key);
  const written = long.map(([key, state]) => ({ state, points: byKey.get(key)!.map(storedPoint) }));
  await keepBlocks(session, written);
}

function storedPoint({ timestampMs, step, value, isNan }: Point): StoredPoint {
  return { timestamp_ms: timestampMs, step: String(step), value, is_nan: isNan };
}

const latestColumns = ['last_step', 'last_timestamp_ms', 'last_value', 'last_is_nan'];
const isRaised = `(excluded.last_step, excluded.last_timestamp_ms, excluded.last_value)
  > (metric_series.last_step, metric_series.last_timestamp_ms, metric_series.last_value)`;
const raise = `(run, key) do update set tail_points = metric_series.tail_points + excluded.tail_points, ${latestColumns
  .map((column) => `${column} = case when ${isRaised} then excluded.${column} else metric_series.${column} end`)
  .join(', ')}`;

const seriesColumns = ['run', 'key', ...latestColumns, 'tail_points'];
const stateColumns = 'id, key, blocked_until_ms, tail_points';
const raiseOne = `insert into metric_series (${seriesColumns.join(', ')})
  values (${seriesColumns.map(() => '?').join(', ')}) on conflict ${raise} returning ${stateColumns}`;

/** Makes the series of a batch, raises their latest points and counts the new ones. @returns them by key */
async function raiseSeries(
  session: Session,
  run: PointOwner,
  points: readonly Point[],
): Promise<Map<string, SeriesState>> {
  const latest = new Map<string, Point>();
  const counts = new Map<string, number>();
  for (const point of points) {
    const known = latest.get(point.key);
    if (known === undefined || isLater(point, known)) latest.set(point.key, point);
    counts.set(point.key, (counts.get(point.key) ?? 0) + 1);
  }
  // In one order, so that two batches never wait for each other's series.
  const keys = [...latest.keys()].sort();
  const rows = keys.map((key) => {
    const { step, timestampMs, value, isNan } = latest.get(key)!;
    return [run.id, key, step, timestampMs, value, isNan, counts.get(key)!];
  });
  // One metric alone is what a training loop logs: one way to the database less.
  if (rows.length === 1) return new Map([[keys[0]!, (await session.first<SeriesState>(raiseOne, rows[0]))!]]);
  await session.insert({ table: 'metric_series', columns: seriesColumns }, rows, { onConflict: { sql: raise } });
  return await seriesStates(session, run, keys);
}

/** By step, then time, then value. */
function isLater(point: Point, than: Point): boolean {
  if (point.step !== than.step) return point.step > than.step;
  if (point.timestampMs !== than.timestampMs) return point.timestampMs > than.timestampMs;
  return point.value > than.value;
}

async function seriesStates(
  session: Session,
  run: PointOwner,
  keys: readonly string[],
): Promise<Map<string, SeriesState>> {
  const states = new Map<string, SeriesState>();
  for (let start = 0; start < keys.length; start += lookUpAtOnce) {
    const part = keys.slice(start, start + lookUpAtOnce);
    const sql = `select ${stateColumns} from metric_series
      where run = ? and key in (${part.map(() => '?').join(', ')})`;
    const rows = await session.all<SeriesState & { readonly key: string }>(sql, [run.id, ...part]);
    for (const row of rows) states.set(row.key, row);
  }
  return states;
}

async function writeModelPoints(session: Session, run: PointOwner, points: readonly Point[]): Promise<void> {
  const columns = [
    'model_id',
    'key',
    'timestamp_ms',
    'step',
    'value',
    'is_nan',
    'run_id',
    'dataset_name',
    'dataset_digest',
  ];
  const known = await knownModels(session, points);
  const rows = points
    .filter(({ source }) => known.has(source.modelId!))
    .map((one) => [
      one.source.modelId!,
      one.key,
      one.timestampMs,
      one.step,
      one.value,
      one.isNan,
      run.run_id,
      storable(one.source.datasetName ?? ''),
      storable(one.source.datasetDigest ?? ''),
    ]);
  await session.insert({ table: 'logged_model_metrics', columns }, rows, { onConflict: 'nothing' });
}

/** The models among those that points name which are there: a metric of another one belongs to the run alone. */
async function knownModels(session: Session, points: readonly Point[]): Promise<Set<string>> {
  const ids = [...new Set(points.map(({ source }) => storable(source.modelId!)))];
  const sql = `select model_id from logged_models where model_id in (${ids.map(() => '?').join(', ')})`;
  const rows = await session.all<{ model_id: string }>(sql, ids);
  return new Set(rows.map((row) => row.model_id));
}
