import { type Digest, now } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { RunRecord, RunStatementRecord } from '../metadata/index.ts';
import {
  agreedProperty,
  agreementStatement,
  envelopeOf,
  erasurePredicateType,
  layoutPredicateType,
  objectivesPredicateType,
  openEnvelope,
  verdictPredicateType,
} from '../provenance/index.ts';
import { keysFor, readTrust, type Trust, thresholdOf } from '../provenance/keys/index.ts';
import { openVerdicts } from '../provenance/verify/index.ts';
import type { Config } from './config.ts';
import type { ProjectRecord } from './project-record.ts';
import { withRecord } from './records.ts';
import { openSigning } from './signing.ts';
import { publishLogOrSay } from './transparency-log.ts';

/** An owner's agreement to a run. */
export interface Agreement {
  readonly run: string;
  /** Id of the key. */
  readonly signer: string;
  /** How many statements it newly agrees to; 0 where it had signed or agreed to all of them before. */
  readonly agreedTo: number;
  /** Different trusted owners who signed the layout or agreed to it, and how many this user asks for. */
  readonly given: number;
  readonly needed: number;
}

const ownedTypes = new Map([
  [layoutPredicateType, 'layout'],
  [objectivesPredicateType, 'objectives'],
  [erasurePredicateType, 'erasure'],
]);

/**
 * Agrees, with this user's key of the role `owner`, to what another owner signed of a run: its layout, its objectives, what
 * was erased. Only what an owner signed whom this user trusts is agreed to.
 * @throws PlatformError METADATA_RUN_UNKNOWN, METADATA_RUN_AMBIGUOUS; PROVENANCE_KEY_UNKNOWN where the key, or whoever signed
 *   the layout, is not trusted with the role
 */
export async function agreeToRun(
  config: Config,
  request: { readonly name: string; readonly note: string | null; readonly onProgress: (message: string) => void },
): Promise<Agreement> {
  const { name, note, onProgress } = request;
  return await withRecord(config, async (record) => {
    const run = await record.metadata.getRun(name);
    const signing = openSigning(config);
    const trust = await readTrust(config.keysDir);
    const { keyId: signer } = await signing.signer('owner');
    requireOwner(trust, signer);
    const owned = await ownedStatements(record, run, trust);
    const layout = owned.find(({ type }) => type === layoutPredicateType);
    if (layout === undefined) throw unknownOwner(run);
    const open = owned.filter(({ owners }) => !owners.has(signer));
    for (const { digest, type } of open) {
      const statement = agreementStatement({
        ...{ run: run.id, signer, note, atMs: now() },
        policy: { name: run.spec, digest: run.specDigest },
        to: { name: `${ownedTypes.get(type)}/${run.id}`, digest },
      });
      await record.metadata.putRunStatement(
        { runId: run.id, predicateType: verdictPredicateType },
        await signing.statement(statement, 'owner'),
      );
    }
    if (open.length > 0) await publishLogOrSay(config, { metadata: record.metadata, signing, onProgress });
    const given = new Set([...layout.owners, signer]).size;
    return { run: run.id, signer, agreedTo: open.length, given, needed: thresholdOf(trust, 'owner') };
  });
}

interface OwnedStatement {
  readonly digest: Digest;
  readonly type: string;
  /** Ids of the trusted owners who signed it, or agreed to it. */
  readonly owners: ReadonlySet<string>;
}

/** What owners whom this user trusts said of a run, as the record holds it. */
async function ownedStatements({ metadata }: ProjectRecord, run: RunRecord, trust: Trust): Promise<OwnedStatement[]> {
  const keys = keysFor(trust, 'owner', null);
  const statements = await metadata.runStatements(run.id);
  const presented = statements.map((one) => ({ envelope: envelopeOf(one), place: one.logPlace }));
  const agreements = openVerdicts(presented, keys, run.id).filter(({ properties }) =>
    properties.includes(agreedProperty),
  );
  const ownersOf = (statement: RunStatementRecord): Set<string> => {
    const signed = openEnvelope(envelopeOf(statement), { keys })?.signedBy ?? [];
    const agreed = agreements.filter(({ packageDigest }) => packageDigest === statement.digest);
    return new Set(signed.length === 0 ? [] : [...signed, ...agreed.flatMap(({ signedBy }) => signedBy)]);
  };
  return statements
    .filter(({ predicateType }) => ownedTypes.has(predicateType))
    .map((one) => ({ digest: one.digest, type: one.predicateType, owners: ownersOf(one) }))
    .filter(({ owners }) => owners.size > 0);
}

function requireOwner(trust: Trust, signer: string): void {
  if (keysFor(trust, 'owner', null).some(({ keyId }) => keyId === signer)) return;
  throw new PlatformError('PROVENANCE_KEY_UNKNOWN', {
    message: `expected a key that is trusted with the role owner, found ${signer.slice(0, 12)}, which is not`,
    hint: 'mlspec keys new owner --role owner',
  });
}

function unknownOwner({ id }: RunRecord): PlatformError {
  return new PlatformError('PROVENANCE_KEY_UNKNOWN', {
    message: `expected a layout of ${id} that a key signed which is trusted with the role owner, found none`,
    hint: 'Ask the owner for the public key: mlspec keys trust NAME --file FILE --role owner',
  });
}
