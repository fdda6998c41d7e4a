/* What was registered in a spool, as calls of another server: under the versions that it gives. Each may be made twice. */
import { digestHex, digestOf } from '../../encoding/index.ts';
import {
  type SpoolChange,
  type SpoolJournal,
  type SpoolSubject,
  type Tag,
  versionSubject,
} from '../../tracking/index.ts';
import { type RemoteApi, RemoteDenied, RemoteRefused } from './remote-api.ts';
import { type RemoteIds, translateTags } from './remote-ids.ts';

/** The tag by which a version is found again. */
export const versionMark = 'mlspec.spool.version';
/** The tag of a logged model that lists the versions that were made of it. */
const versionsTag = 'mlflow.modelVersions';

/** Where a change of the registry goes. */
export interface RegistryCall {
  readonly api: RemoteApi;
  readonly ids: RemoteIds;
  readonly journal: SpoolJournal;
  /** The name of the registered model. */
  readonly id: string;
}

type Kinds = 'registered-described' | 'registered-tagged' | 'version-made' | 'version-described' | 'version-tagged';
type Change<Kind extends SpoolChange['kind']> = Extract<SpoolChange, { readonly kind: Kind }>;
type RegistryReplays = {
  readonly [Kind in Kinds | 'registered-made' | 'alias-set']: (
    change: Change<Kind>,
    call: RegistryCall,
  ) => Promise<unknown>;
};

/** Changes of the registry by kind. */
export const registryReplays: RegistryReplays = {
  'registered-made': async () => undefined,
  'registered-described': ({ description }, { api, id }) =>
    api.call('PATCH registered-models/update', { name: id, description }),
  'registered-tagged': async ({ tag }, { api, ids, id }) => {
    const [translated] = await translateTags(ids, [tag]);
    await api.call('POST registered-models/set-tag', { name: id, ...translated });
  },
  'version-made': makeVersion,
  'version-described': async ({ ordinal, description }, call) =>
    await call.api.call('PATCH model-versions/update', {
      ...{ name: call.id, version: await versionOf(call, ordinal) },
      ...(description === null ? {} : { description }),
    }),
  'version-tagged': async ({ ordinal, tag }, call) => {
    const [translated] = await translateTags(call.ids, [tag]);
    const version = await versionOf(call, ordinal);
    await call.api.call('POST model-versions/set-tag', { name: call.id, version, ...translated });
  },
  'alias-set': async ({ ordinal, alias }, call) => {
    try {
      const version = await versionOf(call, ordinal);
      await call.api.call('POST registered-models/alias', { name: call.id, alias, version });
    } catch (error) {
      // An alias may be protected, which is no matter of who signs in: nothing else of the model waits for it.
      if (error instanceof RemoteDenied) throw new RemoteRefused(error.message, 403);
      throw error;
    }
  },
};

/** What a version is made of, which has to be there first. */
export function sourcesOf({ change }: { readonly change: SpoolChange }): readonly SpoolSubject[] {
  if (change.kind !== 'version-made') return [];
  const { runId, modelId, source } = change;
  const named = source.match(/\b(?:m-)?[0-9a-f]{32}\b/g) ?? [];
  const ids = new Set([...named, ...(modelId === null ? [] : [modelId])]);
  const own = ids.size === 0 && runId !== '' ? [runId] : [...ids];
  return own.map((id): SpoolSubject => (id.startsWith('m-') ? `model/${id}` : `run/${id}`));
}

/** The version on the server. @throws RemoteRefused where it was not made there */
async function versionOf({ journal, id }: RegistryCall, ordinal: number): Promise<string> {
  const known = await journal.identity(versionSubject(id, ordinal));
  if (known !== null) return known.id;
  throw new RemoteRefused(`version ${ordinal} of ${id} was never made there: making it was refused`, 0);
}

interface VersionAnswer {
  readonly name: string;
  readonly version: string;
}

async function makeVersion(change: Change<'version-made'>, call: RegistryCall): Promise<void> {
  const { api, ids, journal, id: name } = call;
  const { ordinal, source, runId, modelId, runLink, description } = change;
  for (const subject of sourcesOf({ change })) {
    if (!(await journal.isIncomplete(subject))) continue;
    throw new RemoteRefused(
      `a part of ${subject} was refused, and the version would be incomplete; mlspec spool again sends both`,
      0,
    );
  }
  const mark = { key: versionMark, value: `${journal.spoolId}/${ordinal}/${digestHex(digestOf(name)).slice(0, 16)}` };
  type Found = { readonly model_versions?: readonly VersionAnswer[] };
  const filter = `tags.\`${mark.key}\` = '${mark.value}'`;
  // After a death nobody knows whether the call before it arrived.
  const { model_versions = [] } = await api.call<Found>('GET model-versions/search', { filter, max_results: '1' });
  const make = async (): Promise<VersionAnswer> => {
    const fields = {
      ...{ name, source: await placeOf(source, call), run_link: runLink, description },
      ...(runId === '' ? {} : { run_id: (await ids.of(`run/${runId}`)).id }),
      ...(modelId === null ? {} : { model_id: (await ids.of(`model/${modelId}`)).id }),
      tags: [...(await translateTags(ids, change.tags)), mark],
    };
    return (await api.call<{ model_version: VersionAnswer }>('POST model-versions/create', fields)).model_version;
  };
  const { version } = model_versions[0] ?? (await make());
  await journal.identify(versionSubject(name, ordinal), { id: version, place: '' });
}

const ofVersion = /^models:\/([^/@]+)\/(\d+)$/;
const inModel = /^mlflow-artifacts:\/(?:.*\/)?models\/(m-[0-9a-f]{32})\/artifacts(\/.*)?$/s;
const inRun = /^mlflow-artifacts:\/(?:.*\/)?([0-9a-f]{32})\/artifacts(\/.*)?$/s;

/** Where the source of a version lies on the server. */
async function placeOf(source: string, call: RegistryCall): Promise<string> {
  const { ids } = call;
  const [, model, ordinal] = ofVersion.exec(source) ?? [];
  if (model !== undefined) return `models:/${model}/${await versionOf({ ...call, id: model }, Number(ordinal))}`;
  for (const [kind, form] of [
    ['model', inModel],
    ['run', inRun],
  ] as const) {
    const [, id, below = ''] = form.exec(source) ?? [];
    if (id !== undefined) return `${(await ids.of(`${kind}/${id}`)).place}${below}`;
  }
  return await ids.translate(source);
}

/** Tags of a logged model, with the versions in them as the server knows them; those that are not there yet are left out. */
export async function translateVersions(journal: SpoolJournal, tags: readonly Tag[]): Promise<Tag[]> {
  return await Promise.all(
    tags.map(async (tag) =>
      tag.key === versionsTag ? { ...tag, value: await knownVersions(journal, tag.value) } : tag,
    ),
  );
}

async function knownVersions(journal: SpoolJournal, text: string): Promise<string> {
  let listed: unknown;
  try {
    listed = JSON.parse(text);
  } catch {
    return text;
  }
  if (!Array.isArray(listed)) return text;
  const known = await Promise.all(
    (listed as { readonly name?: unknown; readonly version?: unknown }[]).map(async (one) => {
      const found = await journal.identity(versionSubject(String(one?.name), Number(one?.version)));
      return found === null ? [] : [{ ...one, version: typeof one.version === 'string' ? found.id : Number(found.id) }];
    }),
  );
  return JSON.stringify(known.flat());
}
