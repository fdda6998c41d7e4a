/** What runners and approvers say of registered packages: stated, and read. */
import { now } from '../encoding/index.ts';
import {
  envelopeOf,
  promotedProperty,
  type Verifier,
  verdictPredicateType,
  verdictStatement,
} from '../provenance/index.ts';
import { keysFor, type Trust } from '../provenance/keys/index.ts';
import { openVerdicts, type VerdictClaim } from '../provenance/verify/index.ts';
import type { PackagedVersion } from '../registry/index.ts';
import type { ProjectRecord } from './project-record.ts';
import type { Signing, SigningRole } from './signing.ts';

/** The alias that says which version serves. Until rollouts are carried out, a release or the last approval moves it. */
export const productionAlias = 'production';

/** What the properties that tell of a passed gate begin with. */
export const gatePassedPrefix = 'MLSPEC_GATE_PASSED_';

/** How many different approvers this user asks for before a version goes into production; 0 where nobody said. */
export function approvalsNeeded(trust: Trust): number {
  return trust.thresholds.approver ?? 0;
}

/** States that a package was registered by a release, where no runner whom this user trusts stated it yet. */
export async function stateRegistration(
  { metadata }: ProjectRecord,
  version: PackagedVersion,
  by: { readonly signing: Signing; readonly trust: Trust; readonly gates: readonly string[] },
): Promise<void> {
  const runners = [await by.signing.signer('runner'), ...keysFor(by.trust, 'runner', null)];
  const stated = await verdictsAbout({ metadata }, version, runners);
  if (stated.some(({ properties }) => properties.includes(promotedProperty))) return;
  const passed = by.gates.map((gate) => `${gatePassedPrefix}${gate.toUpperCase()}`);
  await stateVerdict({ metadata }, version, {
    ...{ signing: by.signing, as: 'runner', note: null },
    properties: [promotedProperty, ...passed],
  });
}

/** What keys signed about exactly this version and its package, as the record holds it. */
export async function verdictsAbout(
  { metadata }: Pick<ProjectRecord, 'metadata'>,
  version: PackagedVersion,
  keys: readonly Verifier[],
): Promise<VerdictClaim[]> {
  const statements = await metadata.runStatements(version.runId);
  const presented = statements.map((one) => ({ envelope: envelopeOf(one), place: one.logPlace }));
  return openVerdicts(presented, keys, version.runId).filter((claim) => isAbout(claim, version));
}

/** Whether a claim is about a version: its name and the digest of its package. */
export function isAbout(claim: VerdictClaim, version: PackagedVersion): boolean {
  return claim.model === nameOf(version) && claim.packageDigest === version.packageDigest;
}

/** `MODEL/SELECTOR` in two. */
export function splitSelector(name: string): [string, string | undefined] {
  const at = name.lastIndexOf('/');
  return at < 0 ? [name, undefined] : [name.slice(0, at), name.slice(at + 1)];
}

/** What is to be stated, and who signs it. */
interface Verdict {
  readonly signing: Signing;
  readonly as: SigningRole;
  readonly properties: readonly string[];
  readonly note: string | null;
}

/** Signs a verdict about a version and puts it into the record. */
export async function stateVerdict(
  { metadata }: Pick<ProjectRecord, 'metadata'>,
  version: PackagedVersion,
  { signing, as, properties, note }: Verdict,
): Promise<void> {
  const { runId, packageDigest } = version;
  const run = await metadata.getRun(runId);
  const { keyId } = await signing.signer(as);
  const statement = verdictStatement({
    ...{ run: runId, verifier: keyId, packageDigest, properties, note },
    policies: [{ name: run.spec, digest: run.specDigest }],
    model: nameOf(version),
    atMs: now(),
  });
  await metadata.putRunStatement(
    { runId, predicateType: verdictPredicateType },
    await signing.statement(statement, as),
  );
}

function nameOf({ model, version }: PackagedVersion): string {
  return `${model}/${version}`;
}
