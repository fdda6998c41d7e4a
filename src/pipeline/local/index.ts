export { type Breakpoint, type DebugSession, runUnderDebugger } from './debug-process.ts';
export { createLocalExecutor } from './executor.ts';
export type { LauncherOptions } from './launch-of.ts';
export { endLeftBehind } from './stray.ts';
