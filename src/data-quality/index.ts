export { findAnomalies, type SchemaComparison } from './anomalies.ts';
export type { Anomaly } from './anomaly.ts';
export type { AnomalyReason } from './anomaly-reasons.ts';
export { type CompiledCheck, compileCheck, compileCondition } from './check-sql.ts';
export { type CheckResult, type DeclaredCheck, runChecks } from './checks.ts';
export { type ColumnStates, keepStates, keptStates, statesOfRows } from './column-states.ts';
export { compareSchemas, type SchemaChange } from './compare-schemas.ts';
export { diffRows, writeDifference } from './difference/diff-rows.ts';
export type { RowDiffOptions } from './difference/open-difference.ts';
export { isEqualData, type RowDifference } from './difference/row-difference.ts';
export { compareStates, compareTables, type DriftOptions } from './drift/compare-tables.ts';
export { type DriftDistance, driftDistances, type TableDrift } from './drift/drift.ts';
export { separateTables } from './drift/separate-tables.ts';
export type { TableSeparation } from './drift/separation.ts';
export { findDriftAnomalies } from './drift-anomalies.ts';
export { inferSchema, isKeyName, schemaNotes } from './infer-schema.ts';
export { endsOfShares, placeCount, placeSql } from './key-place.ts';
export type { OutlierMethod } from './outliers.ts';
export { findOutlyingRows, type OutlyingRows, outlyingRows } from './outlying-rows.ts';
export { findPairs, type PairOptions } from './pairs/find-pairs.ts';
export { strongestPairs, type TablePairs, tablePairs } from './pairs/pairs.ts';
export { patchSchemaFile, type SchemaPatch } from './patch-schema.ts';
export { type ProfileOptions, profileSlice, profileStates, profileTable } from './profile-table.ts';
export { checkConditions, divideRows, type RowCondition, schemaConditions } from './quarantine.ts';
export { digestSums, rowDigest, rowText, sumsDigest } from './row-digest.ts';
export { type ColumnSchema, type DataSchema, tableSchemaFile } from './schema.ts';
export { readSchemaFile, writeSchemaFile } from './schema-file.ts';
export { findSkewAnomalies } from './skew-anomalies.ts';
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
export { findFormats } from './text-formats.ts';
export { type DataWarning, type DataWarningKind, warningsOf } from './warnings.ts';
export { profileWeighted, type WeightedStatistics, weightedStatistics } from './weighted.ts';
