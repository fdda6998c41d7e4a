/** What programs import from `mlspec`: the declaration in TypeScript, and the types of a step's function. */
export type { StepContext, StepOutput } from './pipeline/index.ts';
export { defineSpec, paramValue, type ResolvedSpec, type SpecDocument, specText } from './spec/index.ts';
