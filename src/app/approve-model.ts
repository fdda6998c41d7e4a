import { PlatformError } from '../errors/index.ts';
import { approvedProperty } from '../provenance/index.ts';
import { keysFor, readTrust, type Trust } from '../provenance/keys/index.ts';
import { type AliasCheck, type AliasDecision, openRegistry, type PackagedVersion } from '../registry/index.ts';
import type { Config } from './config.ts';
import { approvalsNeeded, productionAlias, splitSelector, stateVerdict, verdictsAbout } from './package-verdicts.ts';
import type { ProjectRecord } from './project-record.ts';
import { countApprovals, evidenceFor, noteApprovalFor } from './protected-approvals.ts';
import { withRecord } from './records.ts';
import { openSigning, type Signing } from './signing.ts';
import { publishLogOrSay } from './transparency-log.ts';

/** An approval that was given. */
export interface Approval {
  readonly model: string;
  readonly version: string;
  /** For which alias: what is asked for differs. */
  readonly alias: string;
  /** Id of the key. */
  readonly signer: string;
  /** False where the same key had approved it before. */
  readonly isNew: boolean;
  /** Different trusted keys that approved it, and how many are asked for. */
  readonly given: number;
  readonly needed: number;
  /** Whether this approval moved the alias to it. */
  readonly isPromoted: boolean;
  /** Gates that it passed; null where nobody asked, as before the last approval. */
  readonly gates: readonly string[] | null;
  /** What of its evidence does not hold, in words: a protected alias does not move then. */
  readonly missing: readonly string[];
}

/** What is to be approved. */
export interface ApprovalRequest {
  /** `MODEL`, `MODEL/VERSION` or `MODEL/ALIAS`. */
  readonly name: string;
  readonly note: string | null;
  /** Default `production`. */
  readonly alias?: string | undefined;
  readonly onProgress: (message: string) => void;
}

/**
 * Approves a registered version with this user's key of the role `approver`. Once as many different keys did as this user
 * or the protection of the alias asks for, the alias points at it. A protected alias moves only to a version
 * whose evidence holds, and who made the version is not among those who count.
 * @throws PlatformError REGISTRY_MODEL_UNKNOWN, REGISTRY_VERSION_UNKNOWN, REGISTRY_NO_PACKAGE, PROVENANCE_KEY_UNKNOWN where
 *   the key is not trusted with the role
 */
export async function approveModel(config: Config, request: ApprovalRequest): Promise<Approval> {
  const [trust, signing] = [await readTrust(config.keysDir), openSigning(config)];
  const signed = await withRecord(config, (record) => signApproval({ config, record, trust, signing }, request));
  const { version, alias, given, needed, isDue } = signed;
  const { gates, missing } =
    isDue && signed.isProtected ? await evidenceFor(config, version, signed.requires) : { gates: null, missing: [] };
  const isPromoted = isDue && missing.length === 0;
  const by = signed.signer;
  if (isPromoted) {
    await withRecord(config, async ({ metadata }) => {
      await (await openRegistry(metadata.database)).promoteVersion(version, { alias, by });
    });
  }
  const { isNew } = signed;
  return {
    model: version.model,
    version: version.version,
    alias,
    signer: by,
    isNew,
    given,
    needed,
    isPromoted,
    gates,
    missing,
  };
}

/** Where and with what is signed. */
interface Desk {
  readonly config: Config;
  readonly record: ProjectRecord;
  readonly trust: Trust;
  readonly signing: Signing;
}

/** An approval, and how many there are now. */
interface SignedApproval {
  readonly version: PackagedVersion;
  readonly alias: string;
  readonly signer: string;
  readonly isNew: boolean;
  readonly isProtected: boolean;
  /** What its protection asks for besides approvals. */
  readonly requires: readonly AliasCheck[];
  /** Whether the alias is to move: not back to a version that had it, when somebody approves that once more. */
  readonly isDue: boolean;
  readonly given: number;
  readonly needed: number;
}

async function signApproval(desk: Desk, request: ApprovalRequest): Promise<SignedApproval> {
  const { config, record, trust, signing } = desk;
  const { name, note, alias = productionAlias, onProgress } = request;
  const registry = await openRegistry(record.metadata.database);
  const [model, selector] = splitSelector(name);
  const version = await registry.resolveModel(model, selector);
  const { keyId: signer } = await signing.signer('approver');
  requireApprover(trust, signer);
  const before = await approversOf(record, version, trust);
  const isNew = !before.has(signer);
  if (isNew) {
    await stateVerdict(record, version, { signing, as: 'approver', properties: [approvedProperty], note });
    await publishLogOrSay(config, { metadata: record.metadata, signing, onProgress });
  }
  const protection = await registry.approvalsFor(version.model, alias);
  const isProtected = protection > 0;
  if (isProtected) await noteApprovalFor(alias, { version, signer }, { ...desk, registry });
  const all = new Set([...before, signer]);
  const given = isProtected ? await countApprovals(registry, { version, alias, approvers: all }) : all.size;
  const needed = Math.max(approvalsNeeded(trust), protection, 1);
  const isFirst = isProtected
    ? !(await registry.listDecisions(version.model)).some((one) => isMove(one, version, alias))
    : isNew && before.size < needed;
  const isDue = given >= needed && isFirst;
  const requires = await registry.checksFor(version.model, alias);
  return { version, alias, signer, isNew, isProtected, requires, isDue, given, needed };
}

function isMove(decision: AliasDecision, { ordinal }: PackagedVersion, alias: string): boolean {
  return decision.kind === 'move' && decision.alias === alias && decision.ordinal === ordinal;
}

/** Ids of the trusted approvers whose signed approvals of a version the record holds. */
async function approversOf(record: ProjectRecord, version: PackagedVersion, trust: Trust): Promise<Set<string>> {
  const verdicts = await verdictsAbout(record, version, keysFor(trust, 'approver', null));
  const approvals = verdicts.filter(({ properties }) => properties.includes(approvedProperty));
  return new Set(approvals.flatMap(({ signedBy }) => signedBy));
}

function requireApprover(trust: Trust, signer: string): void {
  if (keysFor(trust, 'approver', null).some(({ keyId }) => keyId === signer)) return;
  throw new PlatformError('PROVENANCE_KEY_UNKNOWN', {
    message: `expected a key that is trusted with the role approver, found ${signer.slice(0, 12)}, which is not`,
    hint: 'mlspec keys new approver --role approver',
  });
}
