export { type AcceptedStatement, acceptedStatements, type NamedDigest } from './accepted.ts';
export type { RunEvidence } from './case.ts';
export type { DeploymentClaim } from './deployments.ts';
export type { Presented } from './evidence.ts';
export { hasStage } from './level.ts';
export type { ReferenceClaim } from './references.ts';
export { type SameUserWay, sameUserWays } from './same-user.ts';
export { openVerdicts, type VerdictClaim } from './verdicts.ts';
export { type RuleVerdict, type RunVerdict, verifyRun } from './verify-run.ts';
