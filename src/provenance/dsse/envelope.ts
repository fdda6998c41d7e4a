/**
 * DSSE envelopes: a body of bytes, the name of its type, and signatures over both. What is signed is the pre-authentication
 * encoding, in which every length stands before what it measures, so that no two pairs of type and body share an encoding.
 *
 * Three rules of the protocol are kept by the shape of this file: the key id only shortens the search for a key and
 * decides nothing; a signer counts once, however many signatures it left; and whoever opens an envelope gets the very
 * bytes whose signatures were checked, so that nothing is decoded twice.
 *
 * @see https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md
 */
import { PlatformError } from '../../errors/index.ts';
import { decodeBase64 } from '../base64.ts';
import { keyIdOf, type Signer, type Verifier, verifySignature } from '../signer.ts';

const largestSignatureCount = 64;

/** A body with signatures, as it stands in a file. */
export interface Envelope {
  readonly payloadType: string;
  /** The body in standard base64. */
  readonly payload: string;
  readonly signatures: readonly { readonly keyid?: string; readonly sig: string }[];
}

/** An envelope of which enough trusted signatures were checked. */
export interface OpenedEnvelope {
  readonly payloadType: string;
  readonly body: Buffer;
  /** Ids of the trusted keys that signed, each once, in the order in which they were given. */
  readonly signedBy: readonly string[];
}

/** Who must have signed. */
export interface EnvelopePolicy {
  readonly keys: readonly Verifier[];
  /** How many different keys of these. Default 1; less than 1 is refused. */
  readonly threshold?: number;
}

/** What is signed: type and body, each behind its length in bytes. */
export function preAuthEncoding(payloadType: string, body: Uint8Array): Buffer {
  const type = Buffer.from(payloadType, 'utf8');
  const head = Buffer.from(`DSSEv1 ${type.length} `, 'latin1');
  return Buffer.concat([head, type, Buffer.from(` ${body.length} `, 'latin1'), body]);
}

/** An envelope with a signature of each signer, in their order. */
export async function signEnvelope(
  payloadType: string,
  body: Uint8Array,
  signers: readonly Signer[],
): Promise<Envelope> {
  const message = preAuthEncoding(payloadType, body);
  const signatures = await Promise.all(
    signers.map(async (signer) => ({
      keyid: signer.keyId,
      sig: (await signer.sign(message)).toString('base64'),
    })),
  );
  return { payloadType, payload: Buffer.from(body).toString('base64'), signatures };
}

/**
 * Reads an envelope from JSON. Unknown members are ignored, as the protocol asks. Nothing in it may be believed before
 * `openEnvelope`.
 * @throws PlatformError PROVENANCE_ENVELOPE_BAD
 */
export function parseEnvelope(text: string): Envelope {
  const value = parseJson(text);
  const payloadType = member(value, 'payloadType');
  const payload = member(value, 'payload');
  const signatures = member(value, 'signatures');
  if (typeof payloadType !== 'string' || typeof payload !== 'string') throw bad('a text as payloadType and payload');
  if (decodePayload(payload) === null) throw bad('base64 in payload');
  if (!Array.isArray(signatures) || signatures.length === 0) throw bad('at least one signature');
  if (signatures.length > largestSignatureCount) throw bad(`at most ${largestSignatureCount} signatures`);
  return { payloadType, payload, signatures: signatures.map(readSignature) };
}

/** The body of an envelope that enough trusted keys have signed; null where they have not. */
export function openEnvelope(envelope: Envelope, policy: EnvelopePolicy): OpenedEnvelope | null {
  const { keys, threshold = 1 } = policy;
  const body = decodePayload(envelope.payload);
  if (body === null || !(threshold >= 1)) return null;
  const message = preAuthEncoding(envelope.payloadType, body);
  const signatures = envelope.signatures.map(({ sig }) => decodePayload(sig)).filter((sig) => sig !== null);
  const signedBy = distinctKeys(keys)
    .filter(([, key]) => signatures.some((signature) => verifySignature(key, message, signature)))
    .map(([keyId]) => keyId);
  return signedBy.length < threshold ? null : { payloadType: envelope.payloadType, body, signedBy };
}

/** Keys by id, each once: the same key under two names must not count twice. */
function distinctKeys(keys: readonly Verifier[]): readonly (readonly [string, Verifier])[] {
  return [...new Map(keys.map((key) => [keyIdOf(key.publicKey), key])).entries()];
}

/** Standard base64, or its form for addresses, there with or without padding: a verifier must take both. */
function decodePayload(text: string): Buffer | null {
  if (!/[-_]/.test(text) && text.length % 4 === 0) return decodeBase64(text);
  if (/[+/]/.test(text) || (text.includes('=') && text.length % 4 !== 0)) return null;
  const padded = text.padEnd(Math.ceil(text.length / 4) * 4, '=');
  return decodeBase64(padded.replaceAll('-', '+').replaceAll('_', '/'));
}

function readSignature(value: unknown): { keyid?: string; sig: string } {
  const sig = member(value, 'sig');
  const keyid = member(value, 'keyid');
  if (typeof sig !== 'string' || decodePayload(sig) === null) throw bad('base64 in every signature');
  if (keyid !== undefined && keyid !== null && typeof keyid !== 'string') throw bad('a text as keyid');
  return typeof keyid === 'string' ? { keyid, sig } : { sig };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw bad('JSON');
  }
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad('a JSON object');
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

function bad(expected: string): PlatformError {
  return new PlatformError('PROVENANCE_ENVELOPE_BAD', { message: `expected ${expected} in a signed envelope` });
}
