import { type Database, migrate, type SqlValue } from '../../src/database/index.ts';
import { registrySchema } from '../../src/registry/schema.ts';
import { trackingSchema } from '../../src/tracking/schema.ts';
import { insertLatestMetrics } from './latest-metrics.ts';

/** Numbers in a document of rows; what JSON has no number for is text. */
export type StoredNumber = number | 'NaN';

type Texts = Readonly<Record<string, string>>;

interface RunRow {
  readonly run_id: string;
  readonly name: string;
  readonly experiment_id: number;
  readonly artifact_uri: string;
  readonly user_id: string;
  readonly status: string;
  readonly start_time: number;
  readonly end_time: number | null;
  readonly lifecycle: string;
  readonly params: Texts;
  readonly tags: Texts;
  readonly metrics: Readonly<Record<string, StoredNumber>>;
  readonly datasets: readonly { readonly name: string; readonly digest: string; readonly context: string | null }[];
}

interface LoggedModelRow {
  readonly model_id: string;
  readonly name: string;
  readonly experiment_id: number;
  readonly artifact_uri: string;
  readonly status: string;
  readonly model_type: string;
  readonly source_run_id: string;
  readonly created: number;
  readonly updated: number;
  readonly params: Texts;
  readonly tags: Texts;
  readonly metrics: readonly {
    readonly key: string;
    readonly value: StoredNumber;
    readonly timestamp: number;
    readonly step: number;
    readonly dataset: string | null;
    readonly digest: string | null;
  }[];
}

interface Dated {
  readonly created: number;
  readonly updated: number;
  readonly tags: Texts;
}

/** Rows of everything that can be searched. */
export interface SearchRows {
  readonly RUNS: readonly RunRow[];
  readonly EXPERIMENTS: readonly (Dated & { readonly id: number; readonly name: string; readonly lifecycle: string })[];
  readonly MODELS: readonly (Dated & { readonly name: string })[];
  readonly VERSIONS: readonly (Dated & {
    readonly model: string;
    readonly ordinal: number;
    readonly run_id: string | null;
    readonly source: string;
  })[];
  readonly LOGGED_MODELS: readonly LoggedModelRow[];
}

type Row = readonly SqlValue[];

/** Makes the tables that searches read, and puts the rows into them. */
export async function fillSearchTables(database: Database, rows: SearchRows): Promise<void> {
  await migrate(database, trackingSchema);
  await migrate(database, registrySchema);
  const put = async (table: string, columns: string, values: readonly Row[]): Promise<void> => {
    await database.insert({ table, columns: columns.split(' ') }, values);
  };
  await put(
    'experiments',
    'id name artifact_location lifecycle created_at_ms updated_at_ms',
    rows.EXPERIMENTS.map((row) => [row.id, row.name, '', row.lifecycle, row.created, row.updated]),
  );
  await put(
    'experiment_tags',
    'experiment_id key value',
    rows.EXPERIMENTS.flatMap((row) => keyed([row.id], row.tags)),
  );
  await put(
    'registered_models',
    'name description created_at_ms updated_at_ms',
    rows.MODELS.map((row) => [row.name, '', row.created, row.updated]),
  );
  await put(
    'registered_model_tags',
    'model key value',
    rows.MODELS.flatMap((row) => keyed([row.name], row.tags)),
  );
  await fillVersions(put, rows.VERSIONS);
  const versionTags = rows.VERSIONS.flatMap((row) => keyed([row.model, row.ordinal], row.tags));
  await put('model_version_tags', 'model ordinal key value', versionTags);
  await fillRuns(put, rows.RUNS);
  const metrics = rows.RUNS.flatMap((row, run) =>
    Object.entries(row.metrics).map(([key, value]) => ({ run, key, value: Number(value) })),
  );
  await insertLatestMetrics(database, metrics);
  await fillLoggedModels(put, rows.LOGGED_MODELS);
}

