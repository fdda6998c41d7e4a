import type { Digest, JsonObject } from '../encoding/index.ts';
import { describe, type StatementBody, statementBody } from './statement.ts';

/** `predicateType` of a statement that binds documents to what they speak of. @see https://github.com/in-toto/attestation */
export const referencePredicateType = 'https://in-toto.io/attestation/reference/v0.1';

/** A document, by digest. */
export interface ReferencedFile {
  /** Its file name. */
  readonly name: string;
  readonly digest: Digest;
  readonly mediaType: string;
}

/** What documents belong to. */
export interface Reference {
  readonly run: string;
  /** Id of the key that signs. */
  readonly attester: string;
  readonly subjects: readonly { readonly name: string; readonly digest: Digest }[];
  readonly references: readonly ReferencedFile[];
}

/** The statement that documents (a bill of materials, a card) belong to a model, data or a run. */
export function referenceStatement({ run, attester, subjects, references }: Reference): StatementBody {
  const predicate = {
    attester: { id: `urn:mlspec:key:${attester}` },
    references: references.map(({ name, digest, mediaType }) => ({
      ...describe(name, digest),
      // Documents are handed on by hand: where one lies is told by its name alone.
      downloadLocation: encodeURIComponent(name.toWellFormed()),
      mediaType,
    })),
    mlspec_run: run,
  } as unknown as JsonObject;
  return statementBody(
    subjects.map(({ name, digest }) => describe(name, digest)),
    referencePredicateType,
    predicate,
  );
}
