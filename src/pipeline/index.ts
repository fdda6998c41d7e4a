export { attestInterrupted, type ReadArtifact, restate } from './attest.ts';
export {
  type CodeDifference,
  type CodeReader,
  compareCodeSet,
  createCodeReader,
  isBeside,
  programPrefix,
  projectFilesOf,
  pythonPrefix,
  toCodeSet,
} from './code-set.ts';
export { declaredFilesOf, fileIdentity } from './declared-files.ts';
export { environmentReference, modelEnvironment } from './environment-reference.ts';
export type { PublishedOutput, RunEvent, StepOutcome, StepState } from './events.ts';
export { interpretersOf } from './execute.ts';
export { executionKey, type KeyIngredients, keyIngredients, mayReuse } from './execution-key.ts';
export {
  codeReasons,
  compareColumns,
  compareIngredients,
  compareLocks,
  describeReason,
  type Reason,
} from './explain.ts';
export { toStepError } from './file-trouble.ts';
export type {
  CodeSet,
  ExecuteOptions,
  ExecutionOutcome,
  Executor,
  GateFiles,
  Handover,
  ImageQuestion,
  Invocation,
  InvocationError,
  InvocationInput,
  InvocationOutput,
  InvocationResult,
  LoadedFile,
  StepEvent,
  TrackingAccess,
} from './invocation.ts';
export { keptFileType } from './kept-files.ts';
export {
  type Component,
  completeStep,
  digestSteps,
  type EnvironmentReference,
  type PinnedArtifact,
  type Plan,
  type PlanInput,
  type PlanOutput,
  type PlanStep,
  type PlanStepDraft,
  type PortSource,
  type PortType,
  predecessors,
  type RetryRule,
  type Search,
  type StepLimits,
} from './plan.ts';
export { identifyStep } from './prepare-key.ts';
export { resolveInput } from './resolve-inputs.ts';
export type { EngineServices, Phase, ReadyEnvironment, RunOptions } from './run-context.ts';
export { type RunDescription, type RunResult, runPlan } from './run-plan.ts';
export { fileEnding } from './scratch.ts';
export { namedSteps, type Selection, selectSteps } from './select.ts';
export type {
  Fingerprint,
  GraphBuilder,
  KnownBefore,
  ProjectFiles,
  RegisteredBaseline,
  StageDefinition,
  StepContext,
  StepOutput,
} from './stage.ts';
export { logPrefix } from './traces.ts';
