import type { SignedStatement } from '../../metadata/index.ts';
import type { Signer } from '../../provenance/index.ts';
import { keysFor, readTrust, type Trust, toTrusted, withKey } from '../../provenance/keys/index.ts';
import type { Config } from '../config.ts';
import { openSigning, type SigningRole } from '../signing.ts';

const roles = ['owner', 'runner', 'validator'] as const satisfies readonly SigningRole[];

/**
 * Whose signatures a folder carries: of its statements, of the folder, of checkpoints of the log. A key that this user
 * trusts stands with the roles it is trusted in, one that only a variable hands in with those it signs in here. Nobody
 * trusts them because they are here; they let be told whether the folder contradicts itself.
 */
export async function signersOf(
  config: Config,
  statements: readonly Pick<SignedStatement, 'signatures'>[],
): Promise<Trust> {
  const signing = openSigning(config);
  const own = await Promise.all(roles.map(async (role) => ({ role, signer: await signing.signer(role) })));
  const folder = await signing.signer('runner');
  const signed = new Set([
    folder.keyId,
    ...statements.flatMap(({ signatures }) => signatures.map(({ keyid }) => keyid)),
  ]);
  const trust = await readTrust(config.keysDir);
  const log = keysFor(trust, 'log', null);
  const known = trust.keys.filter((key) => signed.has(key.keyId) || log.includes(key));
  return own
    .filter(({ signer }) => signed.has(signer.keyId))
    .reduce((all, { role, signer }) => withOwn(all, signer, role), { keys: known, thresholds: {} } as Trust);
}

function withOwn(trust: Trust, signer: Signer, role: (typeof roles)[number]): Trust {
  const known = trust.keys.find(({ keyId }) => keyId === signer.keyId);
  // A revoked key stays what it is; another key may have the name of the role already.
  if (known !== undefined && known.end !== null) return trust;
  const isTaken = trust.keys.some(({ name, end }) => name === role && end === null);
  return withKey(
    trust,
    toTrusted(signer, { name: isTaken ? `${role}-${signer.keyId.slice(0, 12)}` : role, roles: [role] }),
  );
}
