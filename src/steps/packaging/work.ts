import type { LoadedModel } from '../../models/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import type { QueryEngine } from '../../tables/index.ts';
import type { FittedTransform } from '../../transform/index.ts';
import type { PackagingParams } from './plan.ts';

/** What the parts of packaging work with. */
export interface PackagingWork {
  readonly context: StepContext;
  readonly params: PackagingParams;
  readonly engine: QueryEngine;
  readonly model: LoadedModel;
  readonly transform: FittedTransform;
  /** The original model's answers to the checked part. */
  readonly expected: string;
}
