export {
  type ArtifactPath,
  joinPath,
  nameOf,
  parseArtifactPath,
  parseFolderPath,
  rootPath,
} from './artifacts/artifact-path.ts';
export type { ArtifactFile, ArtifactPaths, FolderEntry } from './artifacts/artifact-paths.ts';
export { artifactRootOf } from './artifacts/artifact-root.ts';
export type { ArtifactUpload, ArtifactUploads, UploadedPart } from './artifacts/artifact-uploads.ts';
export { openArtifacts, type TrackedArtifacts } from './artifacts/open-artifacts.ts';
export { artifactPathsSchema } from './artifacts/schema.ts';
export { contentAt, userOfRun } from './content-of.ts';
export type { DatasetSummary } from './dataset-summaries.ts';
export type {
  Dataset,
  DatasetInput,
  Experiment,
  Lifecycle,
  LoggedModel,
  LoggedModelMetric,
  LoggedModelStatus,
  Metric,
  MirroredRun,
  ModelOutput,
  NewMetric,
  Page,
  Run,
  RunInfo,
  RunStatus,
  Tag,
  View,
} from './entities.ts';
export { loggedModelStatuses, runStatuses } from './entities.ts';
export {
  compileFilter,
  compileOrder,
  type Direction,
  type EntityName,
  type FilterTarget,
  type MeasuredOn,
  type OrderField,
  type SortKey,
  type Sql,
} from './filter/index.ts';
export {
  type Added,
  type ImportProgress,
  openImportProgress,
  type RunAddition,
  type SourcePosition,
} from './import/import-progress.ts';
export type {
  ImportedExperiment,
  ImportedRun,
  Refusal,
  Taken,
  TakenOver,
  TrackingImport,
} from './import/imported.ts';
export { openTrackingImport } from './import/open-import.ts';
export { importProgressSchema } from './import/progress-schema.ts';
export { checkKey, experimentNumber, keyFor, storable } from './names.ts';
export { openTracking } from './open-tracking.ts';
export type { OwnedKind } from './owners.ts';
export { keepRemovedIds } from './removal/keep-removed-ids.ts';
export { openRemoval } from './removal/open-removal.ts';
export type {
  DeletedThing,
  HeldThing,
  Holds,
  Removal,
  RemovalRequest,
  TrackerRemoval,
} from './removal/removal.ts';
export { removalSchema } from './removal/schema.ts';
export { trackingSchema } from './schema.ts';
export { among, type PageQuery, searchPage } from './search-page.ts';
export {
  type SpoolChange,
  type SpoolEntry,
  type SpooledBatch,
  type SpoolSubject,
  versionSubject,
} from './spool/spool-entry.ts';
export {
  openSpoolJournal,
  type RemoteIdentity,
  type SetAside,
  type SpooledRun,
  type SpoolJournal,
  type SpoolStatus,
} from './spool/spool-journal.ts';
export { noteInOrder, spooledArtifacts, spooledTracking } from './spool/spooled-tracking.ts';
export {
  aggregationTypes,
  metricViews,
  type TraceAggregation,
  type TraceMetricPage,
  type TraceMetricPoint,
  type TraceMetricQuery,
} from './traces/metric-query.ts';
export { openTraces } from './traces/open-traces.ts';
export { traceSchema } from './traces/schema.ts';
export {
  type NewSpan,
  type SpanAttributes,
  type SpanEvent,
  type SpanLink,
  type SpanStatus,
  type SpanValue,
  traceIdOf,
} from './traces/span.ts';
export {
  type Assessment,
  type AssessmentChange,
  type AssessmentError,
  type AssessmentKind,
  assessmentSources,
  type NewAssessment,
  type NewTrace,
  type Trace,
  type TraceComparison,
  type TraceCounts,
  type TraceDeletion,
  type TraceEnd,
  type TraceInfo,
  type TraceQuery,
  type TraceState,
  type TraceStore,
  traceStates,
} from './traces/trace.ts';
export type {
  Batch,
  ExperimentQuery,
  HistoryQuery,
  LoggedModelQuery,
  MetricBucket,
  NewExperiment,
  NewLoggedModel,
  NewRun,
  ReducedHistoryQuery,
  RunChange,
  RunHistory,
  RunQuery,
  SearchQuery,
  Selection,
  StepRange,
  TrackingStore,
} from './tracking-store.ts';
export { emitEvent, messageOf } from './webhooks/emit-event.ts';
export {
  type EventName,
  type MlflowEventName,
  mlflowActions,
  type OwnEventName,
  ownEventNames,
  partsOf,
} from './webhooks/event-names.ts';
export { openWebhooks } from './webhooks/open-webhooks.ts';
export { webhookSchema } from './webhooks/schema.ts';
export {
  type ClaimOptions,
  type Delivery,
  type DeliveryCounts,
  type FailedAttempt,
  type NewWebhook,
  type Webhook,
  type WebhookChange,
  type WebhookSecrets,
  type WebhookStatus,
  type WebhookStore,
  type WebhookTarget,
  webhookStatuses,
} from './webhooks/webhook.ts';
