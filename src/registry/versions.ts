/** Versions once they are registered: read, described, moved between stages, tagged, deleted. */
import type { Database, Session } from '../database/index.ts';
import { now } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { storable } from '../tracking/index.ts';
import { announceStage, announceVersionGone, announceVersionTag } from './announce.ts';
import {
  type ModelStage,
  type ModelVersion,
  modelStages,
  type RegistryTag,
  type Transition,
  type VersionKey,
} from './model-registry.ts';
import { getModel } from './models.ts';
import { badValue, checkModelName, checkTagKey, keptVersionTag, refuseVersionTag } from './names.ts';
import { versionsWhere } from './rows.ts';
import { findVersion } from './selectors.ts';
import { parseVersionPrefix } from './version.ts';

/** Stages in which a version serves, so that others may be moved out of them. */
const activeStages: readonly ModelStage[] = ['Staging', 'Production'];

/** What of a deleted version stands in its row. */
const redacted = { source: 'REDACTED-SOURCE-PATH', run_id: 'REDACTED-RUN-ID', run_link: 'REDACTED-RUN-LINK' };

/** A version that is there. @throws PlatformError REGISTRY_VERSION_UNKNOWN */
export async function getVersion(session: Session, { model, ordinal }: VersionKey): Promise<ModelVersion> {
  checkModelName(model);
  const [found] = Number.isSafeInteger(ordinal)
    ? await versionsWhere(session, 'v.model = ? and v.ordinal = ?', [model, ordinal])
    : [];
  if (found !== undefined) return found;
  throw new PlatformError('REGISTRY_VERSION_UNKNOWN', {
    message: `Model Version (name=${model}, version=${ordinal}) not found`,
    details: { model, version: String(ordinal) },
  });
}

/** Says something about a version. */
export async function describeVersion(
  database: Database,
  key: VersionKey,
  description: string | null,
): Promise<ModelVersion> {
  return await database.transaction(async (session) => {
    await getVersion(session, key);
    const sql = 'update model_versions set description = ?, updated_at_ms = ? where model = ? and ordinal = ?';
    await session.run(sql, [description === null ? null : storable(description), now(), key.model, key.ordinal]);
    return await getVersion(session, key);
  });
}

/** Moves a version to a stage. @param requireFree throws, in the transaction, where the stage may not change */
export async function moveVersion(
  database: Database,
  transition: Transition,
  requireFree: (session: Session, key: VersionKey, to: ModelStage) => Promise<void>,
): Promise<ModelVersion> {
  const { model, ordinal, archiveOthers } = transition;
  const stage = stageOf(transition.stage);
  if (archiveOthers && !activeStages.includes(stage)) {
    throw badValue(
      `Model version transition cannot archive existing model versions because '${transition.stage}' is not an Active stage. Valid stages are ['Staging', 'Production']`,
    );
  }
  return await database.transaction(async (session) => {
    const before = await getVersion(session, transition);
    await requireFree(session, { model, ordinal }, stage);
    const at = now();
    if (archiveOthers) await archiveOthersOf(session, { model, ordinal, stage }, at);
    const own = 'update model_versions set stage = ?, updated_at_ms = ? where model = ? and ordinal = ?';
    await session.run(own, [stage, at, model, ordinal]);
    await announceStage(session, before, stage);
    await touchModel(session, model, at);
    return await getVersion(session, transition);
  });
}

/** Moves the other versions of a stage out of it. */
async function archiveOthersOf(session: Session, kept: VersionKey & { stage: ModelStage }, at: number): Promise<void> {
  const { model, ordinal, stage } = kept;
  const sql = `update model_versions set stage = 'Archived', updated_at_ms = ?
    where model = ? and ordinal <> ? and stage = ? and deleted_at_ms is null returning ordinal`;
  const moved = await session.all<{ ordinal: number }>(sql, [at, model, ordinal, stage]);
  for (const other of moved) await announceStage(session, { model, ordinal: other.ordinal, stage }, 'Archived');
}

/** A stage as it is written, from any case. @throws PlatformError REGISTRY_BAD_VALUE */
function stageOf(text: string): ModelStage {
  const stage = modelStages.find((one) => one.toLowerCase() === text.toLowerCase());
  if (stage !== undefined) return stage;
  throw badValue(`Invalid Model Version stage: ${text}. Value must be one of ${modelStages.join(', ')}.`);
}

