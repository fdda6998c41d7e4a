export type { RunStatus, StepStatus } from './run-status.ts';
export { type StatusServer, serveRunStatus } from './serve-run-status.ts';
