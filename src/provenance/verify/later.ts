/** What is said of a run when it has long ended: documents, verdicts about its packages, deployments, windows, erasures. */
import { deploymentPredicateType } from '../deployment-statement.ts';
import { erasurePredicateType } from '../erasure-statement.ts';
import { member, text } from '../json-members.ts';
import { monitoringWindowPredicateType } from '../monitoring-statement.ts';
import { referencePredicateType } from '../reference-statement.ts';
import { verdictPredicateType } from '../verdict-statement.ts';
import type { Presented } from './evidence.ts';

const laterTypes: readonly (string | null)[] = [
  referencePredicateType,
  verdictPredicateType,
  erasurePredicateType,
  deploymentPredicateType,
  monitoringWindowPredicateType,
];

/** Whether an envelope claims to hold what is said when a run has long ended; believes nothing. */
export function isLater({ envelope }: Presented): boolean {
  return laterTypes.includes(claimedType(Buffer.from(envelope.payload, 'base64')));
}

function claimedType(body: Buffer): string | null {
  try {
    return text(member(JSON.parse(body.toString('utf8')), 'predicateType'));
  } catch {
    return null;
  }
}
