import { now } from '../encoding/index.ts';
import { approvedProperty, promotedProperty } from '../provenance/index.ts';
import { readTrust } from '../provenance/keys/index.ts';
import { type RuleVerdict, type RunVerdict, type VerdictClaim, verifyRun } from '../provenance/verify/index.ts';
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
  const isStated = verdict.registrations.some(
    (one) => isLogged(one, version) && one.properties.includes(promotedProperty),
  );
  const { approvals, needed } = approved;
  return [
    ruleOf('model/of-run', 'the registered package is the one that the run made', isOfRun ? [] : ['it is another one']),
    ruleOf('model/registered', 'a runner stated the registration', isStated ? [] : ['no statement says so']),
    ruleOf(
      'model/approved',
      `${needed === 0 ? 'as many' : needed} approvers as you ask for signed`,
      approvals >= needed ? [] : [`${approvals} of ${needed} did`],
    ),
  ];
}

function approversOf(version: PackagedVersion, { approvals }: RunVerdict): string[] {
  const own = approvals.filter((one) => isLogged(one, version) && one.properties.includes(approvedProperty));
  return [...new Set(own.flatMap(({ signedBy }) => signedBy))];
}

/** Only what the log holds counts. */
function isLogged(claim: VerdictClaim, version: PackagedVersion): boolean {
  return isAbout(claim, version) && claim.place !== null;
}

function ruleOf(rule: string, says: string, broken: readonly string[]): RuleVerdict {
  return { rule, says, broken, holds: broken.length === 0 };
}
