import type { Database, Session } from '../../database/index.ts';
import type { LoggedModel, LoggedModelMetric, Tag } from '../entities.ts';
import { badValue, checkKey, experimentNumber, keptParam, storable } from '../names.ts';
import { checkedPoint } from './import-run.ts';
import type { TakenOver } from './imported.ts';
import { sortOut } from './refuse.ts';

const largest = Number.MAX_VALUE;

/** Writes a logged model of another tracker under its own id, with its params, tags and metrics. */
export async function importLoggedModel(database: Database, model: LoggedModel): Promise<TakenOver> {
  const { modelId } = model;
  if (!/^m-[\w-]{1,253}$/.test(modelId))
    throw badValue(
      `expected the id of a logged model, m- and 32 digits, found ${JSON.stringify(modelId.slice(0, 100))}`,
    );
  const params = sortOut(
    model.params,
    ({ key }) => `param ${key}`,
    (param) => keptParam(param, ''),
  );
  const tags = sortOut(model.tags, ({ key }) => `tag ${key}`, keptTag);
  const points = sortOut(model.metrics, ({ key, step }) => `point of ${key} at step ${step}`, checkedPoint);
  return await database.transaction(async (session) => {
    const isNew = await insertModel(session, model);
    const end = `update logged_models set status = ?, status_message = ?, updated_at_ms = ?
      where model_id = ? and status = 'LOGGED_MODEL_PENDING' and status <> ?`;
    const values = [model.status, model.statusMessage, model.updatedAtMs, modelId, model.status];
    const ended = isNew ? 0 : await session.run(end, values);
    const added =
      (await addTexts(session, 'logged_model_params', { modelId, texts: params.kept })) +
      (await addTexts(session, 'logged_model_tags', { modelId, texts: tags.kept })) +
      (await addPoints(session, modelId, points.kept));
    const taken = isNew ? 'new' : added + ended > 0 ? 'more' : 'same';
    return { taken, refused: [...params.refused, ...tags.refused, ...points.refused] };
  });
}

function keptTag({ key, value }: Tag): Tag {
  checkKey(key, 'key', 'key');
  return { key, value: storable(value) };
}

async function insertModel(session: Session, model: LoggedModel): Promise<boolean> {
  const row = {
    ...{ model_id: model.modelId, experiment_id: experimentNumber(model.experimentId), name: storable(model.name) },
    ...{ artifact_uri: storable(model.artifactUri), status: model.status },
    status_message: model.statusMessage === null ? null : storable(model.statusMessage),
    ...{ model_type: storable(model.modelType), source_run_id: storable(model.sourceRunId) },
    ...{ created_at_ms: model.createdAtMs, updated_at_ms: model.updatedAtMs, lifecycle: model.lifecycle },
  };
  const target = { table: 'logged_models', columns: Object.keys(row) };
  return (await session.insert(target, [Object.values(row)], { onConflict: 'nothing' })) === 1;
}

async function addTexts(
  session: Session,
  table: 'logged_model_params' | 'logged_model_tags',
  { modelId, texts }: { readonly modelId: string; readonly texts: readonly Tag[] },
): Promise<number> {
  const rows = texts.map(({ key, value }) => [modelId, key, value]);
  return await session.insert({ table, columns: ['model_id', 'key', 'value'] }, rows, { onConflict: 'nothing' });
}

async function addPoints(session: Session, modelId: string, points: readonly LoggedModelMetric[]): Promise<number> {
  const columns = ['model_id', 'key', 'timestamp_ms', 'step', 'value', 'is_nan', 'run_id'];
  const rows = points.map((point) => {
    const isNan = Number.isNaN(point.value);
    const value = isNan ? 0 : Math.min(Math.max(point.value, -largest), largest);
    const where = [storable(point.runId), storable(point.datasetName ?? ''), storable(point.datasetDigest ?? '')];
    return [modelId, point.key, point.timestampMs, point.step, value, isNan ? 1 : 0, ...where];
  });
  const target = { table: 'logged_model_metrics', columns: [...columns, 'dataset_name', 'dataset_digest'] };
  return await session.insert(target, rows, { onConflict: 'nothing' });
}
