/** What the executions of a run found, each by the execution that its outputs were made by. */
import type { RunCase } from './case.ts';
import type { AssertionClaim, ExecutionClaim } from './evidence.ts';

/** What the execution found that made the outputs of a claim; null where nothing of this type is there. */
export function assertionOf(of: RunCase, claim: ExecutionClaim, type: string): AssertionClaim | null {
  return assertionsOf(of, claim, type)[0] ?? null;
}

/** Each different thing of this type that it says to have found. */
export function assertionsOf(of: RunCase, claim: ExecutionClaim, type: string): AssertionClaim[] {
  const found = findingsOf(of, claim).filter(({ statement }) => statement.predicateType === type);
  return [...new Map(found.map((one) => [one.digest, one])).values()];
}

/** Whatever the execution that made the outputs of a claim is said to have found. */
export function findingsOf(of: RunCase, claim: ExecutionClaim): AssertionClaim[] {
  const made = claim.state === 'CACHED' ? claim.reusedFrom?.executionId : claim.execution;
  return of.assertions.filter(({ execution }) => execution === made);
}
