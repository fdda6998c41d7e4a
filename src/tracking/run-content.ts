import type { Session } from '../database/index.ts';
import type { DatasetInput, Metric, ModelOutput, Run, Tag } from './entities.ts';
import { infoOf, type RunRow } from './run-rows.ts';
import { metricOf, type StoredPoint } from './series-point.ts';

/** Ids in one query: below what every build of SQLite takes. */
const atOnce = 500;

interface Content {
  readonly metrics: Metric[];
  readonly params: Tag[];
  readonly tags: Tag[];
  readonly datasetInputs: (DatasetInput & { readonly tags: Tag[] })[];
  readonly modelInputs: string[];
  readonly modelOutputs: ModelOutput[];
}

/** Rows with everything logged to their runs, in the same order: as many queries for a thousand runs as for one, times two. */
export async function fillRuns(session: Session, rows: readonly RunRow[]): Promise<Run[]> {
  const contents = new Map(rows.map(({ id }) => [id, emptyContent()]));
  for (let start = 0; start < rows.length; start += atOnce) {
    const ids = rows.slice(start, start + atOnce).map(({ id }) => id);
    await readSeries(session, ids, contents);
    await readTexts(session, ids, contents);
    await readInputs(session, ids, contents);
  }
  return rows.map((row) => ({ info: infoOf(row), ...contents.get(row.id)! }));
}

function emptyContent(): Content {
  return { metrics: [], params: [], tags: [], datasetInputs: [], modelInputs: [], modelOutputs: [] };
}

function within(ids: readonly number[]): string {
  return `in (${ids.map(() => '?').join(', ')})`;
}

async function readSeries(
  session: Session,
  ids: readonly number[],
  contents: ReadonlyMap<number, Content>,
): Promise<void> {
  const sql = `select run, key, last_value as value, last_is_nan as is_nan, last_timestamp_ms as timestamp_ms,
    cast(last_step as text) as step from metric_series where run ${within(ids)} order by run, key`;
  for (const row of await session.all<StoredPoint & { run: number; key: string }>(sql, ids)) {
    contents.get(row.run)!.metrics.push(metricOf(row, row.key));
  }
}

async function readTexts(
  session: Session,
  ids: readonly number[],
  contents: ReadonlyMap<number, Content>,
): Promise<void> {
  for (const kind of ['params', 'tags'] as const) {
    const sql = `select run, key, value from run_${kind} where run ${within(ids)} order by run, key`;
    for (const { run, key, value } of await session.all<Tag & { run: number }>(sql, ids)) {
      contents.get(run)![kind].push({ key, value });
    }
  }
}

interface DatasetRow {
  readonly run: number;
  readonly dataset: number;
  readonly name: string;
  readonly digest: string;
  readonly source_type: string;
  readonly source: string;
  readonly schema: string | null;
  readonly profile: string | null;
}

async function readInputs(
  session: Session,
  ids: readonly number[],
  contents: ReadonlyMap<number, Content>,
): Promise<void> {
  const models = `select run, model_id, direction, cast(step as text) as step from run_models
    where run ${within(ids)} order by run, step, model_id`;
  type ModelRow = { run: number; model_id: string; direction: string; step: string };
  for (const { run, model_id: modelId, direction, step } of await session.all<ModelRow>(models, ids)) {
    const content = contents.get(run)!;
    if (direction === 'input') content.modelInputs.push(modelId);
    else content.modelOutputs.push({ modelId, step: BigInt(step) });
  }
  const datasets = `select u.run, u.dataset, d.name, d.digest, d.source_type, d.source, d.schema, d.profile
    from run_datasets u join datasets d on d.id = u.dataset where u.run ${within(ids)} order by u.run, d.name, d.digest`;
  const rows = await session.all<DatasetRow>(datasets, ids);
  if (rows.length === 0) return;
  const sql = `select run, dataset, key, value from run_dataset_tags where run ${within(ids)} order by run, dataset, key`;
  const tags = await session.all<Tag & { run: number; dataset: number }>(sql, ids);
  for (const { run, dataset, source_type: sourceType, name, digest, source, schema, profile } of rows) {
    const own = tags.filter((tag) => tag.run === run && tag.dataset === dataset);
    contents.get(run)!.datasetInputs.push({
      dataset: { name, digest, sourceType, source, schema, profile },
      tags: own.map(({ key, value }) => ({ key, value })),
    });
  }
}
