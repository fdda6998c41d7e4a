export type { CheckContext, OtherTable } from './checks/check-compiler.ts';
export { readChecksFile } from './checks/checks-file.ts';
export { type CompiledCheck, compileCheck, compileCondition } from './checks/compile-check.ts';
export {
  type CheckResult,
  type DeclaredCheck,
  isOwn,
  type OwnCode,
  type Tolerance,
  weightOf,
} from './checks/declared-check.ts';
export { findBroken } from './checks/find-broken.ts';
export { type OwnMeans, ownMeans } from './checks/own/run-own-checks.ts';
export { rowFunctions } from './checks/row-functions.ts';
export { rowSets } from './checks/row-sets.ts';
export { runChecks } from './checks/run-checks.ts';
export type { TableFunctionGroup } from './checks/table-function.ts';
export { tableFunctions } from './checks/table-values.ts';
export type { CheckEntry } from './checks/term.ts';
export { type ColumnStates, keepStates, keptStates, statesOfRows } from './column-states.ts';
export { diffRows, writeDifference } from './difference/diff-rows.ts';
export type { RowDiffOptions } from './difference/open-difference.ts';
export { isEqualData, type RowDifference } from './difference/row-difference.ts';
export { compareStates, compareTables, type DriftOptions } from './drift/compare-tables.ts';
export { type DriftDistance, driftDistances, type TableDrift } from './drift/drift.ts';
export { separateTables } from './drift/separate-tables.ts';
export type { TableSeparation } from './drift/separation.ts';
export {
  type AcceptedValue,
  acceptedAs,
  acceptedText,
  fileHistory,
  idOfParts,
  type JudgedTable,
  measuredText,
  type ReadHistory,
  readHistory,
  type ToldPoint,
  toldSeries,
} from './history/history-file.ts';
export { type HistoryJudgement, historyJudgement } from './history/judge-value.ts';
export { measuredValues } from './history/measured-values.ts';
export { type CheckHistory, type SeriesPoint, type ValueName, valueName } from './history/series.ts';
export { addCounts, countGroups, type GroupCounts, groupCounts, mostGroups } from './inspection/group-counts.ts';
export { findLosses, type GroupLoss, groupLoss, type LossLimits, valuedRows } from './inspection/group-losses.ts';
export { isOpenSql, type OpenRule } from './inspection/open-rows.ts';
export { foldPlaceSql, foldSql } from './key-folds.ts';
export { endsOfShares, partOfPlaceSql, placeCount, placeSql } from './key-place.ts';
export { findLeakage } from './leakage/find-leakage.ts';
export { type LeakageFinding, leakageFinding } from './leakage/leakage.ts';
export { missingWords } from './missing-words.ts';
export type { OutlierMethod } from './outliers.ts';
export { findOutlyingRows, type OutlyingRows, outlyingRows } from './outlying-rows.ts';
export { findPairs, type PairOptions } from './pairs/find-pairs.ts';
export { strongestPairs, type TablePairs, tablePairs } from './pairs/pairs.ts';
export { type ProfileOptions, profileSlice, profileStates, profileTable } from './profile-table.ts';
export { checkConditions, divideRows, type RowCondition, schemaConditions } from './quarantine.ts';
export { hashSums, rowDigest, rowText, sumsDigest, textHash } from './row-digest.ts';
export { findAnomalies, type SchemaComparison } from './schema/anomalies.ts';
export type { Anomaly } from './schema/anomaly.ts';
export { type AnomalyReason, rowReasons } from './schema/anomaly-reasons.ts';
export { compareSchemas, type SchemaChange } from './schema/compare-schemas.ts';
export { findDriftAnomalies } from './schema/drift-anomalies.ts';
export { inferSchema, isKeyName, schemaNotes } from './schema/infer-schema.ts';
export { patchSchemaFile, type SchemaPatch } from './schema/patch-schema.ts';
export { type ColumnSchema, type DataSchema, tableSchemaFile } from './schema/schema.ts';
export { flowText, readSchemaFile, writeSchemaFile } from './schema/schema-file.ts';
export { findSkewAnomalies } from './schema/skew-anomalies.ts';
export { missingGroup, type Slice, sliceExpression } from './slice-sql.ts';
export {
  type ColumnStatistics,
  quantilePercents,
  type SliceStatistics,
  sliceStatistics,
  type TableStatistics,
  tableStatistics,
  type ValueCount,
} from './statistics.ts';
export { type PartitionRule, timeUnits } from './suggestions/partition-rows.ts';
export { suggestChecks } from './suggestions/suggest-checks.ts';
export type { Suggestions } from './suggestions/suggestion.ts';
export { writeSuggestions } from './suggestions/write-checks.ts';
export { findFormats } from './text-formats.ts';
export { type DataWarning, type DataWarningKind, warningsOf } from './warnings.ts';
export { profileWeighted, type WeightedStatistics, weightedStatistics } from './weighted.ts';
