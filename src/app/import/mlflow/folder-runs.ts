import { join } from 'node:path';
import {
  type DatasetInput,
  type LoggedModel,
  type LoggedModelMetric,
  loggedModelStatuses,
  type Metric,
  type ModelOutput,
  type RunStatus,
  runStatuses,
} from '../../../tracking/index.ts';
import type { LeaveOut } from '../import-report.ts';
import { Unreadable } from '../open-plain.ts';
import { foldersOf, keysOf, linesOf, type Owner, orLeave, textsOf } from './folder-keys.ts';
import type { SourceRun } from './mlflow-source.ts';
import { type Meta, readMeta, scalar } from './read-meta.ts';
import { bigOf, lifecycleOf, wholeOf } from './row-values.ts';

/** Folders of an experiment that are no runs. */
const otherFolders = new Set(['tags', 'datasets', 'models', 'traces', 'assessments', 'issues', 'scorers']);

/** The runs of an experiment, by id. */
export async function* readFolderRuns(
  folder: string,
  experimentId: string,
  leave: LeaveOut,
): AsyncGenerator<SourceRun> {
  for (const runId of await foldersOf(folder)) {
    if (otherFolders.has(runId)) continue;
    const owner: Owner = { folder: join(folder, runId), what: `run ${runId}`, leave };
    const run = await orLeave(owner, 'meta.yaml', () =>
      readRun(owner, { runId, experimentId, datasets: join(folder, 'datasets') }),
    );
    if (run !== null) yield run;
  }
}

interface RunPlace {
  readonly runId: string;
  readonly experimentId: string;
  readonly datasets: string;
}

async function readRun(owner: Owner, { runId, experimentId, datasets }: RunPlace): Promise<SourceRun> {
  const meta = await readMeta(join(owner.folder, 'meta.yaml'));
  const tags = await textsOf(owner, 'tags');
  const inputs = await verticesOf(owner, 'inputs');
  const outputs = await verticesOf(owner, 'outputs');
  const isModel = (one: Meta): boolean => scalar(one, 'source_type') === 'MODEL';
  const noted = await Promise.all(inputs.filter((one) => !isModel(one)).map((one) => datasetOf(owner, datasets, one)));
  return {
    ...{ runId, experimentId, tags, status: statusOf(meta), params: await textsOf(owner, 'params') },
    name: scalar(meta, 'run_name') || (tags.find(({ key }) => key === 'mlflow.runName')?.value ?? ''),
    userId: scalar(meta, 'user_id') ?? '',
    startedAtMs: wholeOf(scalar(meta, 'start_time')),
    endedAtMs: wholeOf(scalar(meta, 'end_time')),
    artifactUri: scalar(meta, 'artifact_uri') ?? join(owner.folder, 'artifacts'),
    lifecycle: lifecycleOf(scalar(meta, 'lifecycle_stage')),
    deletedAtMs: wholeOf(scalar(meta, 'deleted_time')),
    datasetInputs: noted.filter((one) => one !== null),
    modelInputs: inputs.filter(isModel).map((one) => scalar(one, 'source_id') ?? ''),
    modelOutputs: outputs.map(outputOf),
    pointCount: null,
  };
}

function statusOf(meta: Meta): RunStatus {
  const text = scalar(meta, 'status') ?? '';
  const status = runStatuses.find((one, index) => one === text || String(index + 1) === text);
  if (status !== undefined) return status;
  throw new Unreadable(`its status is ${JSON.stringify(text.slice(0, 50))}`);
}

async function verticesOf(owner: Owner, kind: 'inputs' | 'outputs'): Promise<Meta[]> {
  if (!(await foldersOf(owner.folder)).includes(kind)) return [];
  const found: Meta[] = [];
  for (const id of await foldersOf(join(owner.folder, kind))) {
    const meta = await orLeave(owner, `${kind}/${id}`, () => readMeta(join(owner.folder, kind, id, 'meta.yaml')));
    if (meta !== null) found.push(meta);
  }
  return found;
}

function outputOf(meta: Meta): ModelOutput {
  return { modelId: scalar(meta, 'destination_id') ?? '', step: bigOf(scalar(meta, 'step')) };
}

