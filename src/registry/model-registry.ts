import type { Digest, JsonObject } from '../encoding/index.ts';
import type { ModelVersionNumber, VersionFacts } from './version.ts';

/** A model under a name, whatever its versions. */
export interface RegisteredModel {
  readonly name: string;
  readonly description: string;
  readonly createdAtMs: number;
  /** When a version or an alias last changed. */
  readonly updatedAtMs: number;
}

/** One version of a registered model: a package, named by its digest. */
export interface ModelVersion {
  readonly model: string;
  /** `1.2.3`. */
  readonly version: string;
  readonly number: ModelVersionNumber;
  /** 1, 2, 3 … in the order of registration. */
  readonly ordinal: number;
  readonly packageDigest: Digest;
  readonly artifactId: string;
  readonly runId: string;
  /** Schema of inputs and output, by which the next version's compatibility is judged. */
  readonly signature: JsonObject;
  /** Verdicts, metrics, whatever belongs to the version for good. */
  readonly properties: JsonObject;
  readonly aliases: readonly string[];
  readonly createdAtMs: number;
}

/** A version to be registered. */
export interface NewVersion {
  readonly model: string;
  readonly packageDigest: Digest;
  readonly artifactId: string;
  readonly runId: string;
  readonly signature: JsonObject;
  readonly properties?: JsonObject;
  /**
   * Compares the package with the latest version, null for the first one. Called while no other version can be
   * registered; must be pure.
   */
  readonly compare: (latest: ModelVersion | null) => VersionFacts;
}

/** What registering did. */
export interface Registration {
  readonly version: ModelVersion;
  /** False where the same package had been registered before: nothing was changed then. */
  readonly isNew: boolean;
}

/** The registry of models. Every method may throw the errors of `database/`. */
export interface ModelRegistry {
  /**
   * Registers a package as the next version of a model, which is made where it is new. The same package again changes
   * nothing.
   * @throws PlatformError REGISTRY_BAD_NAME
   */
  registerVersion(version: NewVersion): Promise<Registration>;
  /**
   * A version by `latest` (the highest), by all or the first parts of its number (`1.2.3`; `1.2` and `1` mean the highest
   * that begins so), or by alias.
   * @throws PlatformError REGISTRY_MODEL_UNKNOWN, REGISTRY_VERSION_UNKNOWN
   */
  resolveModel(name: string, selector?: string): Promise<ModelVersion>;
  /** The same, null where there is none. */
  findModel(name: string, selector?: string): Promise<ModelVersion | null>;
  /** The versions that hold a package. */
  versionsOfPackage(packageDigest: Digest): Promise<ModelVersion[]>;
  /** By name. */
  listModels(): Promise<RegisteredModel[]>;
  /** Highest first. */
  listVersions(name: string): Promise<ModelVersion[]>;
  /** @throws PlatformError REGISTRY_MODEL_UNKNOWN */
  describeModel(name: string, description: string): Promise<void>;
  /**
   * Points an alias at a version (a selector), away from where it pointed before.
   * @throws PlatformError REGISTRY_BAD_NAME, REGISTRY_MODEL_UNKNOWN, REGISTRY_VERSION_UNKNOWN
   */
  setAlias(name: string, alias: string, selector: string): Promise<ModelVersion>;
  /** Takes an alias away. @returns whether there was one */
  removeAlias(name: string, alias: string): Promise<boolean>;
  /** Digests of all registered packages: what `gc` must keep. */
  packageDigests(): Promise<Set<Digest>>;
}
