import type { Digest, JsonObject } from '../encoding/index.ts';
import type { Page, Selection } from '../tracking/index.ts';
import type { ModelVersionNumber } from './version.ts';

/** A name with a text. */
export interface RegistryTag {
  readonly key: string;
  readonly value: string;
}

/** A name that points at a version. */
export interface ModelAlias {
  readonly alias: string;
  readonly ordinal: number;
}

/** A model under a name, whatever its versions. */
export interface RegisteredModel {
  readonly name: string;
  readonly description: string;
  /** Who made it; null where nobody signed in. */
  readonly user: string | null;
  readonly tags: readonly RegistryTag[];
  readonly aliases: readonly ModelAlias[];
  readonly createdAtMs: number;
  /** When a version or an alias last changed. */
  readonly updatedAtMs: number;
}

/** Where a version stands, in the words of MLflow. A version begins as `None`. */
export const modelStages = ['None', 'Staging', 'Production', 'Archived'] as const;
/** One of them. */
export type ModelStage = (typeof modelStages)[number];

/** One version of a registered model: a package that was released, or what a client registered by its address. */
export interface ModelVersion {
  readonly model: string;
  /** `1.2.3`. */
  readonly version: string;
  readonly number: ModelVersionNumber;
  /** 1, 2, 3 … in the order of registration; never given twice. */
  readonly ordinal: number;
  /** Null where a client registered it by its address. */
  readonly packageDigest: Digest | null;
  /** The artifact that is the package; null where a client registered it. */
  readonly artifactId: string | null;
  /** The run that made it: of the record for a package, else as a client named it. */
  readonly runId: string | null;
  /** The same run as the tracker knows it. */
  readonly trackedRunId: string | null;
  /** Where a client said that the model lies, as it said it; null for a package. */
  readonly source: string | null;
  /** Where that is, once an address of the registry or of a logged model was followed. */
  readonly storageLocation: string | null;
  readonly runLink: string | null;
  /** The logged model that became this version. */
  readonly modelId: string | null;
  readonly stage: ModelStage;
  readonly status: string;
  readonly statusMessage: string | null;
  readonly description: string | null;
  readonly user: string | null;
  /** By key; `mlspec.version` is among them. */
  readonly tags: readonly RegistryTag[];
  /** Schema of inputs and output, by which the next version's compatibility is judged; `{}` where it is not known. */
  readonly signature: JsonObject;
  /** Verdicts, metrics, whatever belongs to the version for good. */
  readonly properties: JsonObject;
  readonly aliases: readonly string[];
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** A version with a package. */
export type PackagedVersion = ModelVersion & {
  readonly packageDigest: Digest;
  readonly artifactId: string;
  readonly runId: string;
};

/** A package to be registered. */
export interface NewPackage {
  readonly model: string;
  readonly packageDigest: Digest;
  readonly artifactId: string;
  readonly runId: string;
  /** The run as the tracker knows it. Default: the same. */
  readonly trackedRunId?: string;
  readonly signature: JsonObject;
  readonly properties?: JsonObject;
  /**
   * Whether a gate passed a comparison of this model with an old one. Called with the latest version, null for the first
   * one, while no other can be registered; must be pure.
   */
  readonly passedComparison: (latest: ModelVersion | null) => boolean;
}

/** What registering a package did. */
export interface Registration {
  readonly version: PackagedVersion;
  /** False where the same package had been registered before: nothing was changed then. */
  readonly isNew: boolean;
}

/** A model to be made, without versions. */
export interface NewModel {
  readonly name: string;
  readonly description?: string | undefined;
  readonly tags?: readonly RegistryTag[];
  readonly user?: string | null;
}

/** A version that a client registers by the address of a model. */
export interface NewVersion {
  readonly model: string;
  readonly source: string;
  /** Where the source is; by default there. */
  readonly storageLocation?: string | null;
  readonly runId?: string | null;
  readonly runLink?: string | null;
  readonly modelId?: string | null;
  readonly description?: string | null;
  readonly tags?: readonly RegistryTag[];
  readonly user?: string | null;
  /** The place of the first version of a model; 1 where it is left out. */
  readonly firstOrdinal?: number;
  /** What the MLmodel file at the address says, as far as it can be read. */
  readonly signature?: JsonObject;
}

/** One version, by its place in the order of registration. */
export interface VersionKey {
  readonly model: string;
  readonly ordinal: number;
}

/** Where a version is to stand. */
export interface Transition extends VersionKey {
  /** One of `modelStages`, in any case. */
  readonly stage: string;
  /** Whether other versions in that stage move to `Archived`; `Staging` and `Production` only. */
  readonly archiveOthers: boolean;
}

/**
 * What a protection may ask of a version beside approvals. `evidence`: every rule of `mlspec verify` holds; `gate`: it passed
 * a gate; `contract`: the data that it was trained on passed validation.
 */
export const aliasChecks = ['evidence', 'gate', 'contract'] as const;
/** One of them. */
export type AliasCheck = (typeof aliasChecks)[number];

/** An alias that moves only after others approved. */
export interface AliasProtection {
  readonly model: string;
  readonly alias: string;
  /** How many approvals it takes; 0: it is not protected any more. */
  readonly approvals: number;
  /** What has to hold besides. Evidence that is there has to hold always. Default: nothing. */
  readonly requires?: readonly AliasCheck[];
}

/** A protection as somebody declares it. */
export interface NewProtection extends AliasProtection {
  /** Id of a key, or `user:NAME`. */
  readonly by: string;
  /** `refuse`: it may ask for more than the one before, not for less. Default `allow`. */
  readonly weaker?: 'allow' | 'refuse';
}

/** Somebody's word that a version may have an alias. */
export interface AliasApproval extends VersionKey {
  readonly alias: string;
  /** Id of the approver's key. */
  readonly by: string;
  /** False where who made the version approved it. */
  readonly counts: boolean;
}

/** What somebody decided about an alias, for good. */
export interface AliasDecision {
  readonly kind: 'protect' | 'approve' | 'move';
  readonly alias: string;
  readonly ordinal: number | null;
  /** How many approvals it takes from then on, where it was protected. */
  readonly approvals: number | null;
  /** What it takes besides, where it was protected. */
  readonly requires: readonly AliasCheck[];
  /** Id of a key, or `user:NAME`. */
  readonly by: string;
  /** Whether it counts toward the approvals that the alias takes. */
  readonly counts: boolean;
  readonly atMs: number;
}

/** Which models or versions are asked for. */
export interface RegistryQuery {
  readonly filter?: string | undefined;
  readonly orderBy?: readonly string[];
  /** 1 or more. */
  readonly limit: number;
  readonly pageToken?: string | undefined;
  /** Only these models, and versions of them, are looked at. Default: all. */
  readonly among?: Selection | undefined;
}

/**
 * The registry of models: what `mlspec release` registers and what clients of MLflow's protocol do, in one. Every method
 * may throw the errors of `database/`; whatever names a model or version that is not there throws
 * REGISTRY_MODEL_UNKNOWN or REGISTRY_VERSION_UNKNOWN.
 */
export interface ModelRegistry {
  /**
   * Registers a package as the next version of a model, which is made where it is new. The same package again changes
   * nothing.
   * @throws PlatformError REGISTRY_BAD_NAME
   */
  registerPackage(version: NewPackage): Promise<Registration>;
  /**
   * The package of a version by `latest` (the highest), by all or the first parts of its number (`1.2.3`; `1.2` and `1`
   * mean the highest that begins so), or by alias.
   * @throws PlatformError REGISTRY_NO_PACKAGE
   */
  resolveModel(name: string, selector?: string): Promise<PackagedVersion>;
  /** The same, null where there is none. @throws PlatformError REGISTRY_NO_PACKAGE */
  findModel(name: string, selector?: string): Promise<PackagedVersion | null>;
  /** The versions that hold a package. */
  versionsOfPackage(packageDigest: Digest): Promise<PackagedVersion[]>;
  /** By name. */
  listModels(): Promise<RegisteredModel[]>;
  /** Highest first. */
  listVersions(name: string): Promise<ModelVersion[]>;
  /** Digests of all registered packages: what `gc` must keep. */
  packageDigests(): Promise<Set<Digest>>;

