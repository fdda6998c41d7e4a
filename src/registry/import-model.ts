/**
 * Registered models of another registry, written with their numbers. What is here already is never overwritten: taking
 * a model over again adds what is new. A version is the same where its number and the time of its making are.
 */
import type { Database, Session, SqlValue } from '../database/index.ts';
import type { JsonObject } from '../encoding/index.ts';
import { isPlatformError } from '../errors/index.ts';
import { type Refusal, storable, type TakenOver } from '../tracking/index.ts';
import { type ModelAlias, type ModelStage, modelStages, type RegistryTag } from './model-registry.ts';
import { checkModelName, checkNewClientAlias, keptTag, keptVersionTag } from './names.ts';
import { approvalsFor, holdModel, protectorOf } from './protections.ts';
import { type GivenVersion, writeGivenVersion } from './register-version.ts';

/** A version of another registry. */
export interface ImportedVersion {
  /** Its number: 1 or more. */
  readonly ordinal: number;
  readonly source: string | null;
  readonly storageLocation: string | null;
  readonly runId: string | null;
  readonly runLink: string | null;
  readonly modelId: string | null;
  readonly description: string | null;
  readonly user: string | null;
  readonly stage: string;
  readonly status: string;
  readonly statusMessage: string | null;
  readonly tags: readonly RegistryTag[];
  /** As in the MLmodel file; `{}` where nobody knows. */
  readonly signature: JsonObject;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Whether it was deleted: only its number is kept, so that it is not given again. */
  readonly state: 'active' | 'deleted';
}

/** A model of another registry. */
export interface ImportedModel {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly RegistryTag[];
  readonly aliases: readonly ModelAlias[];
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** By number. */
  readonly versions: readonly ImportedVersion[];
}

/** Writes models of another registry. Every method is one transaction and may throw the errors of `database/`. */
export interface RegistryImport {
  /** @returns also how many versions are new @throws PlatformError REGISTRY_BAD_NAME */
  model(model: ImportedModel): Promise<TakenOver & { readonly newVersions: number }>;
}

/** The import into a database in which a registry was opened. */
export function openRegistryImport(database: Database): RegistryImport {
  return { model: (model) => database.transaction((session) => importModel(session, model)) };
}

async function importModel(
  session: Session,
  model: ImportedModel,
): Promise<TakenOver & { readonly newVersions: number }> {
  checkModelName(model.name);
  const refused: Refusal[] = [];
  const isNew = await insertModel(session, model);
  await holdModel(session, model.name);
  const tags = keptTags(model.tags, { keep: keptTag, where: '', refused });
  const tagTarget = { table: 'registered_model_tags', columns: ['model', 'key', 'value'] };
  const tagRows = tags.map(({ key, value }) => [model.name, key, value]);
  let added = await session.insert(tagTarget, tagRows, { onConflict: 'nothing' });
  const newVersions = await addVersions(session, model, refused);
  added += newVersions + (await addAliases(session, model, refused));
  return { taken: isNew ? 'new' : added > 0 ? 'more' : 'same', refused, newVersions };
}

async function insertModel(session: Session, model: ImportedModel): Promise<boolean> {
  const columns = ['name', 'description', 'created_at_ms', 'updated_at_ms'];
  const row = [model.name, storable(model.description), model.createdAtMs, model.updatedAtMs];
  const target = { table: 'registered_models', columns };
  return (await session.insert(target, [row], { onConflict: 'nothing' })) === 1;
}

interface Keeping {
  readonly keep: (tag: RegistryTag) => RegistryTag;
  readonly where: string;
  readonly refused: Refusal[];
}

function keptTags(tags: readonly RegistryTag[], { keep, where, refused }: Keeping): RegistryTag[] {
  return tags.flatMap((tag) => {
    const why = faultOf(() => keep(tag));
    if (why === null) return [keep(tag)];
    refused.push({ what: `${where}tag ${tag.key}`, why });
    return [];
  });
}

/** What a check says against something, or null. */
function faultOf(check: () => unknown): string | null {
  try {
    check();
    return null;
  } catch (error) {
    if (isPlatformError(error) && error.kind === 'invalid-input') return error.message;
    throw error;
  }
}

