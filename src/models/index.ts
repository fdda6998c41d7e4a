export { type AnswerRawOptions, answerRawFile } from './answer-raw.ts';
export { parseMlmodelSignature } from './mlmodel-signature.ts';
export type {
  LoadedModel,
  LoadOptions,
  ModelColumns,
  ModelDescription,
  ModelRuntime,
  ModelValue,
  PredictFileOptions,
  PredictRowsOptions,
} from './model.ts';
export { type ModelDirectory, type NodeFlavor, readModelDirectory } from './model-directory.ts';
export { type OpenModelOptions, openModel, openRuntime, type RuntimeOptions } from './open-model.ts';
export { decide, type PackageFacts, readPackageFacts } from './package.ts';
export { createPythonRuntime, type PythonRuntimeOptions } from './python/python-runtime.ts';
export {
  type ModelSignature,
  readSignature,
  type SignatureColumn,
  type SignatureType,
  signatureColumns,
  signatureDocument,
} from './signature.ts';
export type { PredictFunction } from './typescript/module-predictor.ts';
export { createNodeRuntime, type NodeRuntimeOptions } from './worker/node-runtime.ts';
