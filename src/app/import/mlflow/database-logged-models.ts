import { type LoggedModel, type LoggedModelMetric, loggedModelStatuses, type Tag } from '../../../tracking/index.ts';
import { bigOf, lifecycleOf, plainText, type Row, textOf, wholeOf } from './row-values.ts';
import type { SourceDatabase } from './source-database.ts';

const atOnce = 200;

/** The logged models of an experiment, by id; none in databases of MLflow 2. */
export async function* readLoggedModels(source: SourceDatabase, experimentId: string): AsyncGenerator<LoggedModel> {
  const { database, columns } = source;
  if (!columns.has('logged_models')) return;
  const sql = `select * from logged_models where experiment_id = ? and model_id > ? order by model_id limit ${atOnce}`;
  for (let after = ''; ; ) {
    const rows = await database.all<Row>(sql, [Number(experimentId), after]);
    for (const row of rows) yield await modelOf(source, row);
    if (rows.length < atOnce) return;
    after = plainText(rows.at(-1)!['model_id']);
  }
}

async function modelOf({ database }: SourceDatabase, row: Row): Promise<LoggedModel> {
  const modelId = plainText(row['model_id']);
  const texts = async (what: 'param' | 'tag'): Promise<Tag[]> => {
    const sql = `select ${what}_key as key, ${what}_value as value from logged_model_${what}s where model_id = ? order by 1`;
    const rows = await database.all<Row>(sql, [modelId]);
    return rows.map(({ key, value }) => ({ key: plainText(key), value: plainText(value) }));
  };
  const points = `select metric_name, cast(metric_timestamp_ms as text) as time, cast(metric_step as text) as step,
    metric_value, run_id, dataset_name, dataset_digest from logged_model_metrics where model_id = ?`;
  const createdAtMs = wholeOf(row['creation_timestamp_ms']) ?? 0;
  return {
    modelId,
    experimentId: plainText(row['experiment_id']),
    name: plainText(row['name']),
    artifactUri: plainText(row['artifact_location']),
    status: loggedModelStatuses[wholeOf(row['status']) ?? 0] ?? loggedModelStatuses[0],
    statusMessage: textOf(row['status_message']),
    modelType: plainText(row['model_type']),
    sourceRunId: plainText(row['source_run_id']),
    createdAtMs,
    updatedAtMs: wholeOf(row['last_updated_timestamp_ms']) ?? createdAtMs,
    lifecycle: lifecycleOf(row['lifecycle_stage']),
    params: await texts('param'),
    tags: await texts('tag'),
    metrics: (await database.all<Row>(points, [modelId])).map(pointOf),
  };
}

function pointOf(row: Row): LoggedModelMetric {
  return {
    key: plainText(row['metric_name']),
    value: row['metric_value'] === null ? Number.NaN : Number(row['metric_value']),
    timestampMs: wholeOf(row['time']) ?? -1,
    step: bigOf(row['step']),
    runId: plainText(row['run_id']),
    datasetName: textOf(row['dataset_name']),
    datasetDigest: textOf(row['dataset_digest']),
  };
}
