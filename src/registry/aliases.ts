/** Names that point at versions. */
import type { Database, Session } from '../database/index.ts';
import { now } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { ModelVersion, VersionKey } from './model-registry.ts';
import { getModel } from './models.ts';
import { checkClientAlias, checkModelName, checkNewClientAlias } from './names.ts';
import { findVersion } from './selectors.ts';
import { getVersion } from './versions.ts';

/** Points an alias at a version, away from where it pointed before. */
export async function writeAlias(session: Session, key: VersionKey, alias: string): Promise<void> {
  await session.run(
    `insert into model_aliases (model, alias, ordinal, updated_at_ms) values (?, ?, ?, ?)
     on conflict (model, alias) do update set ordinal = excluded.ordinal, updated_at_ms = excluded.updated_at_ms`,
    [key.model, alias, key.ordinal, now()],
  );
  await session.run('update registered_models set updated_at_ms = ? where name = ?', [now(), key.model]);
}

/** The same, where both may be wrong. */
export async function pointAlias(database: Database, key: VersionKey, alias: string): Promise<void> {
  checkModelName(key.model);
  checkNewClientAlias(alias);
  await database.transaction(async (session) => {
    await getVersion(session, key);
    await writeAlias(session, key, alias);
  });
}

/** Takes an alias away. */
export async function removeAlias(database: Database, name: string, alias: string): Promise<boolean> {
  checkClientAlias(alias);
  await getModel(database, name);
  return (await database.run('delete from model_aliases where model = ? and alias = ?', [name, alias])) === 1;
}

/** The version of an alias, of `latest` or of `v-1-2-3`. */
export async function versionByAlias(session: Session, name: string, alias: string): Promise<ModelVersion> {
  checkModelName(name);
  checkClientAlias(alias);
  await getModel(session, name);
  const isReserved = alias.toLowerCase() === 'latest' || /^v(?:-\d+){1,3}$/.test(alias);
  const selector = alias.toLowerCase() === 'latest' ? 'latest' : alias;
  const found = isReserved ? await findVersion(session, name, selector) : await pointedAt(session, name, alias);
  if (found !== null) return found;
  if (selector === 'latest') {
    throw new PlatformError('REGISTRY_VERSION_UNKNOWN', { message: `Latest version not found for model ${name}.` });
  }
  throw new PlatformError('REGISTRY_ALIAS_UNKNOWN', {
    message: `Registered model alias ${alias} not found.`,
    details: { model: name, alias },
  });
}

async function pointedAt(session: Session, name: string, alias: string): Promise<ModelVersion | null> {
  const sql = 'select ordinal from model_aliases where model = ? and alias = ?';
  const row = await session.first<{ ordinal: number }>(sql, [name, alias]);
  return row === null ? null : await getVersion(session, { model: name, ordinal: row.ordinal });
}
