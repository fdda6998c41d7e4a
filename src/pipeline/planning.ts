/* What makes plans, apart from what carries them out: it loads the language of the declaration, a run does not. */
export { predecessorNames } from './conditions.ts';
export { planPipeline } from './plan-pipeline.ts';
