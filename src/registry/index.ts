export type { ModelRegistry, ModelVersion, NewVersion, RegisteredModel, Registration } from './model-registry.ts';
export { openRegistry } from './sql-model-registry.ts';
export {
  deriveVersion,
  formatVersion,
  type ModelVersionNumber,
  parseVersionPrefix,
  type VersionFacts,
} from './version.ts';
