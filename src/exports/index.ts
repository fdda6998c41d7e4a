export { type ExportFormat, type ExportSubject, exportFormats, subjectsOf } from './formats.ts';
export {
  type CellState,
  cellStates,
  type FilledCell,
  fillTemplate,
  type GovernanceAnswers,
  type GovernanceFacts,
  type GovernanceReport,
  type GovernanceTemplate,
  readAnswers,
  readTemplate,
  stateWords,
  type VerificationView,
  writeGovernanceMarkdown,
} from './governance/index.ts';
export { jsonText } from './json-text.ts';
export { markdown, markdownTable } from './markdown.ts';
export { type LineageEvent, type LineageRun, runEnds, runEvent, stepEvent, stepEvents } from './openlineage.ts';
export { type CrateFiles, roCratePath, writeRoCrate } from './ro-crate.ts';
export {
  type ArtifactView,
  type ColumnStatistics,
  type ColumnView,
  type EvaluationView,
  type FeatureView,
  lastAttemptsOf,
  type MeasureView,
  type ModelView,
  type PackageView,
  type PartView,
  type RunView,
  type StatementView,
  type StepView,
} from './run-view.ts';
