import type { JsonObject } from '../encoding/index.ts';

/** What tests can come to, as the in-toto predicate names it. */
export type TestResult = 'PASSED' | 'WARNED' | 'FAILED';

/** What lets a run go on where the declaration lets it go on with warnings. */
export const notFailed: readonly TestResult[] = ['PASSED', 'WARNED'];

/** Names of tests by how they ended. */
export interface TestOutcomes {
  readonly passed: readonly string[];
  /** Not passed, and of no consequence as declared; or nobody may know. */
  readonly warned: readonly string[];
  readonly failed: readonly string[];
}

/**
 * What tests came to, as an in-toto test-result predicate without its `configuration`, which the engine adds. Where
 * nothing was tested the result is WARNED: nothing passed.
 */
export function testResult({ passed, warned, failed }: TestOutcomes, more: JsonObject = {}): JsonObject {
  const isClear = warned.length === 0 && passed.length > 0;
  const result: TestResult = failed.length > 0 ? 'FAILED' : isClear ? 'PASSED' : 'WARNED';
  return { result, passedTests: [...passed], warnedTests: [...warned], failedTests: [...failed], ...more };
}
