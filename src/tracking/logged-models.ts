import type { Database, Session } from '../database/index.ts';
import { now } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { locationBelow } from './artifact-location.ts';
import type { Lifecycle, LoggedModel, LoggedModelMetric, LoggedModelStatus, Tag } from './entities.ts';
import { activeExperiment } from './experiments.ts';
import { idsToTake } from './id-key.ts';
import { badValue, checkKey, keptParamValue, storable, unknown } from './names.ts';
import { randomRunName } from './run-names.ts';
import type { NewLoggedModel } from './tracking-store.ts';

/** What reads a `LoggedModelRow`. */
export const loggedModelColumns = `l.model_id, l.experiment_id, l.name, l.artifact_uri, l.status, l.status_message,
  l.model_type, l.source_run_id, l.created_at_ms, l.updated_at_ms, l.lifecycle`;
const forbidden = ['/', ':', '.', '%', '"', "'"];
const atOnce = 500;

/** A row of the table. */
export interface LoggedModelRow {
  readonly model_id: string;
  readonly experiment_id: number;
  readonly name: string;
  readonly artifact_uri: string;
  readonly status: LoggedModelStatus;
  readonly status_message: string | null;
  readonly model_type: string;
  readonly source_run_id: string;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
  readonly lifecycle: Lifecycle;
}

/** Makes a logged model, whose files are still to come. */
export async function createLoggedModel(database: Database, model: NewLoggedModel): Promise<LoggedModel> {
  const name = checkedName(model.name) ?? randomRunName();
  const ids = idsToTake('model', model.idKey).map((id) => `m-${id}`);
  return await database.transaction(async (session) => {
    const experiment = await activeExperiment(session, model.experimentId);
    const at = now();
    const rowOf = (modelId: string): LoggedModelRow => ({
      model_id: modelId,
      experiment_id: experiment.id,
      name,
      artifact_uri: locationBelow(experiment.artifact_location, `models/${modelId}/artifacts`),
      status: 'LOGGED_MODEL_PENDING',
      status_message: null,
      model_type: storable(model.modelType ?? ''),
      source_run_id: storable(model.sourceRunId ?? ''),
      created_at_ms: at,
      updated_at_ms: at,
      lifecycle: 'active',
    });
    const modelId = await insertModel(session, ids.map(rowOf));
    await writeTexts(session, modelId, { params: model.params ?? [] });
    await writeTexts(session, modelId, { tags: model.tags ?? [] });
    return await getLoggedModel(session, modelId);
  });
}

/** Adds the first of some rows whose id is free. @returns its id */
async function insertModel(session: Session, rows: readonly LoggedModelRow[]): Promise<string> {
  for (const row of rows) {
    const target = { table: 'logged_models', columns: Object.keys(row) };
    if ((await session.insert(target, [Object.values(row)], { onConflict: 'nothing' })) > 0) return row.model_id;
  }
  throw new Error('expected a random id to be free, found it taken');
}

function checkedName(name: string | undefined): string | null {
  if (name === undefined || name === '') return null;
  if (!forbidden.some((character) => name.includes(character))) return storable(name);
  throw badValue(
    `Invalid model name (${name}) provided. Model name must be a non-empty string and cannot contain the following characters: ${JSON.stringify(forbidden)}`,
  );
}

/** A logged model with all its metrics, params and tags. @param view `all`: also a deleted one */
export async function getLoggedModel(
  session: Session,
  modelId: string,
  view: 'active' | 'all' = 'active',
): Promise<LoggedModel> {
  return (await fillLoggedModels(session, [await modelRow(session, modelId, view)]))[0]!;
}

async function modelRow(session: Session, modelId: string, view: 'active' | 'all'): Promise<LoggedModelRow> {
  const sql = `select ${loggedModelColumns} from logged_models l where l.model_id = ?`;
  const row = await session.first<LoggedModelRow>(sql, [storable(modelId)]);
  if (row !== null && (view === 'all' || row.lifecycle === 'active')) return row;
  throw unknown(`Logged model with ID '${modelId}' not found.`);
}

/** The same, where changing it is allowed. @throws PlatformError TRACKING_NOT_ACTIVE */
async function activeModel(session: Session, modelId: string): Promise<LoggedModelRow> {
  const row = await modelRow(session, modelId, 'all');
  if (row.lifecycle === 'active') return row;
  throw new PlatformError('TRACKING_NOT_ACTIVE', {
    message: `The logged model ${modelId} must be in the 'active' state. Current state is ${row.lifecycle}.`,
  });
}

/** Says how the upload of a model's files ended. */
export async function finishLoggedModel(
  database: Database,
  modelId: string,
  status: LoggedModelStatus,
): Promise<LoggedModel> {
  return await database.transaction(async (session) => {
    await activeModel(session, modelId);
    const sql = 'update logged_models set status = ?, updated_at_ms = ? where model_id = ?';
    await session.run(sql, [status, now(), modelId]);
    return await getLoggedModel(session, modelId);
  });
}

