import { PlatformError } from '../errors/index.ts';
import { approvedProperty } from '../provenance/index.ts';
import { keysFor, readTrust, type Trust } from '../provenance/keys/index.ts';
import { openRegistry, type PackagedVersion } from '../registry/index.ts';
import type { Config } from './config.ts';
import { approvalsNeeded, productionAlias, splitSelector, stateVerdict, verdictsAbout } from './package-verdicts.ts';
import type { ProjectRecord } from './project-record.ts';
import { withRecord } from './records.ts';
import { openSigning } from './signing.ts';
import { publishLogOrSay } from './transparency-log.ts';

/** An approval that was given. */
export interface Approval {
  readonly model: string;
  readonly version: string;
  /** Id of the key. */
  readonly signer: string;
  /** False where the same key had approved it before. */
  readonly isNew: boolean;
  /** Different trusted keys that approved it, and how many this user asks for. */
  readonly given: number;
  readonly needed: number;
  /** Whether this approval made it the production version. */
  readonly isPromoted: boolean;
}

/**
 * Approves a registered version with this user's key of the role `approver`. Once as many different keys did as this user
 * asks for, it is the production version.
 * @param name `MODEL`, `MODEL/VERSION` or `MODEL/ALIAS`
 * @throws PlatformError REGISTRY_MODEL_UNKNOWN, REGISTRY_VERSION_UNKNOWN, PROVENANCE_KEY_UNKNOWN where the key is not
 *   trusted with the role
 */
export async function approveModel(
  config: Config,
  request: { readonly name: string; readonly note: string | null; readonly onProgress: (message: string) => void },
): Promise<Approval> {
  const { name, note, onProgress } = request;
  return await withRecord(config, async (record) => {
    const registry = await openRegistry(record.metadata.database);
    const [model, selector] = splitSelector(name);
    const version = await registry.resolveModel(model, selector);
    const signing = openSigning(config);
    const trust = await readTrust(config.keysDir);
    const { keyId: signer } = await signing.signer('approver');
    requireApprover(trust, signer);
    const before = await approversOf(record, version, trust);
    const isNew = !before.has(signer);
    if (isNew) {
      await stateVerdict(record, version, { signing, as: 'approver', properties: [approvedProperty], note });
      await publishLogOrSay(config, { metadata: record.metadata, signing, onProgress });
    }
    const [given, needed] = [before.size + (isNew ? 1 : 0), approvalsNeeded(trust)];
    const isPromoted = isNew && given >= Math.max(needed, 1) && before.size < Math.max(needed, 1);
    if (isPromoted) await registry.setAlias(version.model, productionAlias, version.version);
    return { model: version.model, version: version.version, signer, isNew, given, needed, isPromoted };
  });
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
