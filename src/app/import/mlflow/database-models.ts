import type { ImportedModel, ImportedVersion } from '../../../registry/index.ts';
import type { Tag } from '../../../tracking/index.ts';
import { loggedModelOf } from './logged-model-of.ts';
import { plainText, type Row, textOf, wholeOf } from './row-values.ts';
import { inWorkspace, type SourceDatabase } from './source-database.ts';

/** The stage of a version that was deleted. */
const deletedStage = 'Deleted_Internal';

/** Registered models with their versions, by name. */
export async function* readModels(source: SourceDatabase): AsyncGenerator<ImportedModel> {
  const { database, columns } = source;
  if (!columns.has('registered_models')) return;
  const sql = `select * from registered_models where ${inWorkspace(source, 'registered_models')} order by name`;
  for (const row of await database.all<Row>(sql)) {
    const name = plainText(row['name']);
    const createdAtMs = wholeOf(row['creation_time']) ?? 0;
    const aliases = await ofModel(source, 'registered_model_aliases', name);
    yield {
      ...{ name, description: plainText(row['description']), createdAtMs },
      updatedAtMs: wholeOf(row['last_updated_time']) ?? createdAtMs,
      tags: tagsOf(await ofModel(source, 'registered_model_tags', name)),
      aliases: aliases.map(({ alias, version }) => ({ alias: plainText(alias), ordinal: wholeOf(version) ?? 0 })),
      versions: await readVersions(source, name),
    };
  }
}

async function readVersions(source: SourceDatabase, name: string): Promise<ImportedVersion[]> {
  const tags = Map.groupBy(await ofModel(source, 'model_version_tags', name), ({ version }) => wholeOf(version));
  const rows = await ofModel(source, 'model_versions', name);
  return rows
    .map((row) => versionOf(row, tagsOf(tags.get(wholeOf(row['version'])))))
    .sort((a, b) => a.ordinal - b.ordinal);
}

async function ofModel(source: SourceDatabase, table: string, name: string): Promise<readonly Row[]> {
  if (!source.columns.has(table)) return [];
  const sql = `select * from ${table} where name = ? and ${inWorkspace(source, table)}`;
  return await source.database.all<Row>(sql, [name]);
}

function tagsOf(rows: readonly Row[] = []): Tag[] {
  return rows.map(({ key, value }) => ({ key: plainText(key), value: plainText(value) }));
}

function versionOf(row: Row, tags: readonly Tag[]): ImportedVersion {
  const createdAtMs = wholeOf(row['creation_time']) ?? 0;
  const stage = plainText(row['current_stage']);
  const source = textOf(row['source']);
  return {
    ordinal: wholeOf(row['version']) ?? 0,
    ...{ source, storageLocation: textOf(row['storage_location']), tags, stage, signature: {}, createdAtMs },
    runId: textOf(row['run_id']),
    runLink: textOf(row['run_link']),
    modelId: loggedModelOf(source),
    description: textOf(row['description']),
    user: textOf(row['user_id']),
    status: plainText(row['status']) || 'READY',
    statusMessage: textOf(row['status_message']),
    updatedAtMs: wholeOf(row['last_updated_time']) ?? createdAtMs,
    state: stage === deletedStage ? 'deleted' : 'active',
  };
}
