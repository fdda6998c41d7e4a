/* One message to one webhook: signed, over a connection to an address that was checked, without following redirects. */
import { createHmac } from 'node:crypto';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { WebhookTarget } from '../../tracking/index.ts';
import { type CheckedUrl, checkUrl, type WebhookPolicy } from './webhook-policy.ts';

/** What is sent. */
export interface WebhookMessage {
  /** The same at every attempt: by it a receiver knows what it has already. */
  readonly deliveryId: string;
  /** JSON. */
  readonly body: string;
  readonly sentAtMs: number;
}

/** How it is sent. */
export interface PostOptions {
  readonly policy: WebhookPolicy;
  /** For the whole exchange. Default 10 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What a receiver answered. */
export interface WebhookAnswer {
  readonly status: number;
  /** The first 16 KiB. */
  readonly body: string;
}

const defaultTimeoutMs = 10_000;
const longestAnswerBytes = 16 * 1024;

/** The signature of a message: `v1,` and the HMAC-SHA256 of its id, its time in seconds and its body, with dots between. */
export function signMessage(secret: string, { deliveryId, body, sentAtMs }: WebhookMessage): string {
  const signed = `${deliveryId}.${Math.floor(sentAtMs / 1000)}.${body}`;
  return `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`;
}

/**
 * Sends a message. Every answer is an answer, also one of 500 or a redirect, which is not followed.
 * @throws PlatformError TRACKING_BAD_VALUE for an address that may not be reached
 * @throws Error where there is no answer: no connection, no certificate that is trusted, too late
 */
export async function postMessage(
  target: WebhookTarget,
  message: WebhookMessage,
  options: PostOptions,
): Promise<WebhookAnswer> {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const late = AbortSignal.timeout(timeoutMs);
  const signal = options.signal === undefined ? late : AbortSignal.any([options.signal, late]);
  try {
    const checked = await unlessAborted(checkUrl(target.url, options.policy), signal);
    return await exchange(checked, { ...message, headers: headersOf(target.secret, message), signal });
  } catch (error) {
    throw late.aborted ? new Error(`no answer within ${timeoutMs / 1000} s`, { cause: error }) : error;
  }
}

function headersOf(secret: string | null, message: WebhookMessage): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(message.body)),
    'X-MLflow-Delivery-Id': message.deliveryId,
    'X-MLflow-Timestamp': String(Math.floor(message.sentAtMs / 1000)),
    ...(secret === null ? {} : { 'X-MLflow-Signature': signMessage(secret, message) }),
  };
}

interface Exchange {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

function exchange({ url, addresses }: CheckedUrl, { body, headers, signal }: Exchange): Promise<WebhookAnswer> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const lookup = lookupOf(addresses);
    const sent = request(url, { method: 'POST', headers, lookup, signal, agent: false }, (response) => {
      readAnswer(response).then(resolve, reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Answers with the addresses that were checked, whatever the name means by now. */
function lookupOf(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_name, options, done) => {
    if (options.all === true) done(null, found);
    else done(null, found[0]!.address, found[0]!.family);
  };
}

/** The beginning of an answer; what is beyond is not waited for. */
async function readAnswer(response: IncomingMessage): Promise<WebhookAnswer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length >= longestAnswerBytes) break;
  }
  const body = Buffer.concat(parts).subarray(0, longestAnswerBytes).toString('utf8');
  return { status: response.statusCode!, body };
}

async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
