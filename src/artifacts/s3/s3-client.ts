/**
 * Requests to a store that speaks S3: signed, over kept connections, with a limit on silence, and sent again where the
 * failure may pass. Every request that this adapter makes may be sent twice: objects have the name of their content or of
 * the instant, and what is refused the second time because it was done the first time is what was wanted.
 */
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { now, secureRandomBytes } from '../../encoding/index.ts';
import { throwIfCanceled } from '../files/file-errors.ts';
import { type RequestBody, sha256Of, sizeOf, writeBody } from './request-body.ts';
import { isNetworkError, isUntrusted, S3Failure } from './s3-errors.ts';
import { placeOf, type S3Settings } from './settings.ts';
import { amzDate, authorizationOf, encodeQuery, type QueryFields, type S3Credentials } from './signature.ts';
import { readXml } from './xml.ts';

/** What is asked of a store. */
export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Null for the bucket itself. */
  readonly key: string | null;
  readonly query?: QueryFields;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  readonly signal?: AbortSignal | undefined;
}

const attemptsAtMost = 5;
const firstWaitMs = 100;
const longestWaitMs = 5000;
const defaultSilenceMs = 60_000;
const renewBeforeMs = 300_000;
const connectionsAtMost = 32;
const errorBytesAtMost = 64 << 10;

/** Sends requests to one bucket. */
export class S3Client {
  readonly settings: S3Settings;
  readonly #agent: HttpAgent;
  #credentials: Promise<S3Credentials> | null = null;

  constructor(settings: S3Settings) {
    this.settings = settings;
    const options = { keepAlive: true, maxSockets: connectionsAtMost, timeout: settings.silenceMs ?? defaultSilenceMs };
    const ofStore = settings.certificates === undefined ? {} : { ca: settings.certificates };
    this.#agent = settings.endpoint.startsWith('https:')
      ? new HttpsAgent({ ...options, ...ofStore })
      : new HttpAgent(options);
  }

  /**
   * The answer to a request, whose body has to be read or destroyed.
   * @throws S3Failure for every answer that is not 2xx, once trying again does not help
   */
  async send(request: S3Request): Promise<IncomingMessage> {
    for (let attempt = 1; ; attempt++) {
      throwIfCanceled(request.signal);
      try {
        return await this.#sendOnce(request);
      } catch (error) {
        throwIfCanceled(request.signal);
        if (attempt === attemptsAtMost || !this.#mayPass(error)) throw error;
        await waitBefore(attempt, request.signal);
      }
    }
  }

  /** The same where the body of the answer is small or does not matter. */
  async sendForText(
    request: S3Request,
  ): Promise<{ readonly text: string; readonly headers: IncomingMessage['headers'] }> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.send(request);
      try {
        const text = await readText(answer);
        // Some calls answer 200 before they know whether they succeed.
        if (readXml(text)?.name === 'Error') throw new S3Failure(500, text, answer.headers);
        return { text, headers: answer.headers };
      } catch (error) {
        throwIfCanceled(request.signal);
        if (attempt === attemptsAtMost || !this.#mayPass(error)) throw error;
        await waitBefore(attempt, request.signal);
      }
    }
  }

  /** What signs; asked for once, and again when it has expired or is about to. */
  async credentials(): Promise<S3Credentials> {
    const held = this.#credentials;
    const expiresAtMs = (await held)?.expiresAtMs ?? Number.POSITIVE_INFINITY;
    if (expiresAtMs - renewBeforeMs < now() && this.#credentials === held) this.#credentials = null;
    this.#credentials ??= this.settings.credentials().catch((error: unknown) => {
      this.#credentials = null;
      throw error;
    });
    return await this.#credentials;
  }

  #mayPass(error: unknown): boolean {
    if (error instanceof S3Failure && error.isExpired) this.#credentials = null;
    if (error instanceof S3Failure) return error.isPassing || error.isExpired;
    return isNetworkError(error) && !isUntrusted((error as { code?: unknown }).code);
  }

  async #sendOnce(request: S3Request): Promise<IncomingMessage> {
    const { host, path } = placeOf(this.settings, request.key);
    const headers = await this.#signed(request, { host, path });
    const query = encodeQuery(request.query ?? []);
    const answer = await this.#exchange(request, {
      url: new URL(`${new URL(this.settings.endpoint).protocol}//${host}`),
      path: query === '' ? path : `${path}?${query}`,
      headers,
    });
    const status = answer.statusCode!;
    if (status >= 200 && status < 300) return answer;
    throw new S3Failure(status, await readText(answer), answer.headers);
  }

  async #signed(request: S3Request, { host, path }: { host: string; path: string }): Promise<Record<string, string>> {
    const credentials = await this.credentials();
    const [atMs, payloadHash] = [now(), sha256Of(request.body)];
    const headers = {
      ...request.headers,
      host,
      'x-amz-content-sha256': payloadHash,
      'x-amz-date': amzDate(atMs),
      ...(credentials.sessionToken === null ? {} : { 'x-amz-security-token': credentials.sessionToken }),
    };
    const signing = { credentials, region: this.settings.region, service: 's3', atMs };
    const unsigned = { method: request.method, path, query: request.query ?? [], headers, payloadHash };
    return {
      ...headers,
      authorization: authorizationOf(unsigned, signing),
      'content-length': String(sizeOf(request.body)),
    };
  }

  #exchange(
    request: S3Request,
    to: { url: URL; path: string; headers: Record<string, string> },
  ): Promise<IncomingMessage> {
    const send = to.url.protocol === 'https:' ? requestHttps : requestHttp;
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const { method, signal } = request;
    const options = { method, path: to.path, headers: to.headers, agent: this.#agent, ...(signal && { signal }) };
    const sent = send(to.url, options, resolve);
    const { silenceMs = defaultSilenceMs } = this.settings;
    sent.setTimeout(silenceMs, () => sent.destroy(silent(silenceMs)));
    sent.on('error', reject);
    // A store that refuses early answers before it has read the body: what breaks then is not the news.
    writeBody(sent, request.body).catch((error: Error) => {
      reject(error);
      sent.destroy(error);
    });
    return promise;
  }
}

/** The body of an answer as text, no more than an error needs. */
async function readText(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    sizeBytes += part.length;
    if (answer.statusCode! >= 300 && sizeBytes > errorBytesAtMost) break;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Waits longer after every attempt, and never as long as others who failed at the same time. */
async function waitBefore(attempt: number, signal: AbortSignal | undefined): Promise<void> {
  const most = Math.min(longestWaitMs, firstWaitMs * 2 ** attempt);
  const share = secureRandomBytes(2).readUInt16LE() / 65_535;
  await sleep(most * (0.5 + share / 2), undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}

function silent(silenceMs: number): Error {
  return Object.assign(new Error(`no byte came for ${silenceMs / 1000} s`), { code: 'ETIMEDOUT' });
}
