import type { QueryEngine } from '../../tables/index.ts';
import { findDuplicateRows } from './duplicate-rows.ts';
import { findGroupOverlap } from './group-overlap.ts';
import { findLabelConflicts } from './label-conflicts.ts';
import { type LeakageFinding, type LeakageInput, leakageKinds } from './leakage.ts';
import { findTargetEncodings } from './target-encodings.ts';
import { findTellingColumns } from './telling-columns.ts';
import { findTimeTravel } from './time-travel.ts';

const detectors = [
  findGroupOverlap,
  findDuplicateRows,
  findLabelConflicts,
  findTimeTravel,
  findTellingColumns,
  findTargetEncodings,
] as const;

/**
 * Looks for everything by which a model may look better on other parts than it is. The sources have, beside their columns, the place of each
 * row in the dataset as `__row`. What is found depends on neither the order of the rows nor the number of threads.
 */
export async function findLeakage(
  engine: QueryEngine,
  input: LeakageInput,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (done: number, of: number) => void } = {},
): Promise<LeakageFinding[]> {
  const { onProgress, ...asked } = options;
  const found: LeakageFinding[] = [];
  for (const [done, detect] of detectors.entries()) {
    onProgress?.(done, detectors.length);
    found.push(...(await detect(engine, input, asked)));
  }
  return found.sort((one, other) => leakageKinds.indexOf(one.kind) - leakageKinds.indexOf(other.kind));
}
