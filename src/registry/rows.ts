/** Rows of the registry's tables as records. */
import type { Session, SqlValue } from '../database/index.ts';
import type { Digest, JsonObject } from '../encoding/index.ts';
import type {
  ModelAlias,
  ModelStage,
  ModelVersion,
  RegisteredModel,
  RegistryTag,
  VersionKey,
} from './model-registry.ts';
import { formatVersion } from './version.ts';

type Row = Readonly<Record<string, SqlValue>>;

/** Versions that are there, the highest first. */
export const highestFirst = 'order by v.major desc, v.minor desc, v.pipeline desc';

/** Rows at once whose tags are asked for together. */
const chunkSize = 200;

/**
 * Reads versions with their tags and aliases; deleted ones are left out.
 * @param rest what follows `where`: ours, the table called `v`; its parameters are not
 */
export async function versionsWhere(
  session: Session,
  rest: string,
  parameters: readonly SqlValue[],
): Promise<ModelVersion[]> {
  const sql = `select v.* from model_versions v where v.deleted_at_ms is null and ${rest}`;
  return await completeVersions(session, await session.all<Row>(sql, parameters));
}

/** Rows of versions with their tags and aliases. */
export async function completeVersions(session: Session, rows: readonly Row[]): Promise<ModelVersion[]> {
  const tags = await tagsOfVersions(session, rows);
  const aliases = await aliasesOf(session, [...new Set(rows.map((row) => String(row['model'])))]);
  return rows.map((row) => {
    const own = (aliases.get(String(row['model'])) ?? []).filter(({ ordinal }) => ordinal === row['ordinal']);
    const names = own.map(({ alias }) => alias);
    return readVersion(row, {
      tags: tags.get(keyOf(String(row['model']), Number(row['ordinal']))) ?? [],
      aliases: names,
    });
  });
}

/** Rows of models with their tags and aliases. */
export async function completeModels(session: Session, rows: readonly Row[]): Promise<RegisteredModel[]> {
  const names = rows.map((row) => String(row['name']));
  const aliases = await aliasesOf(session, names);
  const tags = new Map<string, RegistryTag[]>();
  for (const some of chunks(names)) {
    const sql = `select model, key, value from registered_model_tags where model in (${placesFor(some)}) order by key`;
    for (const { model, key, value } of await session.all<TagRow>(sql, some)) push(tags, model, { key, value });
  }
  return rows.map((row) => {
    const name = String(row['name']);
    return readModel(row, { tags: tags.get(name) ?? [], aliases: aliases.get(name) ?? [] });
  });
}

type TagRow = RegistryTag & { readonly model: string; readonly ordinal: number };

async function tagsOfVersions(session: Session, rows: readonly Row[]): Promise<ReadonlyMap<string, RegistryTag[]>> {
  const found = new Map<string, RegistryTag[]>();
  for (const some of chunks(rows)) {
    const places = some.map(() => '(?, cast(? as bigint))').join(', ');
    const sql = `select model, ordinal, key, value from model_version_tags
      where (model, ordinal) in (values ${places}) order by key`;
    const keys = some.flatMap((row) => [row['model']!, row['ordinal']!]);
    for (const { model, ordinal, key, value } of await session.all<TagRow>(sql, keys))
      push(found, keyOf(model, ordinal), { key, value });
  }
  return found;
}

async function aliasesOf(session: Session, models: readonly string[]): Promise<ReadonlyMap<string, ModelAlias[]>> {
  const found = new Map<string, ModelAlias[]>();
  for (const some of chunks(models)) {
    const sql = `select model, alias, ordinal from model_aliases where model in (${placesFor(some)}) order by alias`;
    for (const { model, alias, ordinal } of await session.all<ModelAlias & { readonly model: string }>(sql, some))
      push(found, model, { alias, ordinal });
  }
  return found;
}

function readModel(
  row: Row,
  { tags, aliases }: { readonly tags: readonly RegistryTag[]; readonly aliases: readonly ModelAlias[] },
): RegisteredModel {
  return {
    name: String(row['name']),
    description: String(row['description']),
    user: textOf(row['user_name']),
    tags,
    aliases,
    createdAtMs: Number(row['created_at_ms']),
    updatedAtMs: Number(row['updated_at_ms']),
  };
}

function readVersion(
  row: Row,
  { tags, aliases }: { readonly tags: readonly RegistryTag[]; readonly aliases: readonly string[] },
): ModelVersion {
  const number = { major: Number(row['major']), minor: Number(row['minor']), pipeline: Number(row['pipeline']) };
  return {
    model: String(row['model']),
    version: formatVersion(number),
    number,
    ordinal: Number(row['ordinal']),
    packageDigest: textOf(row['package_digest']) as Digest | null,
    artifactId: textOf(row['artifact_id']),
    runId: textOf(row['record_run_id'] ?? row['run_id']),
    trackedRunId: textOf(row['run_id']),
    source: textOf(row['source']),
    storageLocation: textOf(row['storage_location']),
    runLink: textOf(row['run_link']),
    modelId: textOf(row['model_id']),
    stage: String(row['stage']) as ModelStage,
    status: String(row['status']),
    statusMessage: textOf(row['status_message']),
    description: textOf(row['description']),
    user: textOf(row['user_name']),
    tags,
    signature: JSON.parse(String(row['signature'])) as JsonObject,
    properties: JSON.parse(String(row['properties'])) as JsonObject,
    aliases,
    createdAtMs: Number(row['created_at_ms']),
    updatedAtMs: Number(row['updated_at_ms']),
  };
}

function textOf(value: SqlValue | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

function keyOf(model: VersionKey['model'], ordinal: VersionKey['ordinal']): string {
  return `${ordinal} ${model}`;
}

function push<Value>(into: Map<string, Value[]>, key: string, value: Value): void {
  const there = into.get(key);
  if (there === undefined) into.set(key, [value]);
  else there.push(value);
}

function placesFor(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}

function chunks<Value>(values: readonly Value[]): (readonly Value[])[] {
  const count = Math.ceil(values.length / chunkSize);
  return Array.from({ length: count }, (_, index) => values.slice(index * chunkSize, (index + 1) * chunkSize));
}
