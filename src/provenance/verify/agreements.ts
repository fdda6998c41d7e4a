/**
 * What further owners say who agree to what one of them signed: each in a statement of their own, in the log, whose subject is
 * that of the first by its digest. So it has its own place in the log, and a key that was revoked before it agreed counts for
 * nothing, which a signature added to the first statement could not show.
 */
import type { Digest } from '../../encoding/index.ts';
import type { Verifier } from '../signer.ts';
import { agreedProperty } from '../verdict-statement.ts';
import { openStatement, type Presented } from './evidence.ts';
import { readVerdict } from './verdicts.ts';

/**
 * The owners who agreed to statements of a run, by the digest of what they agreed to. What no log holds does not count.
 * @param ownersAt the keys that may sign as owner what is presented
 */
export function openAgreements(
  presented: readonly Presented[],
  ownersAt: (one: Presented) => readonly Verifier[],
  run: string,
): ReadonlyMap<Digest, readonly string[]> {
  const agreed = new Map<Digest, string[]>();
  for (const one of presented) {
    const opened = one.place === null ? null : openStatement(one, ownersAt(one));
    const claim = opened === null ? null : readVerdict(opened, run);
    if (claim === null || !claim.properties.includes(agreedProperty)) continue;
    agreed.set(claim.packageDigest, [...(agreed.get(claim.packageDigest) ?? []), ...claim.signedBy]);
  }
  return agreed;
}
