/**
 * A model registry whose changes wait for another server. Versions count from a number that no server reaches: which
 * number a version will have there nobody knows yet, and one that looked like a server's would name somebody else's
 * version. What is kept adds something; what renames, moves or removes would meet things there that nobody here has seen.
 */
import { PlatformError } from '../errors/index.ts';
import type { ModelRegistry } from '../registry/index.ts';
import { noteInOrder, type SpoolJournal, type SpoolSubject } from '../tracking/index.ts';

/** The place of a model's first version in a spool. */
export const firstProvisionalOrdinal = 1_000_000_001;

/** What only asks. */
const asking = [
  ...['listModels', 'listVersions', 'getModel', 'getVersion', 'latestVersions', 'latestOfModels', 'searchModels'],
  ...['searchVersions', 'versionByAlias', 'findModel', 'resolveModel', 'versionsOfPackage', 'packageDigests'],
] as const satisfies readonly (keyof ModelRegistry)[];

/** The registry, with a journal of what is added to it. */
export function spooledRegistry(registry: ModelRegistry, journal: SpoolJournal): ModelRegistry {
  const noted = noteInOrder(journal);
  const subjectOf = (model: string): SpoolSubject => `registered/${model}`;
  return {
    ...refusing(registry),
    ...Object.fromEntries(asking.map((name) => [name, registry[name]])),
    createModel: (model) => {
      const { name, description = '', tags = [] } = model;
      return noted(subjectOf(name), { kind: 'registered-made', description, tags }, () => registry.createModel(model));
    },
    describeModel: (name, description) =>
      noted(subjectOf(name), { kind: 'registered-described', description }, () =>
        registry.describeModel(name, description),
      ),
    setModelTag: (name, tag) =>
      noted(subjectOf(name), { kind: 'registered-tagged', tag }, () => registry.setModelTag(name, tag)),
    createVersion: async (version) => {
      const made = await registry.createVersion({ ...version, firstOrdinal: firstProvisionalOrdinal });
      const { source, runId, modelId, runLink, description, tags } = version;
      await journal.add(subjectOf(version.model), {
        ...{ kind: 'version-made', ordinal: made.ordinal, source, runId: runId ?? '', modelId: modelId ?? null },
        ...{ runLink: runLink ?? '', description: description ?? '', tags: tags ?? [] },
      });
      return made;
    },
    describeVersion: (key, description) =>
      noted(subjectOf(key.model), { kind: 'version-described', ordinal: key.ordinal, description }, () =>
        registry.describeVersion(key, description),
      ),
    setVersionTag: (key, tag) =>
      noted(subjectOf(key.model), { kind: 'version-tagged', ordinal: key.ordinal, tag }, () =>
        registry.setVersionTag(key, tag),
      ),
    pointAlias: (key, alias) =>
      noted(subjectOf(key.model), { kind: 'alias-set', ordinal: key.ordinal, alias }, () =>
        registry.pointAlias(key, alias),
      ),
  } as ModelRegistry;
}

/** A store of what a spool does not send: saying that something was kept would be a lie. */
export function refusing<Store extends object>(store: Store): Store {
  const refuse = async (): Promise<never> => {
    throw new PlatformError('SPOOL_NOT_KEPT', {
      message:
        'a spool keeps what is added: experiments, runs, logged models, artifacts, registered models with their versions, tags and aliases. It renames, moves and removes no registered models, and keeps neither webhooks nor traces',
    });
  };
  return Object.fromEntries(Object.keys(store).map((name) => [name, refuse])) as Store;
}
