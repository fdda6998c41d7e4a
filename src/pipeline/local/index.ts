export { type CodeCaller, callCode } from './call-code.ts';
export { findEngine } from './container-engine.ts';
export { type Breakpoint, type DebugSession, runUnderDebugger } from './debug-process.ts';
export { createLocalExecutor } from './executor.ts';
export type { LauncherOptions } from './launch-of.ts';
export { isPythonName } from './python-watch.ts';
export { redactJson } from './redact.ts';
export { endLeftBehind } from './stray.ts';
