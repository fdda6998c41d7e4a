/** What a protected alias asks of a version: approvals by others than who made it, and evidence that holds. */
import { isPlatformError } from '../errors/index.ts';
import { promotedProperty } from '../provenance/index.ts';
import { keysFor, type Trust } from '../provenance/keys/index.ts';
import { hasStage } from '../provenance/verify/index.ts';
import {
  type AliasCheck,
  type AliasDecision,
  aliasChecks,
  type CheckOutcome,
  type ModelRegistry,
  type ModelVersion,
  type PackagedVersion,
} from '../registry/index.ts';
import type { Config } from './config.ts';
import { gatePassedPrefix, isAbout, verdictsAbout } from './package-verdicts.ts';
import type { ProjectRecord } from './project-record.ts';
import type { Signing } from './signing.ts';
import { verifyModel } from './verify-model.ts';

/** Where an approval is noted, and with whose keys. */
interface Desk {
  readonly record: ProjectRecord;
  readonly trust: Trust;
  readonly signing: Signing;
  readonly registry: ModelRegistry;
}

/** Notes an approval for a protected alias, once for each key. It does not count where who gives it made the version. */
export async function noteApprovalFor(
  alias: string,
  of: { readonly version: PackagedVersion; readonly signer: string },
  desk: Desk,
): Promise<void> {
  const { registry, signing } = desk;
  const { version, signer: by } = of;
  const { model, ordinal } = version;
  if ((await approvalsOf(registry, version, alias)).some((one) => one.by === by)) return;
  const makers = await makersOf(version, desk);
  const own = [by, (await signing.signer('runner')).keyId];
  await registry.noteApproval({ model, ordinal, alias, by, counts: !own.some((key) => makers.has(key)) });
}

/** How many of those whose signed approvals are in the record count for a protected alias. */
export async function countApprovals(
  registry: ModelRegistry,
  of: { readonly version: PackagedVersion; readonly alias: string; readonly approvers: ReadonlySet<string> },
): Promise<number> {
  const approvals = await approvalsOf(registry, of.version, of.alias);
  const counting = approvals.filter(({ counts, by }) => counts && of.approvers.has(by));
  return new Set(counting.map(({ by }) => by)).size;
}

/** What the evidence of a version says. */
export interface EvidenceFor {
  /** Gates that it passed, by their names in capitals. Those that its declaration names passed, else it was not registered. */
  readonly gates: readonly string[];
  /** What does not hold, in words; approvals are counted elsewhere. */
  readonly missing: readonly string[];
  /** Of each thing that a protection may ask for, how it stands. */
  readonly checks: readonly CheckOutcome[];
}

/** Whether the evidence of a version is good enough for a protected alias. @param requires what the protection asks for besides */
export async function evidenceFor(
  config: Config,
  version: PackagedVersion,
  requires: readonly AliasCheck[] = [],
): Promise<EvidenceFor> {
  const verdict = await verifyModel(config, `${version.model}/${version.version}`);
  if (verdict === null) return { gates: [], missing: ['the version is not there any more'], checks: [] };
  const registrations = verdict.registrations.filter((claim) => isAbout(claim, version));
  const passed = registrations.flatMap(({ properties }) =>
    properties.filter((one) => one.startsWith(gatePassedPrefix)),
  );
  const gates = [...new Set(passed.map((one) => one.slice(gatePassedPrefix.length)))].sort();
  const broken = verdict.rules
    .filter(({ rule, holds }) => !holds && rule !== 'model/approved')
    .map(({ rule, says, broken: [first] }) => `${rule}: ${says}${first === undefined ? '' : `; ${first}`}`);
  const checks = [
    outcome('evidence', broken.length === 0, [every, broken.join('; ')]),
    outcome('gate', gates.length > 0, [`it passed ${gates.join(', ')}`, 'it passed no gate']),
    outcome('contract', hasStage(verdict.reached, 'validation'), [
      'what it was trained on passed validation',
      'no evidence that holds says that what it was trained on passed validation',
    ]),
  ];
  const asked = checks.filter(
    ({ check, state }) => check !== 'evidence' && state !== 'holds' && requires.includes(check),
  );
  return { gates, checks, missing: [...broken, ...asked.map(({ check, says }) => `${check}: ${says}`)] };
}

const every = 'every rule holds of the run that made it and of its registration';

function outcome(check: AliasCheck, holds: boolean, [yes, no]: readonly [string, string]): CheckOutcome {
  return { check, state: holds ? 'holds' : 'fails', says: holds ? yes : no };
}

/** What a server's requests are told of a version. What cannot be verified fails. */
export async function checksOfVersion(config: Config, version: ModelVersion): Promise<readonly CheckOutcome[]> {
  if (version.packageDigest === null) {
    const says = 'a client registered it by its address, so that it has no statements';
    return aliasChecks.map((check) => ({ check, state: 'absent', says }));
  }
  try {
    return (await evidenceFor(config, version as PackagedVersion)).checks;
  } catch (error) {
    if (!isPlatformError(error)) throw error;
    return aliasChecks.map((check) => ({ check, state: 'fails', says: `it cannot be verified: ${error.message}` }));
  }
}

async function approvalsOf(registry: ModelRegistry, version: PackagedVersion, alias: string): Promise<AliasDecision[]> {
  const decisions = await registry.listDecisions(version.model);
  return decisions.filter((one) => one.kind === 'approve' && one.alias === alias && one.ordinal === version.ordinal);
}

/** Ids of the keys that registered a version. */
async function makersOf(version: PackagedVersion, { record, trust, signing }: Desk): Promise<Set<string>> {
  const runners = [await signing.signer('runner'), ...keysFor(trust, 'runner', null)];
  const claims = await verdictsAbout(record, version, runners);
  return new Set(claims.flatMap(({ properties, signedBy }) => (properties.includes(promotedProperty) ? signedBy : [])));
}
