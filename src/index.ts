/** What programs import from `mlspec`: the declaration in TypeScript, the types of a step's function, and the part and the fold of a key. */
export { type FoldRule, foldOfKey } from './data-quality/key-folds.ts';
export { type KeyRule, type KeyValue, partOfKey } from './data-quality/key-place.ts';
export type { StepContext, StepOutput } from './pipeline/index.ts';
export { defineSpec, paramValue, type ResolvedSpec, type SpecDocument, specText } from './spec/index.ts';
export type { TableBatch } from './tables/index.ts';
