export { type Collected, collectGarbage } from './collect.ts';
export { type Config, type ConfigSources, loadConfig, portNumber, positiveInteger } from './config.ts';
export { type DebugRequest, debugStep } from './debug.ts';
export { type DiffRow, diffRuns } from './diff.ts';
export { type Examined, examine } from './doctor.ts';
export { type ExecRequest, type ExecResult, execCommand } from './exec.ts';
export { gateSizeFindings } from './gate-parts.ts';
export { type GateStatus, gateStatus, openGate, retireGate, type SealedReport } from './gates.ts';
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
export { type ArtifactLineage, traceArtifact } from './lineage.ts';
export { type ListedArtifact, listArtifacts, listModels } from './lists.ts';
export { type LoadedSpec, loadSpec, requireValid } from './load-spec.ts';
export { type EvaluatedMetric, type RunMetrics, readMetrics } from './metrics.ts';
export { planProjectFindings } from './plan-project.ts';
export { previewRun, type RunPreview, type StepPreview } from './preview.ts';
export { formatPrice, type GatePrice, priceGates } from './prices.ts';
export { listRuns, type PortArtifact, type RecordedRun, type RecordedStep } from './records.ts';
export { type WrittenReport, writeReport } from './report.ts';
export { findPackage, packagePython, type ServablePackage } from './serve.ts';
export { copyOutput, showLogs, showOutput, showRun, showStep } from './show.ts';
export type { RunSummary, SummaryGate, SummaryMetric } from './summary.ts';
export { type UseAhead, usesAhead } from './uses-ahead.ts';
export { programVersion } from './version.ts';
export { type Explanation, explainStep } from './why.ts';