  /** @throws PlatformError REGISTRY_BAD_NAME, REGISTRY_BAD_VALUE, REGISTRY_MODEL_EXISTS */
  createModel(model: NewModel): Promise<RegisteredModel>;
  getModel(name: string): Promise<RegisteredModel>;
  /** @throws PlatformError REGISTRY_BAD_NAME, REGISTRY_MODEL_EXISTS, REGISTRY_ALIAS_PROTECTED */
  renameModel(name: string, to: string): Promise<RegisteredModel>;
  describeModel(name: string, description: string): Promise<RegisteredModel>;
  /** For good, with its versions, tags and aliases. @throws PlatformError REGISTRY_ALIAS_PROTECTED */
  deleteModel(name: string): Promise<void>;
  /** @throws PlatformError REGISTRY_BAD_VALUE */
  setModelTag(name: string, tag: RegistryTag): Promise<void>;
  /** Nothing happens where there is no such tag. */
  deleteModelTag(name: string, key: string): Promise<void>;

  /** @throws PlatformError REGISTRY_BAD_VALUE */
  createVersion(version: NewVersion): Promise<ModelVersion>;
  getVersion(key: VersionKey): Promise<ModelVersion>;
  describeVersion(key: VersionKey, description: string | null): Promise<ModelVersion>;
  /** @throws PlatformError REGISTRY_BAD_VALUE */
  moveVersion(transition: Transition): Promise<ModelVersion>;
  /** Takes its content away, its aliases too; its number is never given again. @throws PlatformError REGISTRY_ALIAS_PROTECTED */
  deleteVersion(key: VersionKey): Promise<void>;
  /** @throws PlatformError REGISTRY_BAD_VALUE */
  setVersionTag(key: VersionKey, tag: RegistryTag): Promise<void>;
  /** Nothing happens where there is no such tag. @throws PlatformError REGISTRY_BAD_VALUE */
  deleteVersionTag(version: VersionKey, key: string): Promise<void>;
  /**
   * The latest version of each stage by name, of all stages where none is named. In the place of a stage may stand a
   * number or the beginning of one, `1.2.3` or `1.2`: the highest version that begins so.
   * @throws PlatformError REGISTRY_BAD_VALUE
   */
  latestVersions(name: string, stages?: readonly string[]): Promise<ModelVersion[]>;
  /** The latest versions of all stages of several models, by name of the model. */
  latestOfModels(names: readonly string[]): Promise<ReadonlyMap<string, readonly ModelVersion[]>>;

