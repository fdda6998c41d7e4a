/**
 * AWS Signature Version 4: what proves to a store that a request comes from whoever has the secret key, and that method,
 * path, query, headers and bytes are those that were signed. The secret itself never leaves this program.
 *
 * Paths are taken as they are sent, encoded once and not normalised: the rule of S3, whose keys may hold any character.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHmac, hash } from 'node:crypto';
import { formatInstant } from '../../encoding/index.ts';

/** What signs in at a store. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of credentials that expire; null for lasting ones. */
  readonly sessionToken: string | null;
  /** Where it is known: others are asked for some time before. */
  readonly expiresAtMs?: number;
}

/** A request that is to be signed. */
export interface UnsignedRequest {
  readonly method: string;
  /** Percent-encoded, as it is sent. */
  readonly path: string;
  /** Not encoded, in any order. */
  readonly query: QueryFields;
  /** Names in lower case; all of them are signed. `host` has to be among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body in hexadecimal digits, or `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
}

/** Names and values of a query. */
export type QueryFields = readonly (readonly [name: string, value: string])[];

/** Who signs, for which service, and when. */
export interface Signing {
  readonly credentials: S3Credentials;
  readonly region: string;
  /** `s3`. */
  readonly service: string;
  readonly atMs: number;
}

/** What is signed for bodies that nobody has hashed: those of links that others send to. */
export const unsignedPayload = 'UNSIGNED-PAYLOAD';

const algorithm = 'AWS4-HMAC-SHA256';

/** The value of the header `authorization`. */
export function authorizationOf(request: UnsignedRequest, signing: Signing): string {
  const { credentials } = signing;
  const credential = `${credentials.accessKeyId}/${scopeOf(signing)}`;
  return `${algorithm} Credential=${credential}, SignedHeaders=${signedNames(request)}, Signature=${signatureOf(request, signing)}`;
}

/**
 * The query of a link that carries its own permission, encoded, with the fields of the request.
 * @param expiresInS at most 604,800, seven days
 */
export function presignedQuery(
  request: Omit<UnsignedRequest, 'payloadHash'>,
  signing: Signing,
  expiresInS: number,
): string {
  const { accessKeyId, sessionToken } = signing.credentials;
  const added: QueryFields = [
    ['X-Amz-Algorithm', algorithm],
    ['X-Amz-Credential', `${accessKeyId}/${scopeOf(signing)}`],
    ['X-Amz-Date', amzDate(signing.atMs)],
    ['X-Amz-Expires', String(expiresInS)],
    ...(sessionToken === null ? [] : [['X-Amz-Security-Token', sessionToken] as const]),
    ['X-Amz-SignedHeaders', signedNames(request)],
  ];
  const query = [...request.query, ...added];
  const signature = signatureOf({ ...request, query, payloadHash: unsignedPayload }, signing);
  return `${encodeQuery(query)}&X-Amz-Signature=${signature}`;
}

/** An instant as signatures write it: `20150830T123600Z`. */
export function amzDate(atMs: number): string {
  return `${formatInstant(atMs).slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

/** A query, encoded, in the order in which it is signed. */
export function encodeQuery(query: QueryFields): string {
  const pairs = query.map(([name, value]) => [encodePart(name), encodePart(value)] as const);
  return pairs
    .sort(([name, value], [otherName, otherValue]) => compare(name, otherName) || compare(value, otherValue))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** A key as part of a path: every byte but letters, digits, `-._~` and `/` is encoded. */
export function encodeKey(key: string): string {
  return key.split('/').map(encodePart).join('/');
}

/** What is signed, as text: for tests that compare it with what others say. */
export function canonicalRequest(request: UnsignedRequest): string {
  const headers = sortedHeaders(request).map(([name, value]) => `${name}:${value.trim().replaceAll(/\s+/g, ' ')}\n`);
  const parts = [request.method, request.path, encodeQuery(request.query), headers.join('')];
  return [...parts, signedNames(request), request.payloadHash].join('\n');
}

function signatureOf(request: UnsignedRequest, signing: Signing): string {
  const toSign = [
    algorithm,
    amzDate(signing.atMs),
    scopeOf(signing),
    hash('sha256', canonicalRequest(request), 'hex'),
  ].join('\n');
  return hmac(signingKey(signing), toSign).toString('hex');
}

function signingKey({ credentials, region, service, atMs }: Signing): Buffer {
  const date = hmac(Buffer.from(`AWS4${credentials.secretAccessKey}`), amzDate(atMs).slice(0, 8));
  return hmac(hmac(hmac(date, region), service), 'aws4_request');
}

function scopeOf({ atMs, region, service }: Signing): string {
  return `${amzDate(atMs).slice(0, 8)}/${region}/${service}/aws4_request`;
}

function signedNames(request: Pick<UnsignedRequest, 'headers'>): string {
  return sortedHeaders(request)
    .map(([name]) => name)
    .join(';');
}

function sortedHeaders({ headers }: Pick<UnsignedRequest, 'headers'>): readonly [string, string][] {
  return Object.entries(headers).sort(([name], [other]) => compare(name, other));
}

/** Percent-encodes as RFC 3986 says; `encodeURIComponent` leaves five characters more. */
function encodePart(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
