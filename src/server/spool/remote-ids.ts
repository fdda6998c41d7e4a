/**
 * What things of the spool are on the other server. They are made there when they are first needed, once: before
 * a run or a model is made a second time it is looked for by the tag that it was to carry.
 */
import type { RemoteIdentity, SpoolChange, SpoolEntry, SpoolJournal, SpoolSubject, Tag } from '../../tracking/index.ts';
import { type RemoteApi, RemoteRefused } from './remote-api.ts';

/** The tags by which a run and a logged model are found again. */
export const spoolTags = { run: 'mlspec.spool.run', model: 'mlspec.spool.model' } as const;

/** The ids of another server. */
export interface RemoteIds {
  /**
   * The identity of something, which is made where it is not there yet.
   * @throws RemoteRefused where it cannot be, and the errors of the server
   */
  of(subject: SpoolSubject): Promise<RemoteIdentity>;
  /** A text with the ids of the spool's runs and models in it replaced by those of the server. */
  translate(text: string): Promise<string>;
}

/** What is known of the server's ids. */
export interface RemoteIdsOptions {
  readonly journal: SpoolJournal;
  readonly api: RemoteApi;
  /** The name of an experiment of the spool. */
  readonly experimentName: (id: string) => Promise<string>;
  /** Hears of a run that was made. */
  readonly onRun?: (runId: string, url: string) => void;
}

type Made<Kind extends SpoolChange['kind']> = Extract<SpoolChange, { readonly kind: Kind }>;

const atOnce = 100;
const idForm = /\b(?:m-)?[0-9a-f]{32}\b/g;

/** The ids of one server, kept in the journal. */
export function createRemoteIds(options: RemoteIdsOptions): RemoteIds {
  const { journal } = options;
  const underWay = new Map<SpoolSubject, Promise<RemoteIdentity>>();
  const find = async (subject: SpoolSubject): Promise<RemoteIdentity> => {
    const known = await journal.identity(subject);
    if (known !== null) return known;
    const made = await make(subject, ids, options);
    await journal.identify(subject, made);
    return made;
  };
  const ids: RemoteIds = {
    of: (subject) => {
      const found = underWay.get(subject);
      if (found !== undefined) return found;
      const work = find(subject).finally(() => underWay.delete(subject));
      underWay.set(subject, work);
      return work;
    },
    translate: async (text) => {
      let translated = text;
      for (const id of new Set(text.match(idForm))) {
        const subject: SpoolSubject = id.startsWith('m-') ? `model/${id}` : `run/${id}`;
        const isOurs = (await journal.identity(subject)) !== null || (await journal.making(subject)) !== null;
        if (isOurs) translated = translated.replaceAll(id, (await ids.of(subject)).id);
      }
      return translated;
    },
  };
  return ids;
}

/** Tags with the ids in them translated. */
export async function translateTags(ids: RemoteIds, tags: readonly Tag[]): Promise<Tag[]> {
  return await Promise.all(tags.map(async ({ key, value }) => ({ key, value: await ids.translate(value) })));
}

async function make(subject: SpoolSubject, ids: RemoteIds, options: RemoteIdsOptions): Promise<RemoteIdentity> {
  const entry = await options.journal.making(subject);
  if (subject.startsWith('experiment/')) return await makeExperiment(subject, entry, options);
  if (subject.startsWith('registered/')) return await makeRegistered(subject, { entry, ids, api: options.api });
  if (entry === null) throw new RemoteRefused(`${subject} was never made there: making it was refused`, 0);
  // After a death nobody knows whether the call before it arrived.
  const isRepeated = entry.attempts > 0;
  await options.journal.begin([entry]);
  if (entry.change.kind === 'run-made') return await makeRun({ entry, isRepeated, made: entry.change }, ids, options);
  return await makeModel({ entry, isRepeated, made: entry.change as Made<'model-made'> }, ids, options);
}

async function makeExperiment(
  subject: SpoolSubject,
  entry: SpoolEntry | null,
  { api, experimentName }: RemoteIdsOptions,
): Promise<RemoteIdentity> {
  // The name that it was made with: it may have been renamed since, which is a change of its own.
  const made = entry?.change as Made<'experiment-made'> | undefined;
  const name = made?.name ?? (await experimentName(subject.slice('experiment/'.length)));
  type Found = { readonly experiment: { readonly experiment_id: string } };
  const find = async (): Promise<RemoteIdentity | null> => {
    try {
      const found = await api.call<Found>('GET experiments/get-by-name', { experiment_name: name });
      return { id: found.experiment.experiment_id, place: '' };
    } catch (error) {
      if (error instanceof RemoteRefused && error.status === 404) return null;
      throw error;
    }
  };
  const found = await find();
  if (found !== null) return found;
  try {
    const { experiment_id } = await api.call<{ experiment_id: string }>('POST experiments/create', {
      name,
      tags: made?.tags ?? [],
    });
    return { id: experiment_id, place: '' };
  } catch (error) {
    if (!(error instanceof RemoteRefused)) throw error;
    // Somebody else may have made it meanwhile.
    const theirs = await find();
    if (theirs === null) throw error;
    return theirs;
  }
}