async function datasetOf(owner: Owner, folder: string, input: Meta): Promise<DatasetInput | null> {
  const id = scalar(input, 'source_id') ?? '';
  return await orLeave(owner, `dataset ${id}`, async () => {
    if (!/^[\w-]+$/.test(id)) throw new Unreadable('expected the id of a dataset');
    const meta = await readMeta(join(folder, id, 'meta.yaml'));
    const tags = typeof input['tags'] === 'object' && input['tags'] !== null ? Object.entries(input['tags']) : [];
    return {
      dataset: {
        name: scalar(meta, 'name') ?? '',
        digest: scalar(meta, 'digest') ?? '',
        sourceType: scalar(meta, 'source_type') ?? '',
        source: scalar(meta, 'source') ?? '',
        schema: scalar(meta, 'schema'),
        profile: scalar(meta, 'profile'),
      },
      tags: tags.map(([key, value]) => ({ key, value: value ?? '' })),
    };
  });
}

/** The points of a run: lines of time, value and step, in a file for each key. */
export async function* readFolderPoints(
  folder: string,
  runId: string,
  leave: LeaveOut,
): AsyncGenerator<readonly Metric[]> {
  const owner: Owner = { folder: join(folder, runId), what: `run ${runId}`, leave };
  for (const key of await keysOf(owner, 'metrics')) {
    try {
      for await (const lines of linesOf(join(owner.folder, 'metrics', key))) {
        yield lines.flatMap((parts) => pointOf(owner, key, parts) ?? []);
      }
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      leave(`${owner.what}: metrics/${key}`, error.message);
    }
  }
}

function pointOf(owner: Owner, key: string, parts: readonly string[]): Metric | null {
  const [timestamp = '', written = '', step = '0'] = parts;
  const value = numberOf(written);
  if (/^\d{1,16}$/.test(timestamp) && value !== null && /^-?\d{1,20}$/.test(step))
    return { key, value, timestampMs: Number(timestamp), step: BigInt(step) };
  owner.leave(
    `${owner.what}: metrics/${key}`,
    `expected time, value and step, found ${JSON.stringify(parts.join(' ').slice(0, 100))}`,
  );
  return null;
}

/** A number as Python writes it; null for what is none. */
function numberOf(text: string): number | null {
  if (/^[+-]?nan$/i.test(text)) return Number.NaN;
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  const number = Number(text);
  return text === '' || Number.isNaN(number) ? null : number;
}

/** The logged models of an experiment, by id. */
export async function* readFolderLoggedModels(
  folder: string,
  experimentId: string,
  leave: LeaveOut,
): AsyncGenerator<LoggedModel> {
  if (!(await foldersOf(folder)).includes('models')) return;
  for (const modelId of await foldersOf(join(folder, 'models'))) {
    const owner: Owner = { folder: join(folder, 'models', modelId), what: `logged model ${modelId}`, leave };
    const model = await orLeave(owner, 'meta.yaml', () => readLoggedModel(owner, modelId, experimentId));
    if (model !== null) yield model;
  }
}

async function readLoggedModel(owner: Owner, modelId: string, experimentId: string): Promise<LoggedModel> {
  const meta = await readMeta(join(owner.folder, 'meta.yaml'));
  const createdAtMs = wholeOf(scalar(meta, 'creation_timestamp')) ?? 0;
  return {
    ...{ modelId, experimentId, createdAtMs },
    name: scalar(meta, 'name') ?? '',
    artifactUri: scalar(meta, 'artifact_location') ?? join(owner.folder, 'artifacts'),
    status: loggedModelStatuses[wholeOf(scalar(meta, 'status')) ?? 0] ?? loggedModelStatuses[0],
    statusMessage: scalar(meta, 'status_message'),
    modelType: scalar(meta, 'model_type') ?? '',
    sourceRunId: scalar(meta, 'source_run_id') ?? '',
    updatedAtMs: wholeOf(scalar(meta, 'last_updated_timestamp')) ?? createdAtMs,
    lifecycle: lifecycleOf(scalar(meta, 'lifecycle_stage')),
    params: await textsOf(owner, 'params'),
    tags: await textsOf(owner, 'tags'),
    metrics: await modelPoints(owner),
  };
}

async function modelPoints(owner: Owner): Promise<LoggedModelMetric[]> {
  const points: LoggedModelMetric[] = [];
  for (const key of await keysOf(owner, 'metrics')) {
    await orLeave(owner, `metrics/${key}`, async () => {
      for await (const lines of linesOf(join(owner.folder, 'metrics', key))) {
        for (const parts of lines) {
          const point = pointOf(owner, key, parts);
          const [runId = '', datasetName = null, datasetDigest = null] = parts.slice(3);
          if (point !== null) points.push({ ...point, runId, datasetName, datasetDigest });
        }
      }
    });
  }
  return points;
}
