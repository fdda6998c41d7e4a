/**
 * What was said of a package when its run had ended: that it was registered, that somebody approved it. No rule about the
 * run looks at it; those about a registered model do.
 */
import type { Digest } from '../../encoding/index.ts';
import { member, text } from '../json-members.ts';
import type { Verifier } from '../signer.ts';
import { verdictPredicateType } from '../verdict-statement.ts';
import { digestNamed, type Opened, openStatement, type Presented } from './evidence.ts';

/** One such verdict, of a key that is trusted. */
export interface VerdictClaim {
  /** The digest of its statement. */
  readonly statement: Digest;
  readonly properties: readonly string[];
  /** `MODEL/VERSION` and digest of the package. */
  readonly model: string;
  readonly packageDigest: Digest;
  readonly note: string | null;
  readonly signedBy: readonly string[];
  /** Its place in the log; null where none that was checked holds it. */
  readonly place: number | null;
}

/** What a statement says of a package; null where it speaks of another run or has another form. */
export function readVerdict({ statement, digest, signedBy, place }: Opened, run: string): VerdictClaim | null {
  const { predicate, predicateType, subject } = statement;
  const properties = member(predicate, 'properties');
  const [model, packageDigest] = [text(member(subject[0], 'name')), digestNamed(subject[0])];
  if (predicateType !== verdictPredicateType || member(predicate, 'mlspec_run') !== run) return null;
  if (!Array.isArray(properties) || subject.length !== 1 || model === null || packageDigest === null) return null;
  return {
    ...{ statement: digest, model, packageDigest, signedBy, place },
    properties: properties.filter((one) => typeof one === 'string'),
    note: text(member(predicate, 'mlspec_note')),
  };
}

/** The verdicts about packages of a run that are among statements and that one of the keys signed. */
export function openVerdicts(statements: readonly Presented[], keys: readonly Verifier[], run: string): VerdictClaim[] {
  return statements.flatMap((one) => {
    const opened = openStatement(one, keys);
    return (opened === null ? null : readVerdict(opened, run)) ?? [];
  });
}
