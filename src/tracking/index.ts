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
export type {
  ImportedExperiment,
  ImportedRun,
  Refusal,
  Taken,
  TakenOver,
  TrackingImport,
} from './import/imported.ts';
export { openTrackingImport } from './import/open-import.ts';
export { checkKey, storable } from './names.ts';
export { openTracking } from './open-tracking.ts';
export { type PageQuery, searchPage } from './search-page.ts';
export type {
  Batch,
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
  type WebhookStatus,
  type WebhookStore,
  type WebhookTarget,
  webhookStatuses,
} from './webhooks/webhook.ts';
