export { holdsOfVersions } from './holds-of-versions.ts';
export {
  type ImportedModel,
  type ImportedVersion,
  openRegistryImport,
  type RegistryImport,
} from './import-model.ts';
export {
  type AliasApproval,
  type AliasCheck,
  type AliasDecision,
  type AliasProtection,
  aliasChecks,
  type ModelAlias,
  type ModelRegistry,
  type ModelStage,
  type ModelVersion,
  modelStages,
  type NewModel,
  type NewPackage,
  type NewProtection,
  type NewVersion,
  type PackagedVersion,
  type RegisteredModel,
  type Registration,
  type RegistryQuery,
  type RegistryTag,
  type Transition,
  type VersionKey,
} from './model-registry.ts';
export { readModelSignature } from './model-signature.ts';
export { isPrompt } from './prompts.ts';
export type {
  AliasRequest,
  AliasRequests,
  CheckOutcome,
  NewAliasRequest,
  Person,
  RequestDecision,
  RequestKey,
  RequestQuery,
  RequestSources,
  Said,
} from './requests/alias-requests.ts';
export { openAliasRequests } from './requests/open-alias-requests.ts';
export { registrySchema } from './schema.ts';
export { openRegistry } from './sql-model-registry.ts';
export {
  deriveVersion,
  formatVersion,
  type ModelVersionNumber,
  parseVersionPrefix,
  type VersionFacts,
} from './version.ts';
export { packageUri, sourceOf } from './version-address.ts';
