import type { Database, Session } from '../database/index.ts';
import type { Dataset, DatasetInput, ModelOutput, Tag } from './entities.ts';
import { badValue, storable } from './names.ts';
import type { RunRow } from './run-rows.ts';
import { activeRun } from './runs.ts';

const limits = {
  datasets: 1000,
  name: 500,
  digest: 36,
  source: 65_535,
  schema: 1_048_575,
  profile: 16_777_215,
  tagKey: 255,
  tagValue: 500,
} as const;

/** The run that is told about. */
type NotedRun = Pick<RunRow, 'id' | 'experiment_id'>;

/** Notes which data and models an active run read. What is noted already stays. */
export async function logInputs(
  database: Database,
  runId: string,
  inputs: { readonly datasets: readonly DatasetInput[]; readonly models: readonly string[] },
): Promise<void> {
  const { datasets, models } = inputs;
  if (datasets.length > limits.datasets) {
    throw badValue(`expected at most ${limits.datasets} datasets at once, found ${datasets.length}`);
  }
  datasets.forEach(checkInput);
  await database.transaction(async (session) => {
    const run = await activeRun(session, runId);
    for (const input of datasets) await noteDataset(session, run, input);
    await noteModels(session, run, { direction: 'input', models: models.map((modelId) => ({ modelId, step: 0n })) });
  });
}

/** Notes which logged models an active run made. */
export async function logOutputs(database: Database, runId: string, models: readonly ModelOutput[]): Promise<void> {
  await database.transaction(async (session) => {
    const run = await activeRun(session, runId);
    await noteModels(session, run, { direction: 'output', models });
  });
}

function checkInput({ dataset, tags }: DatasetInput): void {
  const texts = ['name', 'digest', 'source', 'schema', 'profile'] as const;
  for (const field of texts) {
    const found = dataset[field]?.length ?? 0;
    if (found > limits[field]) throw tooLong(field, limits[field]);
  }
  for (const { key, value } of tags) {
    if (key.length > limits.tagKey) throw tooLong('key', limits.tagKey);
    if (value.length > limits.tagValue) throw tooLong('value', limits.tagValue);
  }
}

function tooLong(field: string, limit: number): Error {
  return badValue(`'${field}' exceeds the maximum length of ${limit} characters`);
}

/** Notes that a run read data. What is noted already stays; tags are written over those of the same keys. */
export async function noteDataset(session: Session, run: NotedRun, { dataset, tags }: DatasetInput): Promise<void> {
  const id = await datasetId(session, run.experiment_id, dataset);
  await session.insert({ table: 'run_datasets', columns: ['run', 'dataset'] }, [[run.id, id]], {
    onConflict: 'nothing',
  });
  await writeInputTags(session, { run: run.id, dataset: id }, tags);
}

async function datasetId(session: Session, experimentId: number, dataset: Dataset): Promise<number> {
  const columns = ['experiment_id', 'name', 'digest', 'source_type', 'source', 'schema', 'profile'];
  const { name, digest, sourceType, source, schema, profile } = dataset;
  const row = [
    experimentId,
    storable(name),
    storable(digest),
    storable(sourceType),
    storable(source),
    schema === null ? null : storable(schema),
    profile === null ? null : storable(profile),
  ];
  // A change that changes nothing: it holds the row, which otherwise a removal of data that nobody read could take.
  const sql = `insert into datasets (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})
    on conflict (experiment_id, name, digest) do update set name = excluded.name returning id`;
  return (await session.first<{ id: number }>(sql, row))!.id;
}

async function writeInputTags(
  session: Session,
  input: { readonly run: number; readonly dataset: number },
  tags: readonly Tag[],
): Promise<void> {
  const target = { table: 'run_dataset_tags', columns: ['run', 'dataset', 'key', 'value'] };
  const rows = tags.map(({ key, value }) => [input.run, input.dataset, storable(key), storable(value)]);
  const sql = '(run, dataset, key) do update set value = excluded.value';
  await session.insert(target, rows, { onConflict: { sql } });
}

/** Notes which logged models a run read or made. */
export async function noteModels(
  session: Session,
  run: NotedRun,
  noted: { readonly direction: 'input' | 'output'; readonly models: readonly ModelOutput[] },
): Promise<void> {
  const target = { table: 'run_models', columns: ['run', 'model_id', 'direction', 'step'] };
  const rows = noted.models.map(({ modelId, step }) => [run.id, storable(modelId), noted.direction, step]);
  await session.insert(target, rows, { onConflict: 'nothing' });
}
