/** What programs import from `mlspec`: the declaration in TypeScript, the types of a step's function, and the part of a key. */
export { type KeyRule, type KeyValue, partOfKey } from './data-quality/key-place.ts';
export type { StepContext, StepOutput } from './pipeline/index.ts';
export { defineSpec, paramValue, type ResolvedSpec, type SpecDocument, specText } from './spec/index.ts';