/** Moves a logged model to the bin. */
export async function deleteLoggedModel(database: Database, modelId: string): Promise<void> {
  await database.transaction(async (session) => {
    await modelRow(session, modelId, 'all');
    const sql = "update logged_models set lifecycle = 'deleted', updated_at_ms = ? where model_id = ?";
    await session.run(sql, [now(), modelId]);
  });
}

/** Params or tags of a model. */
type Texts = { readonly params: readonly Tag[] } | { readonly tags: readonly Tag[] };

/** Adds params or sets tags of an active model. */
export async function describeLoggedModel(database: Database, modelId: string, texts: Texts): Promise<void> {
  await database.transaction(async (session) => {
    await activeModel(session, modelId);
    await writeTexts(session, modelId, texts);
    await session.run('update logged_models set updated_at_ms = ? where model_id = ?', [now(), modelId]);
  });
}

async function writeTexts(session: Session, modelId: string, texts: Texts): Promise<void> {
  const [kind, given] = 'params' in texts ? ['params', texts.params] : ['tags', texts.tags];
  given.forEach(({ key }, index) => {
    checkKey(key, `${kind}[${index}].key`, `${kind}[${index}].key`);
  });
  const kept = kind === 'params' ? keptParamValue : storable;
  const last = new Map(given.map(({ key, value }) => [key, kept(value)]));
  const rows = [...last].map(([key, value]) => [modelId, key, value]);
  const target = { table: `logged_model_${kind}`, columns: ['model_id', 'key', 'value'] };
  const sql = '(model_id, key) do update set value = excluded.value';
  await session.insert(target, rows, { onConflict: { sql } });
}

/** Takes a tag of a model away. */
export async function deleteLoggedModelTag(database: Database, modelId: string, key: string): Promise<void> {
  await database.transaction(async (session) => {
    await activeModel(session, modelId);
    const sql = 'delete from logged_model_tags where model_id = ? and key = ?';
    if ((await session.run(sql, [modelId, storable(key)])) === 0)
      throw unknown(`No tag with key '${key}' found for model with ID '${modelId}'.`);
  });
}

/** Rows with params, tags and metrics, in the same order. */
export async function fillLoggedModels(session: Session, rows: readonly LoggedModelRow[]): Promise<LoggedModel[]> {
  const contents = new Map(
    rows.map((row) => [row.model_id, { params: [] as Tag[], tags: [] as Tag[], metrics: [] as LoggedModelMetric[] }]),
  );
  for (let start = 0; start < rows.length; start += atOnce) {
    const ids = rows.slice(start, start + atOnce).map((row) => row.model_id);
    const within = `in (${ids.map(() => '?').join(', ')})`;
    for (const kind of ['params', 'tags'] as const) {
      const sql = `select model_id, key, value from logged_model_${kind} where model_id ${within} order by model_id, key`;
      for (const { model_id, key, value } of await session.all<Tag & { model_id: string }>(sql, ids)) {
        contents.get(model_id)![kind].push({ key, value });
      }
    }
    const sql = `select model_id, key, value, is_nan, timestamp_ms, cast(step as text) as step, run_id, dataset_name,
      dataset_digest from logged_model_metrics where model_id ${within}
      order by model_id, key, timestamp_ms, logged_model_metrics.step`;
    for (const row of await session.all<MetricRow>(sql, ids)) contents.get(row.model_id)!.metrics.push(metricOf(row));
  }
  return rows.map((row) => ({ ...modelOf(row), ...contents.get(row.model_id)! }));
}

interface MetricRow {
  readonly model_id: string;
  readonly key: string;
  readonly value: number;
  readonly is_nan: number;
  readonly timestamp_ms: number;
  readonly step: string;
  readonly run_id: string;
  readonly dataset_name: string;
  readonly dataset_digest: string;
}

function metricOf(row: MetricRow): LoggedModelMetric {
  return {
    key: row.key,
    value: row.is_nan === 1 ? Number.NaN : row.value,
    timestampMs: row.timestamp_ms,
    step: BigInt(row.step),
    runId: row.run_id,
    datasetName: row.dataset_name === '' ? null : row.dataset_name,
    datasetDigest: row.dataset_digest === '' ? null : row.dataset_digest,
  };
}

function modelOf(row: LoggedModelRow): Omit<LoggedModel, 'params' | 'tags' | 'metrics'> {
  return {
    modelId: row.model_id,
    experimentId: String(row.experiment_id),
    name: row.name,
    artifactUri: row.artifact_uri,
    status: row.status,
    statusMessage: row.status_message,
    modelType: row.model_type,
    sourceRunId: row.source_run_id,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    lifecycle: row.lifecycle,
  };
}
