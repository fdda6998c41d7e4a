export type { Environment, EnvironmentLock, EnvironmentSpec, ResolveOptions } from './environment.ts';
export { inspectPython } from './inspect-python.ts';
export { lockDigest, resolveEnvironment } from './resolve-environment.ts';
export { runTool } from './run-tool.ts';
