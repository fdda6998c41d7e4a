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
  DatasetStateRecord,
  EventRecord,
  ExecutionError,
  ExecutionRecord,
  ExecutionState,
  Lineage,
  LoggedRecord,
  MetricPoint,
  NewRunStatement,
  OpenRun,
  RunRecord,
  RunState,
  RunStatementRecord,
  SignedStatement,
  StatementEnd,
  StatementRecord,
} from './records.ts';
export { datasetStates } from './records.ts';
export { metadataSchema } from './schema.ts';
export { openMetadata } from './sql-metadata-store.ts';
