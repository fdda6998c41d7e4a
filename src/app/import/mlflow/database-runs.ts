import type { DatasetInput, Metric, ModelOutput, RunStatus, Tag } from '../../../tracking/index.ts';
import { runStatuses } from '../../../tracking/index.ts';
import type { SourceRun } from './mlflow-source.ts';
import { bigOf, lifecycleOf, plainText, type Row, textOf, wholeOf } from './row-values.ts';
import { columnOf, type SourceDatabase } from './source-database.ts';

const runsAtOnce = 200;
const pointsAtOnce = 5000;

/** The runs of an experiment, by id. */
export async function* readRuns(source: SourceDatabase, experimentId: string): AsyncGenerator<SourceRun> {
  const { database } = source;
  const of = (name: string): string => columnOf(source, 'runs', name);
  const sql = `select run_uuid, ${of('name')}, user_id, status, cast(start_time as text) as start_time,
    cast(end_time as text) as end_time, artifact_uri, lifecycle_stage, ${of('deleted_time')} from runs
    where experiment_id = ? and run_uuid > ? order by run_uuid limit ${runsAtOnce}`;
  for (let after = ''; ; ) {
    const rows = await database.all<Row>(sql, [Number(experimentId), after]);
    const content = await readContent(
      source,
      rows.map((row) => plainText(row['run_uuid'])),
    );
    for (const row of rows) {
      const status = plainText(row['status']) as RunStatus;
      if (runStatuses.includes(status)) yield runOf(row, { experimentId, status, content });
      else source.leave(`run ${plainText(row['run_uuid'])}`, `its status is ${JSON.stringify(status.slice(0, 50))}`);
    }
    if (rows.length < runsAtOnce) return;
    after = plainText(rows.at(-1)!['run_uuid']);
  }
}

/** What was logged to some runs, by run. */
interface Content {
  readonly params: ReadonlyMap<string, readonly Row[]>;
  readonly tags: ReadonlyMap<string, readonly Row[]>;
  readonly counts: ReadonlyMap<string, readonly Row[]>;
  readonly datasets: ReadonlyMap<string, readonly Row[]>;
  readonly inputTags: ReadonlyMap<string, readonly Row[]>;
  readonly models: ReadonlyMap<string, readonly Row[]>;
}

async function readContent(source: SourceDatabase, ids: readonly string[]): Promise<Content> {
  const places = ids.map(() => '?').join(', ') || 'null';
  const grouped = async (sql: string, table = 'runs'): Promise<ReadonlyMap<string, readonly Row[]>> =>
    source.columns.has(table)
      ? Map.groupBy(await source.database.all<Row>(sql.replace('(?)', `(${places})`), ids), ({ owner }) =>
          plainText(owner),
        )
      : new Map();
  const step = source.columns.get('inputs')?.has('step') === true ? 'cast(step as text)' : 'null';
  return {
    params: await grouped('select run_uuid as owner, key, value from params where run_uuid in (?) order by key'),
    tags: await grouped('select run_uuid as owner, key, value from tags where run_uuid in (?) order by key'),
    counts: await grouped(
      'select run_uuid as owner, count(*) as points from metrics where run_uuid in (?) group by run_uuid',
    ),
    datasets: await grouped(
      `select i.destination_id as owner, i.input_uuid, d.name, d.digest, d.dataset_source_type, d.dataset_source,
        d.dataset_schema, d.dataset_profile from inputs i join datasets d on d.dataset_uuid = i.source_id
        where i.source_type = 'DATASET' and i.destination_type = 'RUN' and i.destination_id in (?)`,
      'inputs',
    ),
    inputTags: await grouped(
      `select t.input_uuid as owner, t.name as key, t.value from input_tags t join inputs i on i.input_uuid = t.input_uuid
        where i.destination_id in (?) order by t.name`,
      'input_tags',
    ),
    models: await grouped(
      `select source_id as owner, source_type, destination_id, ${step} as step from inputs
        where source_type in ('RUN_INPUT', 'RUN_OUTPUT') and source_id in (?)`,
      'inputs',
    ),
  };
}