async function addVersions(session: Session, model: ImportedModel, refused: Refusal[]): Promise<number> {
  const sql = 'select ordinal, created_at_ms from model_versions where model = ?';
  const rows = await session.all<{ ordinal: number; created_at_ms: number }>(sql, [model.name]);
  const known = new Map(rows.map((row) => [row.ordinal, row.created_at_ms]));
  const highest = Math.max(0, ...known.keys());
  let added = 0;
  for (const version of model.versions) {
    const { ordinal } = version;
    if (known.get(ordinal) === version.createdAtMs) continue;
    if (!Number.isSafeInteger(ordinal) || ordinal < 1 || ordinal <= highest) {
      refused.push({ what: `version ${ordinal}`, why: 'its number is taken here by another version, or passed over' });
      continue;
    }
    const stage = await freeStage(session, model.name, { version, refused });
    await writeGivenVersion(session, given(model.name, { ...version, stage }, refused));
    added += 1;
  }
  return added;
}

function given(
  model: string,
  version: ImportedVersion & { readonly stage: ModelStage },
  refused: Refusal[],
): GivenVersion {
  const { ordinal, signature, state } = version;
  const isDeleted = state === 'deleted';
  const text = (value: string | null): string | null => (value === null ? null : storable(value));
  const said: Record<string, SqlValue> = isDeleted
    ? { source: 'REDACTED-SOURCE-PATH', run_id: 'REDACTED-RUN-ID', run_link: 'REDACTED-RUN-LINK' }
    : {
        ...{ source: text(version.source), storage_location: text(version.storageLocation ?? version.source) },
        ...{ run_id: text(version.runId), run_link: text(version.runLink), model_id: text(version.modelId) },
        ...{ description: text(version.description), user_name: text(version.user) },
        status_message: text(version.statusMessage),
      };
  const tags = keptTags(version.tags, { keep: keptVersionTag, where: `version ${ordinal}, `, refused });
  return {
    ...{ model, ordinal, signature, tags: isDeleted ? [] : tags },
    content: {
      ...said,
      ...{ properties: '{}', stage: version.stage, status: storable(version.status) },
      ...{ created_at_ms: version.createdAtMs, updated_at_ms: version.updatedAtMs },
      deleted_at_ms: isDeleted ? version.updatedAtMs : null,
    },
  };
}

/** The stage of a version; `None` where no version may enter its own without approvals. */
async function freeStage(
  session: Session,
  model: string,
  { version, refused }: { readonly version: ImportedVersion; readonly refused: Refusal[] },
): Promise<ModelStage> {
  const stage = modelStages.find((one) => one === version.stage) ?? 'None';
  if (stage === 'None' || version.state === 'deleted') return stage;
  const alias = await protectorOf(session, model, stage);
  if (alias === null) return stage;
  const why = `it is protected here, as the alias '${alias}' is`;
  refused.push({ what: `version ${version.ordinal}: stage ${stage}`, why });
  return 'None';
}

async function addAliases(session: Session, model: ImportedModel, refused: Refusal[]): Promise<number> {
  const sql = 'select ordinal from model_versions where model = ? and deleted_at_ms is null';
  const there = new Set((await session.all<{ ordinal: number }>(sql, [model.name])).map(({ ordinal }) => ordinal));
  const rows: SqlValue[][] = [];
  for (const { alias, ordinal } of model.aliases) {
    const missing = there.has(ordinal) ? null : `there is no version ${ordinal}`;
    const held = (await approvalsFor(session, model.name, alias)) > 0 ? 'it is protected here' : null;
    const why = faultOf(() => checkNewClientAlias(alias)) ?? missing ?? held;
    if (why === null) rows.push([model.name, alias, ordinal, model.updatedAtMs]);
    else refused.push({ what: `alias ${alias}`, why });
  }
  const target = { table: 'model_aliases', columns: ['model', 'alias', 'ordinal', 'updated_at_ms'] };
  return await session.insert(target, rows, { onConflict: 'nothing' });
}
