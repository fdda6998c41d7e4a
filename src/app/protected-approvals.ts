/** What a protected alias asks of a version: approvals by others than who made it, and evidence that holds. */
import { promotedProperty } from '../provenance/index.ts';
import { keysFor, type Trust } from '../provenance/keys/index.ts';
import type { AliasDecision, ModelRegistry, PackagedVersion } from '../registry/index.ts';
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
}

/** Whether the evidence of a version is good enough for a protected alias. */
export async function evidenceFor(config: Config, version: PackagedVersion): Promise<EvidenceFor> {
  const verdict = await verifyModel(config, `${version.model}/${version.version}`);
  if (verdict === null) return { gates: [], missing: ['the version is not there any more'] };
  const registrations = verdict.registrations.filter((claim) => isAbout(claim, version));
  const passed = registrations.flatMap(({ properties }) =>
    properties.filter((one) => one.startsWith(gatePassedPrefix)),
  );
  const broken = verdict.rules.filter(({ rule, holds }) => !holds && rule !== 'model/approved');
  return {
    gates: [...new Set(passed.map((one) => one.slice(gatePassedPrefix.length)))].sort(),
    missing: broken.map(
      ({ rule, says, broken: [first] }) => `${rule}: ${says}${first === undefined ? '' : `; ${first}`}`,
    ),
  };
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
