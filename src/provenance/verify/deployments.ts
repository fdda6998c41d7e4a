/** What was served of a run's package, long after the run had ended. */
import type { Digest } from '../../encoding/index.ts';
import { deploymentPredicateType } from '../deployment-statement.ts';
import { member, text } from '../json-members.ts';
import { digestNamed, type Opened } from './evidence.ts';

/** One deployment, as a key that is trusted states it. */
export interface DeploymentClaim {
  /** The digest of its statement. */
  readonly statement: Digest;
  /** `MODEL/VERSION`; null: served from a folder or by its run. */
  readonly model: string | null;
  readonly packageDigest: Digest;
  /** Of the declaration that it names. */
  readonly specDigest: string | null;
  /** When it began, as its signer says. */
  readonly startedOn: string;
  readonly signedBy: readonly string[];
  readonly place: number;
}

/** What a statement says was served; null where it speaks of another run, has another form, or no log holds it. */
export function readDeployment(opened: Opened, run: string): DeploymentClaim | null {
  const { digest, signedBy, place } = opened;
  const { predicate, predicateType, subject } = opened.statement;
  const packageDigest = digestNamed(subject[0]);
  const startedOn = text(member(predicate, 'startedOn'));
  if (predicateType !== deploymentPredicateType || member(predicate, 'mlspec_run') !== run || place === null)
    return null;
  if (subject.length !== 1 || packageDigest === null || startedOn === null) return null;
  return {
    ...{ statement: digest, packageDigest, startedOn, signedBy, place },
    model: text(member(predicate, 'model')),
    specDigest: text(member(member(predicate, 'spec'), 'digest')),
  };
}