function runOf(
  row: Row,
  given: { readonly experimentId: string; readonly status: RunStatus; readonly content: Content },
): SourceRun {
  const { experimentId, status, content } = given;
  const runId = plainText(row['run_uuid']);
  const tags = tagsOf(content.tags.get(runId));
  const models = content.models.get(runId) ?? [];
  return {
    ...{ runId, experimentId, status, tags, params: tagsOf(content.params.get(runId)) },
    name: plainText(row['name']) || (tags.find(({ key }) => key === 'mlflow.runName')?.value ?? ''),
    userId: plainText(row['user_id']),
    startedAtMs: wholeOf(row['start_time']),
    endedAtMs: wholeOf(row['end_time']),
    artifactUri: plainText(row['artifact_uri']),
    lifecycle: lifecycleOf(row['lifecycle_stage']),
    deletedAtMs: wholeOf(row['deleted_time']),
    datasetInputs: (content.datasets.get(runId) ?? []).map((input) => datasetOf(input, content)),
    modelInputs: models.filter(isInput).map(({ destination_id }) => plainText(destination_id)),
    modelOutputs: models.filter((one) => !isInput(one)).map(outputOf),
    pointCount: wholeOf(content.counts.get(runId)?.[0]?.['points']) ?? 0,
  };
}

function isInput({ source_type }: Row): boolean {
  return source_type === 'RUN_INPUT';
}

function outputOf(row: Row): ModelOutput {
  return { modelId: plainText(row['destination_id']), step: bigOf(row['step']) };
}

function tagsOf(rows: readonly Row[] = []): Tag[] {
  return rows.map(({ key, value }) => ({ key: plainText(key), value: plainText(value) }));
}

function datasetOf(row: Row, { inputTags }: Content): DatasetInput {
  return {
    dataset: {
      name: plainText(row['name']),
      digest: plainText(row['digest']),
      sourceType: plainText(row['dataset_source_type']),
      source: plainText(row['dataset_source']),
      schema: textOf(row['dataset_schema']),
      profile: textOf(row['dataset_profile']),
    },
    tags: tagsOf(inputTags.get(plainText(row['input_uuid']))),
  };
}

/** The points of a run, some at once. */
export async function* readPoints({ database }: SourceDatabase, runId: string): AsyncGenerator<readonly Metric[]> {
  const values = `key, value, cast(timestamp as text) as timestamp, cast(step as text) as step,
    cast(is_nan as integer) as is_nan`;
  // SQLite reads a run in the order of its rows without sorting; PostgreSQL has no such order.
  const key = database.kind === 'sqlite' ? 'rowid' : 'key, timestamp, step, value, is_nan';
  const after =
    database.kind === 'sqlite'
      ? 'rowid > ?'
      : '(key, metrics.timestamp, metrics.step, value, is_nan) > (?, ?, ?, ?, ?)';
  const order = database.kind === 'sqlite' ? 'rowid' : 'key, metrics.timestamp, metrics.step, value, is_nan';
  const page = (condition: string): string =>
    `select ${database.kind === 'sqlite' ? `rowid as place, ${values}` : values} from metrics where run_uuid = ? ${condition}
     order by ${order} limit ${pointsAtOnce}`;
  let rows = await database.all<Row>(page(''), [runId]);
  for (;;) {
    if (rows.length > 0) yield rows.map(pointOf);
    const last = rows.at(-1);
    if (last === undefined || rows.length < pointsAtOnce) return;
    const place =
      key === 'rowid'
        ? [last['place']!]
        : [
            last['key']!,
            last['timestamp']!,
            last['step']!,
            last['value']!,
            Number(last['is_nan']) === 1 ? 'true' : 'false',
          ];
    rows = await database.all<Row>(page(`and ${after}`), [runId, ...place]);
  }
}

function pointOf(row: Row): Metric {
  const isNan = Number(row['is_nan'] ?? 0) !== 0 || row['value'] === null;
  return {
    key: plainText(row['key']),
    value: isNan ? Number.NaN : Number(row['value']),
    timestampMs: wholeOf(row['timestamp']) ?? -1,
    step: bigOf(row['step']),
  };
}