/** Takes a version away. @param requireFree throws, in the transaction, where it must stay */
export async function deleteVersion(
  database: Database,
  key: VersionKey,
  requireFree: (session: Session, key: VersionKey) => Promise<void>,
): Promise<void> {
  const { model, ordinal } = key;
  await database.transaction(async (session) => {
    await requireFree(session, key);
    await getVersion(session, key);
    const at = now();
    const sql = `update model_versions set source = ?, run_id = ?, run_link = ?, storage_location = null,
      package_digest = null, artifact_id = null, model_id = null, status_message = null, description = null,
      user_name = null, record_run_id = null, properties = '{}', updated_at_ms = ?, deleted_at_ms = ? where model = ? and ordinal = ?`;
    await session.run(sql, [redacted.source, redacted.run_id, redacted.run_link, at, at, model, ordinal]);
    await session.run('delete from model_aliases where model = ? and ordinal = ?', [model, ordinal]);
    await session.run('delete from model_version_tags where model = ? and ordinal = ?', [model, ordinal]);
    await announceVersionGone(session, key);
    await touchModel(session, model, at);
  });
}

/** Sets a tag. */
export async function setVersionTag(database: Database, version: VersionKey, tag: RegistryTag): Promise<void> {
  checkModelName(version.model);
  const kept = keptVersionTag(tag);
  await database.transaction(async (session) => {
    await getVersion(session, version);
    await writeVersionTags(session, version, [kept]);
    await announceVersionTag(session, version, kept);
  });
}

/** Takes a tag away. */
export async function deleteVersionTag(database: Database, version: VersionKey, key: string): Promise<void> {
  checkModelName(version.model);
  checkTagKey(key);
  refuseVersionTag(key);
  await database.transaction(async (session) => {
    await getVersion(session, version);
    const sql = 'delete from model_version_tags where model = ? and ordinal = ? and key = ?';
    const deleted = await session.run(sql, [version.model, version.ordinal, key]);
    if (deleted === 1) await announceVersionTag(session, version, { key });
  });
}

/** Writes tags over those of the same keys. */
export async function writeVersionTags(
  session: Session,
  { model, ordinal }: VersionKey,
  tags: readonly RegistryTag[],
): Promise<void> {
  const sql = `insert into model_version_tags (model, ordinal, key, value) values (?, ?, ?, ?)
    on conflict (model, ordinal, key) do update set value = excluded.value`;
  for (const { key, value } of tags) await session.run(sql, [model, ordinal, key, value]);
}

/** The latest version of each stage, or of what stands in the place of one. */
export async function latestVersions(
  session: Session,
  name: string,
  stages: readonly string[] = [],
): Promise<ModelVersion[]> {
  await getModel(session, name);
  const numbers = stages.filter((stage) => parseVersionPrefix(stage) !== null);
  const wanted = stages.filter((stage) => parseVersionPrefix(stage) === null).map(stageOf);
  const found = new Map<number, ModelVersion>();
  for (const number of numbers) {
    const version = await findVersion(session, name, number);
    if (version !== null) found.set(version.ordinal, version);
  }
  if (numbers.length === 0 || wanted.length > 0) {
    for (const version of (await latestOfModels(session, [name])).get(name) ?? [])
      if (wanted.length === 0 || wanted.includes(version.stage)) found.set(version.ordinal, version);
  }
  return [...found.values()].sort((one, other) => one.ordinal - other.ordinal);
}

/** The latest version of every stage of models, by name. */
export async function latestOfModels(
  session: Session,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly ModelVersion[]>> {
  const found = new Map<string, ModelVersion[]>(names.map((name) => [name, []]));
  if (names.length === 0) return found;
  const places = names.map(() => '?').join(', ');
  const rest = `(v.model, v.ordinal) in (select model, max(ordinal) from model_versions
    where deleted_at_ms is null and model in (${places}) group by model, stage) order by v.model, v.ordinal`;
  for (const version of await versionsWhere(session, rest, names)) found.get(version.model)!.push(version);
  return found;
}

async function touchModel(session: Session, model: string, at: number): Promise<void> {
  await session.run('update registered_models set updated_at_ms = ? where name = ?', [at, model]);
}
