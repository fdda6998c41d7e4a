/** Registering: a package by a release, an address by a client. */
import type { Database, Session, SqlValue } from '../database/index.ts';
import { canonicalJson, type JsonObject, now } from '../encoding/index.ts';
import { storable } from '../tracking/index.ts';
import { announceModel, announceVersion } from './announce.ts';
import type {
  ModelVersion,
  NewPackage,
  NewVersion,
  PackagedVersion,
  Registration,
  RegistryTag,
} from './model-registry.ts';
import { getModel } from './models.ts';
import { checkModelName, checkReleaseName, keptTag, versionTag } from './names.ts';
import { completeVersions, highestFirst, versionsWhere } from './rows.ts';
import { isKnown, isSameSchema } from './signature.ts';
import { deriveVersion, formatVersion } from './version.ts';
import { writeVersionTags } from './versions.ts';

/** Registers a package once. */
export async function registerPackage(database: Database, version: NewPackage): Promise<Registration> {
  const { model, packageDigest, artifactId, runId, signature, properties } = version;
  checkReleaseName(model);
  return await database.transaction(async (session) => {
    const target = { table: 'registered_models', columns: ['name', 'description', 'created_at_ms', 'updated_at_ms'] };
    const added = await session.insert(target, [[model, '', now(), now()]], { onConflict: 'nothing' });
    if (added === 1) await announceModel(session, { name: model });
    await holdModel(session, model);
    const [same] = await versionsWhere(session, 'v.model = ? and v.package_digest = ?', [model, packageDigest]);
    if (same !== undefined) return { version: same as PackagedVersion, isNew: false };
    const content = {
      ...{ package_digest: packageDigest, artifact_id: artifactId, properties: canonicalJson(properties ?? {}) },
      ...{ run_id: version.trackedRunId ?? runId, record_run_id: runId },
    };
    const { passedComparison } = version;
    const made = await addVersion(session, model, { content, tags: [], signature, passedComparison });
    return { version: made as PackagedVersion, isNew: true };
  });
}

/** Registers what a client names; the model is there already. */
export async function createVersion(database: Database, version: NewVersion): Promise<ModelVersion> {
  const { model, signature = {} } = version;
  checkModelName(model);
  // Who copies a version hands on all of its tags: the number among them is the copied version's.
  const own = (version.tags ?? []).filter(({ key }) => key !== versionTag);
  const tags = new Map(own.map((tag) => [tag.key, keptTag(tag)]));
  const kept = (text: string | null | undefined): string | null => (text == null ? null : storable(text));
  const content = {
    ...{ source: kept(version.source), storage_location: kept(version.storageLocation ?? version.source) },
    ...{ run_id: kept(version.runId), run_link: kept(version.runLink), model_id: kept(version.modelId) },
    ...{ description: kept(version.description), user_name: kept(version.user), properties: '{}' },
  };
  return await database.transaction(async (session) => {
    await getModel(session, model);
    await holdModel(session, model);
    const made = { content, tags: [...tags.values()], signature, firstOrdinal: version.firstOrdinal };
    return await addVersion(session, model, { ...made, passedComparison: () => false });
  });
}

/** A version with its number, tags and times. */
export interface GivenVersion {
  readonly model: string;
  readonly ordinal: number;
  /** By column, without the number. */
  readonly content: Readonly<Record<string, SqlValue>>;
  readonly tags: readonly RegistryTag[];
  readonly signature: JsonObject;
}

/** Writes a version whose ordinal is given and above all others of its model; what it promises is derived as always. */
export async function writeGivenVersion(session: Session, version: GivenVersion): Promise<void> {
  const { model, ordinal, content, tags, signature } = version;
  const { latest, promised } = await before(session, model);
  const number = deriveVersion(latest?.number ?? null, {
    schemaIncompatible: promised !== null && isSameSchema(promised.signature, signature) === false,
    gatePassedComparison: false,
  });
  const row = { model, ordinal, ...number, ...content, signature: canonicalJson(signature) };
  await session.insert({ table: 'model_versions', columns: Object.keys(row) }, [Object.values(row)]);
  const numbered = { key: versionTag, value: formatVersion(number) };
  const isDeleted = (content['deleted_at_ms'] ?? null) !== null;
  if (!isDeleted) await writeVersionTags(session, { model, ordinal }, [...tags, numbered]);
}

/** Changing the model's row lets others who register the same model wait until this transaction has ended. */
async function holdModel(session: Session, model: string): Promise<void> {
  await session.run('update registered_models set updated_at_ms = ? where name = ?', [now(), model]);
}

/** What a version is made of. */
interface Made {
  /** By column. */
  readonly content: Readonly<Record<string, SqlValue>>;
  readonly tags: readonly RegistryTag[];
  readonly signature: JsonObject;
  readonly passedComparison: NewPackage['passedComparison'];
  readonly firstOrdinal?: number | undefined;
}

async function addVersion(session: Session, model: string, made: Made): Promise<ModelVersion> {
  const { latest, promised } = await before(session, model);
  const number = deriveVersion(latest?.number ?? null, {
    schemaIncompatible: promised !== null && isSameSchema(promised.signature, made.signature) === false,
    gatePassedComparison: made.passedComparison(latest),
  });
  const ordinal = latest === null ? (made.firstOrdinal ?? 1) : latest.ordinal + 1;
  const at = now();
  const row = {
    ...{ model, ordinal, ...number, ...made.content, signature: canonicalJson(made.signature) },
    ...{ stage: 'None', status: 'READY', created_at_ms: at, updated_at_ms: at },
  };
  await session.insert({ table: 'model_versions', columns: Object.keys(row) }, [Object.values(row)]);
  const numbered = { key: versionTag, value: formatVersion(number) };
  await writeVersionTags(session, { model, ordinal }, [...made.tags, numbered]);
  const [written] = await versionsWhere(session, 'v.model = ? and v.ordinal = ?', [model, ordinal]);
  await announceVersion(session, written!);
  return written!;
}

/**
 * The latest version and the latest whose signature is known, deleted ones included: who has one of them counts on what
 * its number says.
 */
async function before(
  session: Session,
  model: string,
): Promise<{ readonly latest: ModelVersion | null; readonly promised: ModelVersion | null }> {
  const sql = (condition: string): string =>
    `select v.* from model_versions v where v.model = ? and ${condition} ${highestFirst} limit 1`;
  const [latest = null] = await completeVersions(session, await session.all(sql('true'), [model]));
  if (latest === null || isKnown(latest.signature)) return { latest, promised: latest };
  const known = await session.all(sql('v.signature like \'%"inputs"%\''), [model]);
  return { latest, promised: (await completeVersions(session, known))[0] ?? null };
}
