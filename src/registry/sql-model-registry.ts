import { type Database, migrate } from '../database/index.ts';
import type { Digest } from '../encoding/index.ts';
import { webhookSchema } from '../tracking/index.ts';
import { pointAlias, removeAlias, setAlias, versionByAlias } from './aliases.ts';
import type { ModelRegistry, PackagedVersion } from './model-registry.ts';
import {
  createModel,
  deleteModel,
  deleteModelTag,
  describeModel,
  getModel,
  renameModel,
  setModelTag,
} from './models.ts';
import { checkAlias } from './names.ts';
import {
  approvalsFor,
  listDecisions,
  noteApproval,
  promoteVersion,
  protectAlias,
  protectionOf,
  requireFreeStage,
  requireFreeVersion,
  requireNoProtection,
} from './protections.ts';
import { createVersion, registerPackage } from './register-version.ts';
import { completeModels, highestFirst, versionsWhere } from './rows.ts';
import { registrySchema } from './schema.ts';
import { searchModels, searchVersions } from './search.ts';
import { findVersion, requirePackage, requireVersion } from './selectors.ts';
import {
  deleteVersion,
  deleteVersionTag,
  describeVersion,
  getVersion,
  latestOfModels,
  latestVersions,
  moveVersion,
  setVersionTag,
} from './versions.ts';

/**
 * The registry in a database, whose tables are made or brought up to date first.
 * @throws PlatformError METADATA_NEWER_SCHEMA
 */
export async function openRegistry(database: Database): Promise<ModelRegistry> {
  await migrate(database, webhookSchema);
  await migrate(database, registrySchema);
  return { ...packagesOf(database), ...modelsOf(database), ...versionsOf(database), ...aliasesOf(database) };
}

function packagesOf(database: Database) {
  return {
    registerPackage: (version) => registerPackage(database, version),
    resolveModel: async (name, selector = 'latest') => requirePackage(await requireVersion(database, name, selector)),
    findModel: async (name, selector = 'latest') => {
      const found = await findVersion(database, name, selector);
      return found === null ? null : requirePackage(found);
    },
    versionsOfPackage: async (digest) =>
      (await versionsWhere(database, 'v.package_digest = ? order by v.model', [digest])) as PackagedVersion[],
    listVersions: (name) => versionsWhere(database, `v.model = ? ${highestFirst}`, [name]),
    listModels: async () =>
      await completeModels(database, await database.all('select * from registered_models order by name')),
    packageDigests: async () => {
      const sql = 'select distinct package_digest from model_versions where package_digest is not null';
      const rows = await database.all<{ package_digest: Digest }>(sql);
      return new Set(rows.map((row) => row.package_digest));
    },
  } satisfies Partial<ModelRegistry>;
}

function modelsOf(database: Database) {
  return {
    createModel: (model) => createModel(database, model),
    getModel: (name) => getModel(database, name),
    renameModel: (name, to) => renameModel(database, { name, to }, requireNoProtection),
    describeModel: (name, description) => describeModel(database, name, description),
    deleteModel: (name) => deleteModel(database, name, requireNoProtection),
    setModelTag: (name, tag) => setModelTag(database, name, tag),
    deleteModelTag: (name, key) => deleteModelTag(database, name, key),
    searchModels: (query) => searchModels(database, query),
  } satisfies Partial<ModelRegistry>;
}

function versionsOf(database: Database) {
  return {
    createVersion: (version) => createVersion(database, version),
    getVersion: (key) => getVersion(database, key),
    describeVersion: (key, description) => describeVersion(database, key, description),
    moveVersion: (transition) => moveVersion(database, transition, requireFreeStage),
    deleteVersion: (key) => deleteVersion(database, key, requireFreeVersion),
    setVersionTag: (version, tag) => setVersionTag(database, version, tag),
    deleteVersionTag: (version, key) => deleteVersionTag(database, version, key),
    latestVersions: (name, stages) => latestVersions(database, name, stages),
    latestOfModels: (names) => latestOfModels(database, names),
    searchVersions: (query) => searchVersions(database, query),
  } satisfies Partial<ModelRegistry>;
}

function aliasesOf(database: Database) {
  return {
    setAlias: async (name, alias, selector) => {
      checkAlias(alias);
      return await setAlias(database, await requireVersion(database, name, selector), alias);
    },
    pointAlias: (key, alias) => pointAlias(database, key, alias),
    versionByAlias: (name, alias) => versionByAlias(database, name, alias),
    removeAlias: (name, alias) => removeAlias(database, name, alias),
    protectAlias: (protection) => protectAlias(database, protection),
    approvalsFor: (name, alias) => approvalsFor(database, name, alias),
    checksFor: async (name, alias) => (await protectionOf(database, name, alias))?.requires ?? [],
    noteApproval: (approval) => noteApproval(database, approval),
    promoteVersion: (key, move) => promoteVersion(database, key, move),
    listDecisions: (name) => listDecisions(database, name),
  } satisfies Partial<ModelRegistry>;
}
