export type { CheckOrigin } from '../check-importers/index.ts';
export {
  type AcceptedValue,
  type Anomaly,
  type CheckResult,
  type DriftDistance,
  isEqualData,
  type SchemaChange,
  strongestPairs,
  weightOf,
} from '../data-quality/index.ts';
export { searchKinds } from '../search/index.ts';
export { type Agreement, agreeToRun } from './agree-to-run.ts';
export { type RequestAnswer, type ServerApprovals, serverApprovals } from './approvals-server.ts';
export { type Approval, type ApprovalRequest, approveModel } from './approve-model.ts';
export { type AttestedDeployment, attestDeployment } from './attest-deployment.ts';
export { type Restored, restoreBackup } from './backup/restore-backup.ts';
export { type Backup, backUp } from './backup/write-backup.ts';
export { bringLogUpToDate } from './bring-log-up-to-date.ts';
export { type Collected, type CollectionRequest, collectGarbage } from './collect.ts';
export { type Config, type ConfigSources, loadConfig, portNumber, positiveInteger } from './config.ts';
export { acceptInProject } from './data/accept-in-project.ts';
export { checkFile } from './data/check-file.ts';
export { compareFiles, type FileDrift } from './data/compare-files.ts';
export { diffFiles, type FileDifference } from './data/diff-files.ts';
export { diffSchemas } from './data/diff-schemas.ts';
export { exportContract } from './data/export-contract.ts';
export { acceptMeasured, showHistory, type ToldHistory } from './data/file-history.ts';
export { importChecksFile } from './data/import-checks-file.ts';
export { inferFile } from './data/infer-file.ts';
export { type DatasetForm, namedTables } from './data/named-tables.ts';
export type { FileProfile } from './data/profile-files.ts';
export { type DividedFile, type FileSplit, splitFile } from './data/split-file.ts';
export { suggestFile } from './data/suggest-file.ts';
export { toldFirst } from './data/told-first.ts';
export { profileData } from './data/write-profile.ts';
export {
  type DatasetState,
  describeState,
  type ListedDataset,
  listDatasets,
  readDatasetStates,
  setDatasetState,
} from './dataset-states.ts';
export { type DebugRequest, debugStep } from './debug.ts';
export { gateSizeFindings } from './declared-gates.ts';
export { type DiffRow, diffGroups, diffRuns } from './diff.ts';
export { type Examined, examine } from './doctor.ts';
export { type Erased, type ErasureRequest, eraseArtifacts } from './erase.ts';
export { type ExecCode, type ExecResult, execCommand } from './exec.ts';
export type { ExecRequest } from './exec-plan.ts';
export { type ExportedRun, exportRun } from './export/export-run.ts';
export { isExport, verifyExport } from './export/verify-export.ts';
export { type WrittenExport, writeExport } from './export/write-export.ts';
export { type FoundUi, findUi } from './find-ui.ts';
export type { GateStatus } from './gate-status.ts';
export { gateStatus, openGate, retireGate, type SealedReport } from './gates.ts';
export {
  type ImportedDocument,
  type ImportRequest,
  type ImportResult,
  importOriginals,
} from './import/import-originals.ts';
export type { TakenCounts, TrackerImport } from './import/import-report.ts';
export { importMlflow, type MlflowImportRequest } from './import/mlflow/import-mlflow.ts';
export { recognizeMlflow } from './import/mlflow/open-source.ts';
export { importRuns, type RunsImportRequest } from './import/runs/import-runs.ts';
export { type RunSourceForm, recognizeRuns } from './import/runs/open-run-source.ts';
export {
  type DataSurvey,
  findTables,
  type InitRequest,
  type InitResult,
  initProject,
  type SurveyedColumn,
  surveyData,
  whyNoLabel,
} from './init.ts';
export { knownKey, listKeys, newKey, parseRoles, renewKey, requireKeys, revokeKey, showKey, trustKey } from './keys.ts';
export { type ArtifactLineage, traceArtifact } from './lineage.ts';
export { type ListedArtifact, listArtifacts, listModels } from './lists.ts';
export { type LoadedSpec, loadSpec, requireValid } from './load-spec.ts';
export { type EvaluatedMetric, type RunMetrics, readMetrics } from './metrics.ts';
export { missingFileFindings } from './missing-files.ts';
export { compareWindow } from './monitor/compare-window.ts';
export { planProjectFindings } from './plan-project.ts';
export { previewRun, type RunPreview, type StepPreview } from './preview.ts';
export { formatPrice, type GatePrice, priceGates } from './prices.ts';
export { type AliasCheckName, aliasCheckNames, aliasDecisions, protectAlias } from './protect-alias.ts';
export { listRuns, type PortArtifact, type RecordedRun, type RecordedStep } from './records.ts';
export { type DeletedRequest, retentionOf, serverRetention } from './remove-deleted.ts';
export {
  type GovernanceRequest,
  type ReportForm,
  reportForms,
  type WrittenGovernance,
  writeGovernance,
} from './report/write-governance.ts';
export { type WrittenReport, writeReport } from './report.ts';
export { type Reproduction, reproduceRun } from './reproduce/reproduce-run.ts';
export type { ReproducedStep } from './reproduce/reproduced-step.ts';
export { searchTexts } from './search-texts.ts';
export { type SendSpool, type SpoolSending, startSending, type WaitingDelivery } from './send-waiting.ts';
export { findPackage, packagePython, type ServablePackage } from './serve.ts';
export { copyOutput, showLogs, showOutput, showRun, showStep } from './show.ts';
export { type SignedContent, type SignRequest, signContent } from './sign/sign-content.ts';
export { type ContentVerdict, findSignature, type SignedPath, verifyContent } from './sign/verify-content.ts';
export { type FirstAdmin, makeFirstAdmin, type RequireThere, withAccess } from './sign-in.ts';
export { readProvider } from './sign-in-provider.ts';
export { listSpools, openSpool, type Spool, type SpoolTarget, spoolFolder, spoolTarget } from './spool.ts';
export type { ServedTracker, ServeTracker, StepServer, TrackerEdge } from './step-tracking.ts';
export type { RunSummary, SummaryGate, SummaryMetric } from './summary.ts';
export {
  configOf,
  openTrackingPlatform,
  placedAt,
  type TrackingPlatform,
  type TrackingStores,
} from './tracking-server.ts';
export { logFolder } from './transparency-log.ts';
export { verifyRecordedRun } from './verify.ts';
export { type LogVerdict, verifyLog } from './verify-log.ts';
export { type ModelVerdict, verifyModel } from './verify-model.ts';
export { programVersion } from './version.ts';
export { webhookSettings } from './webhook-settings.ts';
export { type Explanation, explainStep } from './why.ts';
export { type Cosigned, cosignLog } from './witness/cosign-log.ts';
export { type LogLook, lookAtLog } from './witness/monitor-log.ts';
export { openWitness, type Witness } from './witness/open-witness.ts';
