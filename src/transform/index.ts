export { type CompiledTransform, type CompileOptions, compileTransform } from './compile/compile.ts';
export { canonicalTransform, fittedTransformSchema, readTransform, writeTransform } from './document.ts';
export { type BatchSource, type FitOptions, fitTransform } from './fit/fit.ts';
export { removeOutliers } from './fit/outliers.ts';
export type { FunctionEntry, FunctionGroup, Parameter } from './functions/entry.ts';
export { transformFunctions, transformOperators } from './functions/table.ts';
export type {
  FeatureType,
  FittedFeature,
  FittedNode,
  FittedOutlierRule,
  FittedTransform,
  Operation,
  OutlierRule,
  OutputColumn,
  PreparedColumn,
  TransformFeature,
  TransformGraph,
  TransformInput,
  TransformNode,
} from './graph.ts';
export { applyTransform, type PreparedTransform, prepareTransform } from './interpreter.ts';
export { batchFromRows, type FeatureValue, type Row, rowsFromBatch } from './rows.ts';
export { checkPreparedColumns, preparedQuery } from './sql-columns.ts';
export { type TransformFileOptions, transformFile } from './transform-file.ts';