async function fillVersions(put: Put, versions: SearchRows['VERSIONS']): Promise<void> {
  const columns =
    'model ordinal major minor pipeline run_id source stage status signature properties created_at_ms updated_at_ms';
  const rows = versions.map((row, index): Row => {
    const told = [row.run_id, row.source, 'None', 'READY', '{}', '{}'];
    return [row.model, row.ordinal, 1, index, 0, ...told, row.created, row.updated];
  });
  await put('model_versions', columns, rows);
}

type Put = (table: string, columns: string, values: readonly Row[]) => Promise<void>;

function keyed(owner: Row, values: Texts): Row[] {
  return Object.entries(values).map(([key, value]) => [...owner, key, value]);
}

/** The value and the mark of NaN. */
function marked(value: StoredNumber): [number, number] {
  return value === 'NaN' ? [0, 1] : [value, 0];
}

async function fillRuns(put: Put, runs: readonly RunRow[]): Promise<void> {
  const columns = 'id run_id experiment_id name user_id status started_at_ms ended_at_ms artifact_uri lifecycle';
  const base = (row: RunRow): Row => [row.experiment_id, row.name, row.user_id, row.status, row.start_time];
  const values = runs.map((row, index) => [
    index,
    row.run_id,
    ...base(row),
    row.end_time,
    row.artifact_uri,
    row.lifecycle,
  ]);
  await put('tracked_runs', columns, values);
  await put(
    'run_params',
    'run key value',
    runs.flatMap((row, run) => keyed([run], row.params)),
  );
  const tags = runs.flatMap((row, run) => keyed([run], { ...row.tags, 'mlflow.runName': row.name }));
  await put('run_tags', 'run key value', tags);
  await fillDatasets(put, runs);
}

async function fillDatasets(put: Put, runs: readonly RunRow[]): Promise<void> {
  const inputs = runs.flatMap((row, run) => row.datasets.map((dataset) => ({ ...dataset, run })));
  const names = [...new Set(inputs.map(({ name, digest }) => JSON.stringify([name, digest])))];
  const idOf = ({ name, digest }: { name: string; digest: string }): number =>
    names.indexOf(JSON.stringify([name, digest]));
  const datasets = names.map((name, id) => [id, 1, ...(JSON.parse(name) as [string, string]), '', '']);
  await put('datasets', 'id experiment_id name digest source_type source', datasets);
  await put(
    'run_datasets',
    'run dataset',
    inputs.map((input) => [input.run, idOf(input)]),
  );
  const tags = inputs.filter((input) => input.context !== null);
  const rows = tags.map((input) => [input.run, idOf(input), 'mlflow.data.context', input.context]);
  await put('run_dataset_tags', 'run dataset key value', rows);
}

async function fillLoggedModels(put: Put, models: readonly LoggedModelRow[]): Promise<void> {
  const columns =
    'model_id experiment_id name artifact_uri status model_type source_run_id created_at_ms updated_at_ms lifecycle';
  const base = (row: LoggedModelRow): Row => [row.model_id, row.experiment_id, row.name, row.artifact_uri, row.status];
  const rest = (row: LoggedModelRow): Row => [row.model_type, row.source_run_id, row.created, row.updated, 'active'];
  await put(
    'logged_models',
    columns,
    models.map((row) => [...base(row), ...rest(row)]),
  );
  await put(
    'logged_model_params',
    'model_id key value',
    models.flatMap((row) => keyed([row.model_id], row.params)),
  );
  await put(
    'logged_model_tags',
    'model_id key value',
    models.flatMap((row) => keyed([row.model_id], row.tags)),
  );
  const points = models.flatMap((row) =>
    row.metrics.map((point): Row => {
      const where = [point.timestamp, point.step, 'a1', point.dataset ?? '', point.digest ?? ''];
      return [row.model_id, point.key, ...marked(point.value), ...where];
    }),
  );
  const pointColumns = 'model_id key value is_nan timestamp_ms step run_id dataset_name dataset_digest';
  await put('logged_model_metrics', pointColumns, points);
}
