import { type Digest, formatInstant, type JsonObject } from '../encoding/index.ts';
import { describe, type StatementBody, statementBody } from './statement.ts';

/** `predicateType` of a verdict about a model. @see https://github.com/in-toto/attestation/blob/main/spec/predicates/svr.md */
export const verdictPredicateType = 'https://in-toto.io/attestation/svr/v0.2';

/** What a release says of the package that it registered. */
export const promotedProperty = 'MLSPEC_REGISTERED';
/** What somebody says who approves a model. */
export const approvedProperty = 'MLSPEC_APPROVED';

/** What a further owner says of a statement that one owner signed. */
export const agreedProperty = 'MLSPEC_OWNER_AGREED';

/** What somebody who is entitled to says of a package. */
export interface PackageVerdict {
  readonly run: string;
  /** Id of the key that signs. */
  readonly verifier: string;
  /** What it was judged by: declarations, by digest. */
  readonly policies: readonly { readonly name: string; readonly digest: Digest }[];
  readonly properties: readonly string[];
  /** `MODEL/VERSION`. */
  readonly model: string;
  readonly packageDigest: Digest;
  readonly atMs: number;
  /** In words; null: none. */
  readonly note: string | null;
}

/** The statement of a verdict: its subject is the package. */
export function verdictStatement(verdict: PackageVerdict): StatementBody {
  const { run, verifier, policies, properties, model, packageDigest, atMs, note } = verdict;
  const predicate = {
    verifier: {
      id: `urn:mlspec:key:${verifier}`,
      policies: policies.map(({ name, digest }) => describe(name, digest)),
    },
    timeCreated: formatInstant(atMs),
    properties,
    mlspec_run: run,
    ...(note === null ? {} : { mlspec_note: note.toWellFormed() }),
  } as unknown as JsonObject;
  return statementBody([describe(model, packageDigest)], verdictPredicateType, predicate);
}

/** That a further owner agrees to what one signed. */
export interface OwnerAgreement {
  readonly run: string;
  /** Id of the key that signs. */
  readonly signer: string;
  /** The declaration of the run. */
  readonly policy: { readonly name: string; readonly digest: Digest };
  /** The statement, by the digest of its body: `layout/RUN`, `objectives/RUN` or `erasure/RUN`. */
  readonly to: { readonly name: string; readonly digest: Digest };
  readonly atMs: number;
  /** In words; null: none. */
  readonly note: string | null;
}

/** The statement of an owner's agreement: its subject is the statement that it agrees to. */
export function agreementStatement({ run, signer, policy, to, atMs, note }: OwnerAgreement): StatementBody {
  return verdictStatement({
    ...{ run, verifier: signer, policies: [policy], properties: [agreedProperty], atMs, note },
    ...{ model: to.name, packageDigest: to.digest },
  });
}
