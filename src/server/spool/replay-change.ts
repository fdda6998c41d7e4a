/* Every kind of change but batches, as calls of another server. Each of them may be made twice. */
import {
  artifactRootOf,
  type Dataset,
  type DatasetInput,
  type SpoolChange,
  type SpoolJournal,
  type SpoolSubject,
} from '../../tracking/index.ts';
import { writeInt64 } from '../mlflow/json.ts';
import { type RemoteApi, RemoteRefused } from './remote-api.ts';
import { type RemoteIds, translateTags } from './remote-ids.ts';
import { registryReplays, translateVersions } from './replay-registry.ts';
import { type FileSource, sendFile } from './send-file.ts';

/** Where changes go. */
export interface ChangeTarget {
  readonly api: RemoteApi;
  readonly ids: RemoteIds;
  readonly files: FileSource;
  readonly journal: SpoolJournal;
}

/** Changes of one kind, as calls. */
type Replays = {
  readonly [Kind in Exclude<SpoolChange['kind'], 'run-logged'>]: (
    change: Extract<SpoolChange, { readonly kind: Kind }>,
    call: ReplayCall,
  ) => Promise<unknown>;
};

interface ReplayCall extends ChangeTarget {
  /** The id of what is changed, on the server. */
  readonly id: string;
  /** Where its artifacts lie there. */
  readonly place: string;
}

/** Something that does not change anything where it was made already: nothing to do. */
const made = async (): Promise<void> => undefined;

const replays: Replays = {
  ...registryReplays,
  'experiment-made': made,
  'experiment-renamed': ({ name }, { api, id }) =>
    api.call('POST experiments/update', { experiment_id: id, new_name: name }),
  'experiment-moved': ({ to }, { api, id }) =>
    done(api.call(`POST experiments/${to === 'deleted' ? 'delete' : 'restore'}`, { experiment_id: id }), () =>
      isExperiment(api, id, to),
    ),
  'experiment-tagged': async ({ tag }, { api, ids, id }) => {
    const [translated] = await translateTags(ids, [tag]);
    await api.call('POST experiments/set-experiment-tag', { experiment_id: id, ...translated });
  },
  'experiment-untagged': ({ key }, { api, id }) =>
    done(api.call('POST experiments/delete-experiment-tag', { experiment_id: id, key }), isAbsent),
  'run-made': made,
  'run-changed': ({ change }, { api, id }) =>
    api.call('POST runs/update', {
      run_id: id,
      ...(change.status === undefined ? {} : { status: change.status }),
      ...(change.endedAtMs === undefined ? {} : { end_time: change.endedAtMs }),
      ...(change.name === undefined ? {} : { run_name: change.name }),
    }),
  'run-moved': ({ to }, { api, id }) =>
    done(api.call(`POST runs/${to === 'deleted' ? 'delete' : 'restore'}`, { run_id: id }), () => isRun(api, id, to)),
  'run-untagged': ({ key }, { api, id }) => done(api.call('POST runs/delete-tag', { run_id: id, key }), isAbsent),
  'run-read': async ({ datasets, models }, { api, ids, id }) =>
    await api.call('POST runs/log-inputs', {
      run_id: id,
      datasets: datasets.map(writeInput),
      models: await Promise.all(models.map(async (model) => ({ model_id: (await ids.of(`model/${model}`)).id }))),
    }),
  'run-wrote': async ({ models }, { api, ids, id }) =>
    await api.call('POST runs/outputs', {
      run_id: id,
      models: await Promise.all(
        models.map(async ({ modelId, step }) => ({
          model_id: (await ids.of(`model/${modelId}`)).id,
          step: writeInt64(step),
        })),
      ),
    }),
  'model-made': made,
  'model-finished': ({ status }, { api, id }) => api.call(`PATCH logged-models/${id}`, { model_id: id, status }),
  'model-deleted': (_change, { api, id }) => done(api.call(`DELETE logged-models/${id}`, { model_id: id }), isAbsent),
  'model-described': async ({ params, tags }, { api, ids, id, journal }) => {
    if (params.length > 0) await api.call(`POST logged-models/${id}/params`, { model_id: id, params });
    const translated = await translateTags(ids, await translateVersions(journal, tags));
    if (tags.length > 0) await api.call(`PATCH logged-models/${id}/tags`, { model_id: id, tags: translated });
  },
  'model-untagged': ({ key }, { api, id }) =>
    done(
      api.call(`DELETE logged-models/${id}/tags/${encodeURIComponent(key)}`, { model_id: id, tag_key: key }),
      isAbsent,
    ),
  'file-put': async (change, { place, ...target }) =>
    await sendFile({ ...change, path: `${rootOf(place)}/${change.path}` }, target),
  'file-removed': ({ path }, { api, place }) => done(api.deleteFile(`${rootOf(place)}/${path}`), isAbsent),
};

/** Makes a change there. @throws RemoteAway, RemoteBroken, RemoteRefused */
export async function replayChange(subject: SpoolSubject, change: SpoolChange, target: ChangeTarget): Promise<void> {
  if (subject.startsWith('artifact/')) {
    throw new RemoteRefused('it belongs to no run and no logged model, so the server has no place for it', 0);
  }
  const { id, place } = await target.ids.of(subject);
  const replay = replays[change.kind as keyof Replays] as (change: SpoolChange, call: ReplayCall) => Promise<unknown>;
  await replay(change, { ...target, id, place });
}

/** A call that may be refused because what it was to bring about is so already. */
async function done(
  call: Promise<unknown>,
  isSo: (refusal: RemoteRefused) => boolean | Promise<boolean>,
): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof RemoteRefused) || !(await isSo(error))) throw error;
  }
}

function isAbsent({ status }: RemoteRefused): boolean {
  return status === 404;
}

async function isExperiment(api: RemoteApi, id: string, state: string): Promise<boolean> {
  type Found = { readonly experiment: { readonly lifecycle_stage: string } };
  const { experiment } = await api.call<Found>('GET experiments/get', { experiment_id: id });
  return experiment.lifecycle_stage === state;
}

async function isRun(api: RemoteApi, id: string, state: string): Promise<boolean> {
  type Found = { readonly run: { readonly info: { readonly lifecycle_stage: string } } };
  const { run } = await api.call<Found>('GET runs/get', { run_id: id });
  return run.info.lifecycle_stage === state;
}

function writeInput({ dataset, tags }: DatasetInput): object {
  return { dataset: writeDataset(dataset), tags };
}

function writeDataset({ name, digest, sourceType, source, schema, profile }: Dataset): object {
  return {
    ...{ name, digest, source_type: sourceType, source },
    ...(schema === null ? {} : { schema }),
    ...(profile === null ? {} : { profile }),
  };
}

/** The folder of artifacts. @throws RemoteRefused where the server does not take them itself */
function rootOf(place: string): string {
  try {
    return artifactRootOf(place);
  } catch {
    throw new RemoteRefused(
      `the server keeps the artifacts of this run at ${place.replace(/\/\/[^/@]*@/, '//')} and takes none itself; start it with --serve-artifacts, or copy the file there`,
      0,
    );
  }
}
