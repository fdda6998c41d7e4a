/* The registry as one caller sees it: which role each of its methods takes. A method without a line here does not compile. */
import { covers, type Role, selects } from '../../../access/index.ts';
import type { ModelRegistry, VersionKey } from '../../../registry/index.ts';
import type { Guard } from './guard.ts';

/** What happens to the roles on a model when it is made, gets another name, or goes. */
export interface ModelGrants {
  made(name: string): Promise<void>;
  renamed(name: string, to: string): Promise<void>;
  gone(name: string): Promise<void>;
}

/** A registry of which only what the caller may do can be done. */
export function guardRegistry(registry: ModelRegistry, guard: Guard, grants: ModelGrants): ModelRegistry {
  return { ...models(registry, guard, grants), ...versions(registry, guard), ...aliases(registry, guard) };
}

type Models = Pick<
  ModelRegistry,
  Extract<keyof ModelRegistry, `${string}Model` | `${string}ModelTag` | `${string}Models`>
>;

function models(registry: ModelRegistry, guard: Guard, grants: ModelGrants): Models {
  const { rights } = guard;
  return {
    createModel: async (model) => {
      guard.everywhere('writer', 'registering a model');
      guard.touch(`model ${model.name}`);
      const made = await registry.createModel(model);
      await grants.made(made.name);
      return made;
    },
    getModel: (name) => guard.model(name, 'reader', (seen) => registry.getModel(seen)),
    resolveModel: (name, selector) => guard.model(name, 'reader', (seen) => registry.resolveModel(seen, selector)),
    findModel: (name, selector) => guard.model(name, 'reader', (seen) => registry.findModel(seen, selector)),
    renameModel: async (name, to) => {
      const renamed = await guard.model(name, 'writer', (seen) => registry.renameModel(seen, to));
      await grants.renamed(name, to);
      return renamed;
    },
    describeModel: (name, description) =>
      guard.model(name, 'writer', (seen) => registry.describeModel(seen, description)),
    deleteModel: async (name) => {
      await guard.model(name, 'admin', (seen) => registry.deleteModel(seen));
      await grants.gone(name);
    },
    setModelTag: (name, tag) => guard.model(name, 'writer', (seen) => registry.setModelTag(seen, tag)),
    deleteModelTag: (name, key) => guard.model(name, 'writer', (seen) => registry.deleteModelTag(seen, key)),
    listModels: async () => {
      const isSeen = selects(await rights.readable('model'));
      return (await registry.listModels()).filter(({ name }) => isSeen(name));
    },
    latestOfModels: async (names) => {
      const isSeen = selects(await rights.readable('model'));
      return await registry.latestOfModels(names.filter(isSeen));
    },
    searchModels: async (query) =>
      await registry.searchModels({ ...query, among: (await rights.readable('model')) ?? undefined }),
  };
}

type Versions = Pick<
  ModelRegistry,
  Exclude<
    Extract<
      keyof ModelRegistry,
      `${string}Version` | `${string}Versions` | `${string}VersionTag` | `${string}ackage${string}`
    >,
    'promoteVersion'
  >
>;

function versions(registry: ModelRegistry, guard: Guard): Versions {
  const at = ofVersion(guard);
  return {
    registerPackage: async (version) => {
      guard.everywhere('admin', 'registering a package');
      return await registry.registerPackage(version);
    },
    versionsOfPackage: async (digest) => {
      const isSeen = selects(await guard.rights.readable('model'));
      return (await registry.versionsOfPackage(digest)).filter(({ model }) => isSeen(model));
    },
    packageDigests: async () => {
      guard.everywhere('admin', 'listing all packages');
      return await registry.packageDigests();
    },
    listVersions: (name) => guard.model(name, 'reader', (seen) => registry.listVersions(seen)),
    latestVersions: (name, stages) => guard.model(name, 'reader', (seen) => registry.latestVersions(seen, stages)),
    createVersion: (version) =>
      guard.model(version.model, 'writer', (model) => registry.createVersion({ ...version, model })),
    getVersion: (key) => at(key, 'reader', (seen) => registry.getVersion(seen)),
    describeVersion: (key, description) => at(key, 'writer', (seen) => registry.describeVersion(seen, description)),
    moveVersion: (to) => guard.model(to.model, 'writer', (model) => registry.moveVersion({ ...to, model })),
    deleteVersion: (key) => at(key, 'admin', (seen) => registry.deleteVersion(seen)),
    setVersionTag: (key, tag) => at(key, 'writer', (seen) => registry.setVersionTag(seen, tag)),
    deleteVersionTag: (key, tag) => at(key, 'writer', (seen) => registry.deleteVersionTag(seen, tag)),
    searchVersions: async (query) =>
      await registry.searchVersions({ ...query, among: (await guard.rights.readable('model')) ?? undefined }),
  };
}

type Aliases = Omit<ModelRegistry, keyof Models | keyof Versions>;

function aliases(registry: ModelRegistry, guard: Guard): Aliases {
  const at = ofVersion(guard);
  return {
    setAlias: (name, alias, selector) =>
      guard.model(name, 'writer', (seen) => registry.setAlias(seen, alias, selector)),
    pointAlias: (key, alias) => at(key, 'writer', (seen) => registry.pointAlias(seen, alias)),
    versionByAlias: (name, alias) => guard.model(name, 'reader', (seen) => registry.versionByAlias(seen, alias)),
    removeAlias: (name, alias) => guard.model(name, 'writer', (seen) => registry.removeAlias(seen, alias)),
    protectAlias: (protection) => {
      // Whoever makes a model is its admin: that is not enough to ask for less than was asked.
      const weaker = covers(guard.rights.everywhere, 'admin') ? 'allow' : 'refuse';
      return guard.model(protection.model, 'admin', (model) => registry.protectAlias({ ...protection, model, weaker }));
    },
    checksFor: (name, alias) => guard.model(name, 'reader', (seen) => registry.checksFor(seen, alias)),
    approvalsFor: (name, alias) => guard.model(name, 'reader', (seen) => registry.approvalsFor(seen, alias)),
    noteApproval: (approval) =>
      guard.model(approval.model, 'approver', (model) => registry.noteApproval({ ...approval, model })),
    promoteVersion: (key, move) => at(key, 'approver', (seen) => registry.promoteVersion(seen, move)),
    listDecisions: (name) => guard.model(name, 'reader', (seen) => registry.listDecisions(seen)),
  };
}

type OfVersion = <Result>(key: VersionKey, needed: Role, work: (key: VersionKey) => Promise<Result>) => Promise<Result>;

function ofVersion(guard: Guard): OfVersion {
  return (key, needed, work) => guard.model(key.model, needed, (model) => work({ ...key, model }));
}
