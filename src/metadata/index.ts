export type {
  LeaseAnswer,
  MetadataStore,
  NewRun,
  Publication,
  RecoveryOptions,
  RunFilter,
} from './metadata-store.ts';
export type {
  ArtifactRecord,
  ArtifactState,
  CachedOutput,
  CacheEntry,
  ContextRecord,
  EventRecord,
  ExecutionError,
  ExecutionRecord,
  ExecutionState,
  Lineage,
  MetricPoint,
  RunRecord,
  RunState,
  StatementRecord,
} from './records.ts';
export { openMetadata } from './sql-metadata-store.ts';