/** A registered model is found by its name: what is made here may be there already, with versions of others. */
async function makeRegistered(
  subject: SpoolSubject,
  { entry, ids, api }: { readonly entry: SpoolEntry | null; readonly ids: RemoteIds; readonly api: RemoteApi },
): Promise<RemoteIdentity> {
  const name = subject.slice('registered/'.length);
  const { description, tags } = (entry?.change ?? { description: '', tags: [] }) as Made<'registered-made'>;
  try {
    const fields = { name, description, tags: await translateTags(ids, tags) };
    await api.call('POST registered-models/create', fields);
  } catch (error) {
    if (!(error instanceof RemoteRefused)) throw error;
    await api.call('GET registered-models/get', { name }).catch(() => {
      throw error;
    });
  }
  return { id: name, place: '' };
}

interface Making<Change> {
  readonly entry: SpoolEntry;
  readonly made: Change;
  /** Whether it was begun to be made before. */
  readonly isRepeated: boolean;
}

interface RunAnswer {
  readonly info: { readonly run_id: string; readonly artifact_uri: string };
}

async function makeRun(
  { entry, isRepeated, made }: Making<Made<'run-made'>>,
  ids: RemoteIds,
  { journal, api, onRun }: RemoteIdsOptions,
): Promise<RemoteIdentity> {
  const { id: experimentId } = await ids.of(`experiment/${made.experimentId}`);
  const runId = entry.subject.slice('run/'.length);
  const mark = { key: spoolTags.run, value: `${journal.spoolId}/${runId}` };
  const find = async (): Promise<RunAnswer | undefined> => {
    const { runs = [] } = await api.call<{ runs?: RunAnswer[] }>('POST runs/search', {
      ...{ experiment_ids: [experimentId], filter: `tags.\`${mark.key}\` = '${mark.value}'` },
      ...{ run_view_type: 'ALL', max_results: 1 },
    });
    return runs[0];
  };
  const create = async (): Promise<RunAnswer> => {
    const { run } = await api.call<{ run: RunAnswer }>('POST runs/create', {
      ...{ experiment_id: experimentId, user_id: made.userId, run_name: made.name },
      ...(made.startedAtMs === null ? {} : { start_time: made.startedAtMs }),
      tags: [...(await translateTags(ids, made.tags)), mark],
      ...keyOf(made),
    });
    return run;
  };
  const { info } = (isRepeated ? await find() : undefined) ?? (await create());
  onRun?.(runId, `${api.uri}/#/experiments/${experimentId}/runs/${info.run_id}`);
  return { id: info.run_id, place: info.artifact_uri };
}

/** What has our own server give the id that the spool's client saw. Others do not know the field, and give another. */
function keyOf({ idKey }: { readonly idKey?: string }): object {
  return idKey === undefined ? {} : { mlspec_id_key: idKey };
}

interface ModelAnswer {
  readonly info: { readonly model_id: string; readonly artifact_uri: string };
}

async function makeModel(
  { entry, isRepeated, made }: Making<Made<'model-made'>>,
  ids: RemoteIds,
  { journal, api }: RemoteIdsOptions,
): Promise<RemoteIdentity> {
  const { id: experimentId } = await ids.of(`experiment/${made.experimentId}`);
  const mark = { key: spoolTags.model, value: `${journal.spoolId}/${entry.subject.slice('model/'.length)}` };
  const find = async (): Promise<ModelAnswer | undefined> => {
    const { models = [] } = await api.call<{ models?: ModelAnswer[] }>('POST logged-models/search', {
      ...{ experiment_ids: [experimentId], filter: `tags.\`${mark.key}\` = '${mark.value}'`, max_results: 1 },
    });
    return models[0];
  };
  const create = async (): Promise<ModelAnswer> => {
    const { model } = await api.call<{ model: ModelAnswer }>('POST logged-models', {
      ...{ experiment_id: experimentId, name: made.name, model_type: made.modelType },
      source_run_id: made.sourceRunId === '' ? '' : (await ids.of(`run/${made.sourceRunId}`)).id,
      params: made.params.slice(0, atOnce),
      tags: [...(await translateTags(ids, made.tags)), mark],
      ...keyOf(made),
    });
    return model;
  };
  const { info } = (isRepeated ? await find() : undefined) ?? (await create());
  for (let start = atOnce; start < made.params.length; start += atOnce) {
    const params = made.params.slice(start, start + atOnce);
    await api.call(`POST logged-models/${info.model_id}/params`, { model_id: info.model_id, params });
  }
  return { id: info.model_id, place: info.artifact_uri };
}