  /** One page of models, by name unless they are ordered otherwise. @throws PlatformError TRACKING_BAD_FILTER, TRACKING_BAD_ORDER, TRACKING_BAD_PAGE, REGISTRY_BAD_VALUE */
  searchModels(query: RegistryQuery): Promise<Page<RegisteredModel>>;
  /** The same of versions, the last changed first. */
  searchVersions(query: RegistryQuery): Promise<Page<ModelVersion>>;

  /**
   * Points an alias at a version (a selector), away from where it pointed before.
   * @throws PlatformError REGISTRY_BAD_NAME, REGISTRY_ALIAS_PROTECTED
   */
  setAlias(name: string, alias: string, selector: string): Promise<ModelVersion>;
  /** The same by the place of the version. @throws PlatformError REGISTRY_BAD_NAME, REGISTRY_ALIAS_PROTECTED */
  pointAlias(key: VersionKey, alias: string): Promise<void>;
  /** The version of an alias, of `latest` or of `v-1-2-3`. @throws PlatformError REGISTRY_ALIAS_UNKNOWN */
  versionByAlias(name: string, alias: string): Promise<ModelVersion>;
  /** Takes an alias away. @returns whether there was one @throws PlatformError REGISTRY_ALIAS_PROTECTED */
  removeAlias(name: string, alias: string): Promise<boolean>;

  /**
   * Lets an alias move only by `promoteVersion`, or by a request.
   * @throws PlatformError REGISTRY_BAD_NAME, REGISTRY_BAD_VALUE, REGISTRY_ALIAS_PROTECTED where it would be weaker and may not
   */
  protectAlias(protection: NewProtection): Promise<void>;
  /** How many approvals an alias takes; 0 where it is not protected. */
  approvalsFor(name: string, alias: string): Promise<number>;
  /** What an alias takes beside approvals. */
  checksFor(name: string, alias: string): Promise<readonly AliasCheck[]>;
  noteApproval(approval: AliasApproval): Promise<void>;
  /** Points an alias at a version whose approvals were checked. */
  promoteVersion(key: VersionKey, move: { readonly alias: string; readonly by: string }): Promise<void>;
  /** Everything that was decided about the aliases of a model, the first first. */
  listDecisions(name: string): Promise<AliasDecision[]>;
}
