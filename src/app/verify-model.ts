import { now } from '../encoding/index.ts';
import { approvedProperty, promotedProperty } from '../provenance/index.ts';
import { readTrust } from '../provenance/keys/index.ts';
import {
  type RuleEvidence,
  type RuleVerdict,
  type RunVerdict,
  type VerdictClaim,
  verdictOf,
  verifyRun,
} from '../provenance/verify/index.ts';
import type { PackagedVersion } from '../registry/index.ts';
import type { Config } from './config.ts';
import { findVersion } from './find-version.ts';
import { approvalsNeeded, isAbout } from './package-verdicts.ts';
import { withRecord } from './records.ts';
import { presentRun } from './verify.ts';
import { viewLog } from './view-log.ts';

/** Whether a registered model is what a run made that did what was declared. */
export interface ModelVerdict extends RunVerdict {
  /** `MODEL/VERSION`. */
  readonly model: string;
  /** Ids of the keys that approved it. */
  readonly approvedBy: readonly string[];
}

/**
 * Verifies a registered version: the run that made it, that its package is that of this run, that its registration was
 * stated, and that as many approved it as this user asks for.
 * @param name `MODEL`, `MODEL/VERSION` or `MODEL/ALIAS`
 * @returns null where there is no such model
 * @throws PlatformError REGISTRY_VERSION_UNKNOWN, PROVENANCE_TRUST_BAD; CANCELED by the signal
 */
export async function verifyModel(
  config: Config,
  name: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ModelVerdict | null> {
  return await withRecord(config, async (record) => {
    const version = await findVersion(record.metadata.database, name);
    if (version === null) return null;
    const trust = await readTrust(config.keysDir);
    const verdict = await verifyRun(await presentRun(record, version.runId, await viewLog(config, trust)), {
      trust,
      nowMs: now(),
      checkArtifact: ({ digest, kind }) => record.artifacts.verify(digest, { kind, ...options }),
    });
    const approvedBy = approversOf(version, verdict);
    const more = modelRules(version, verdict, { approvals: approvedBy.length, needed: approvalsNeeded(trust) });
    return {
      ...verdict,
      model: `${version.model}/${version.version}`,
      approvedBy,
      rules: [...verdict.rules, ...more],
      isGood: verdict.isGood && more.every(({ holds }) => holds),
    };
  });
}

function modelRules(
  version: PackagedVersion,
  verdict: RunVerdict,
  approved: { readonly approvals: number; readonly needed: number },
): RuleVerdict[] {
  const isOfRun = verdict.packages.includes(version.packageDigest);
  const registered = verdict.registrations.filter(
    (one) => isLogged(one, version) && one.properties.includes(promotedProperty),
  );
  const { approvals, needed } = approved;
  return [
    verdictOf({
      rule: 'model/of-run',
      says: 'the registered package is the one that the run made',
      broken: isOfRun ? [] : ['it is another one'],
      evidence: [{ kind: 'artifact', name: 'package', digest: version.packageDigest, place: null }],
    }),
    verdictOf({
      rule: 'model/registered',
      says: 'a runner stated the registration',
      broken: registered.length > 0 ? [] : ['no statement says so'],
      evidence: registered.map(statementOf),
    }),
    verdictOf({
      rule: 'model/approved',
      says: `${needed === 0 ? 'as many' : needed} approvers as you ask for signed`,
      broken: approvals >= needed ? [] : [`${approvals} of ${needed} did`],
      evidence: approvedIn(version, verdict).map(statementOf),
    }),
  ];
}

function statementOf({ properties, statement, place }: VerdictClaim): RuleEvidence {
  return { kind: 'statement', name: properties.join(', '), digest: statement, place };
}

function approversOf(version: PackagedVersion, verdict: RunVerdict): string[] {
  return [...new Set(approvedIn(version, verdict).flatMap(({ signedBy }) => signedBy))];
}

function approvedIn(version: PackagedVersion, { approvals }: RunVerdict): VerdictClaim[] {
  return approvals.filter((one) => isLogged(one, version) && one.properties.includes(approvedProperty));
}

/** Only what the log holds counts. */
function isLogged(claim: VerdictClaim, version: PackagedVersion): boolean {
  return isAbout(claim, version) && claim.place !== null;
}
