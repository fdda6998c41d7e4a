import { canonicalJson, type Digest, formatInstant } from '../encoding/index.ts';
import { type Envelope, signEnvelope } from './dsse/envelope.ts';
import type { Signer } from './signer.ts';
import { type StatementBody, statementPayloadType } from './statement.ts';

/** What a log takes in of a statement: never its body, which may be removed later. */
export interface LoggedStatement {
  readonly mlspec: 'statement/v1';
  /** SHA-256 of the body. */
  readonly statement: Digest;
  readonly predicateType: string;
  /** Ids of the keys that signed it. */
  readonly signedBy: readonly string[];
  /** When it was signed, as its signer says. */
  readonly at: string;
}

/** A statement's text, its signatures, and the text of its entry of the log. */
export interface SignedBody {
  readonly body: string;
  readonly signatures: Envelope['signatures'];
  readonly logEntry: string;
}

/** Signs a statement with each key, and makes its entry of the log. */
export async function signStatement(
  { body, digest, statement }: StatementBody,
  signers: readonly Signer[],
  atMs: number,
): Promise<SignedBody> {
  const { signatures } = await signEnvelope(statementPayloadType, Buffer.from(body), signers);
  const entry: LoggedStatement = {
    mlspec: 'statement/v1',
    statement: digest,
    predicateType: statement.predicateType,
    signedBy: signers.map(({ keyId }) => keyId),
    at: formatInstant(atMs),
  };
  return { body, signatures, logEntry: canonicalJson(entry) };
}

/** The envelope of a statement that was kept as text and signatures. */
export function envelopeOf({ body, signatures }: Pick<SignedBody, 'body' | 'signatures'>): Envelope {
  return { payloadType: statementPayloadType, payload: Buffer.from(body).toString('base64'), signatures };
}
