/** Names that point at versions. */
import type { Database, Session } from '../database/index.ts';
import { PlatformError } from '../errors/index.ts';
import { announceAliasGone } from './announce.ts';
import type { ModelVersion, VersionKey } from './model-registry.ts';
import { getModel } from './models.ts';
import { checkAlias, checkClientAlias, checkModelName, checkNewClientAlias } from './names.ts';
import { requireFreeAlias, requireNoProtection } from './protections.ts';
import { findVersion } from './selectors.ts';
import { getVersion } from './versions.ts';
import { writeAlias } from './write-alias.ts';

/** Points an alias that a client names at a version, away from where it pointed before. */
export async function pointAlias(database: Database, key: VersionKey, alias: string): Promise<void> {
  checkModelName(key.model);
  checkNewClientAlias(alias);
  await database.transaction(async (session) => {
    await getVersion(session, key);
    await requireFreeAlias(session, key, alias);
    await writeAlias(session, key, alias);
  });
}

/** The same of a person of this project, who names the version otherwise. */
export async function setAlias(database: Database, key: VersionKey, alias: string): Promise<ModelVersion> {
  checkAlias(alias);
  return await database.transaction(async (session) => {
    await requireFreeAlias(session, key, alias);
    await writeAlias(session, key, alias);
    return await getVersion(session, key);
  });
}

/** Takes an alias away. */
export async function removeAlias(database: Database, name: string, alias: string): Promise<boolean> {
  checkClientAlias(alias);
  return await database.transaction(async (session) => {
    await getModel(session, name);
    await requireNoProtection(session, name, [alias]);
    const sql = 'delete from model_aliases where model = ? and alias = ?';
    const wasThere = (await session.run(sql, [name, alias])) === 1;
    if (wasThere) await announceAliasGone(session, name, alias);
    return wasThere;
  });
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
