import { formatInstant } from '../encoding/index.ts';
import { type Envelope, signEnvelope } from './dsse/envelope.ts';
import { aboutOf, formatLogEntry } from './log-entry.ts';
import type { Signer } from './signer.ts';
import { type StatementBody, statementPayloadType } from './statement.ts';

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
  const { run, execution } = aboutOf(statement.predicate);
  const logEntry = formatLogEntry({
    mlspec: 'statement/v1',
    statement: digest,
    predicateType: statement.predicateType,
    run,
    ...(execution === null ? {} : { execution }),
    signedBy: signers.map(({ keyId }) => keyId),
    at: formatInstant(atMs),
  });
  return { body, signatures, logEntry };
}

/** The envelope of a statement that was kept as text and signatures. */
export function envelopeOf({ body, signatures }: Pick<SignedBody, 'body' | 'signatures'>): Envelope {
  return { payloadType: statementPayloadType, payload: Buffer.from(body).toString('base64'), signatures };
}
