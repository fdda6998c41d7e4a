import { join } from 'node:path';
import type { ImportedModel, ImportedVersion } from '../../../registry/index.ts';
import type { LeaveOut } from '../import-report.ts';
import { foldersOf, type Owner, orLeave, textsOf } from './folder-keys.ts';
import { loggedModelOf } from './logged-model-of.ts';
import { readMeta, scalar } from './read-meta.ts';
import { wholeOf } from './row-values.ts';

const deletedStage = 'Deleted_Internal';

/** Registered models with their versions, by name. */
export async function* readFolderModels(folder: string, leave: LeaveOut): AsyncGenerator<ImportedModel> {
  for (const name of await foldersOf(folder)) {
    const owner: Owner = { folder: join(folder, name), what: `registered model ${name}`, leave };
    const model = await orLeave(owner, 'meta.yaml', () => readModel(owner, name));
    if (model !== null) yield model;
  }
}

async function readModel(owner: Owner, name: string): Promise<ImportedModel> {
  const meta = await readMeta(join(owner.folder, 'meta.yaml'));
  const createdAtMs = wholeOf(scalar(meta, 'creation_timestamp')) ?? 0;
  const aliases = await textsOf(owner, 'aliases');
  const versions: ImportedVersion[] = [];
  for (const version of await foldersOf(owner.folder)) {
    const number = /^version-(\d{1,15})$/.exec(version)?.[1];
    if (number === undefined) continue;
    const own: Owner = { ...owner, folder: join(owner.folder, version), what: `${owner.what}: version ${number}` };
    const read = await orLeave(own, 'meta.yaml', () => readVersion(own, Number(number)));
    if (read !== null) versions.push(read);
  }
  return {
    ...{ name, createdAtMs, description: scalar(meta, 'description') ?? '', tags: await textsOf(owner, 'tags') },
    updatedAtMs: wholeOf(scalar(meta, 'last_updated_timestamp')) ?? createdAtMs,
    aliases: aliases.map(({ key, value }) => ({ alias: key, ordinal: wholeOf(value.trim()) ?? 0 })),
    versions: versions.sort((a, b) => a.ordinal - b.ordinal),
  };
}

async function readVersion(owner: Owner, ordinal: number): Promise<ImportedVersion> {
  const meta = await readMeta(join(owner.folder, 'meta.yaml'));
  const createdAtMs = wholeOf(scalar(meta, 'creation_timestamp')) ?? 0;
  const stage = scalar(meta, 'current_stage') ?? 'None';
  const source = scalar(meta, 'source');
  return {
    ...{ ordinal, source, stage, createdAtMs, signature: {}, tags: await textsOf(owner, 'tags') },
    storageLocation: scalar(meta, 'storage_location'),
    runId: scalar(meta, 'run_id'),
    runLink: scalar(meta, 'run_link'),
    modelId: scalar(meta, 'model_id') ?? loggedModelOf(source),
    description: scalar(meta, 'description'),
    user: scalar(meta, 'user_id'),
    status: scalar(meta, 'status') ?? 'READY',
    statusMessage: scalar(meta, 'status_message'),
    updatedAtMs: wholeOf(scalar(meta, 'last_updated_timestamp')) ?? createdAtMs,
    state: stage === deletedStage ? 'deleted' : 'active',
  };
}
