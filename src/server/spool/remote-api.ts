/**
 * Calls of MLflow's REST API. What went wrong is told apart by what can be done about it: a server that is away is asked
 * again later, a call that it refuses is refused for good, and one that breaks it is tried again while others go on.
 */
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { redactJson } from '../../pipeline/local/index.ts';

/** Where the server is, and what signs in there. */
export interface RemoteServer {
  /** Without user and password. */
  readonly uri: string;
  /** The header `authorization`; null where nobody signs in. A secret. */
  readonly authorization: string | null;
}

/** The server does not answer, is overloaded, or does not let anybody in: everything waits. */
export class RemoteAway extends Error {
  /** When to ask again, as the server says; null where it does not. */
  readonly retryAfterMs: number | null;

  /** @param retryAfterMs when to ask again, as the server says */
  constructor(message: string, retryAfterMs: number | null = null) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The server broke over one call: what belongs together with it waits. */
export class RemoteBroken extends Error {}

/** The server lets this user not do it: what belongs together with it waits until somebody is given the right. */
export class RemoteDenied extends RemoteBroken {}

/** The server refused a call, and would refuse it again. */
export class RemoteRefused extends Error {
  readonly status: number;

  /** @param status the HTTP status */
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** A file that is sent. */
export interface RemoteFile {
  /** Below the server's root of artifacts. */
  readonly path: string;
  readonly sizeBytes: number;
  /** All bytes, or where they come from. */
  readonly content: Buffer | Readable;
}

/** A server as it is called. */
export interface RemoteApi {
  readonly uri: string;
  /**
   * Sends a message. @param name method and path, `POST runs/create`; fields of a GET stand in its query
   * @throws RemoteAway, RemoteBroken, RemoteRefused
   */
  call<Answer = object>(name: string, fields: object): Promise<Answer>;
  putFile(file: RemoteFile): Promise<void>;
  deleteFile(path: string): Promise<void>;
  /** Whether points that are logged twice are there once: what stock servers with a database do, and ours. */
  keepsPointsOnce(): Promise<boolean>;
}

/** A call that is not answered for so long is given up. Making many things takes a loaded server a while. */
const answerTimeoutMs = 60_000;
/** A file of which nothing could be sent for so long is given up. */
const stallTimeoutMs = 60_000;
const longestTold = 500;

/** Calls of a server. @param signal ends what is under way */
export function createRemoteApi(server: RemoteServer, signal: AbortSignal): RemoteApi {
  const base = server.uri.replace(/\/+$/, '');
  const headers: Readonly<Record<string, string>> =
    server.authorization === null ? {} : { authorization: server.authorization };
  const secrets = secretsOf(server.authorization);
  const send: Send = async (url, init, name) => {
    // A redirection would turn a POST into a GET, and could carry the credentials elsewhere.
    const response = await fetch(url, { ...init, redirect: 'manual' }).catch((error: unknown) => {
      throw new RemoteAway(`${base} does not answer: ${reasonOf(error)}`);
    });
    const text = await response.text().catch((error: unknown) => {
      throw new RemoteAway(`${base} broke its answer off: ${reasonOf(error)}`);
    });
    if (response.ok) return text;
    throw failureOf(response, redactJson(text, secrets), { base, name });
  };
  const call: RemoteApi['call'] = async (name, fields) => {
    const [method = '', path = ''] = name.split(' ');
    const hasBody = method !== 'GET';
    const query = hasBody ? '' : `?${new URLSearchParams(fields as Record<string, string>)}`;
    const text = await send(
      `${base}/api/2.0/mlflow/${path}${query}`,
      {
        method,
        headers: { ...headers, ...(hasBody ? { 'content-type': 'application/json' } : {}) },
        ...(hasBody ? { body: JSON.stringify(fields) } : {}),
        signal: AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]),
      },
      name,
    );
    try {
      return JSON.parse(text === '' ? '{}' : text);
    } catch {
      throw new RemoteAway(`${base} answered ${name} with what is no JSON: it is no tracking server`);
    }
  };
  const fileUrl = (path: string): string =>
    `${base}/api/2.0/mlflow-artifacts/artifacts/${path.split('/').map(encodeURIComponent).join('/')}`;
  return {
    uri: base,
    call,
    putFile: (file) => putFile(file, { url: fileUrl(file.path), headers, signal, send }),
    deleteFile: async (path) => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]);
      await send(fileUrl(path), { method: 'DELETE', headers, signal: limit }, `DELETE ${path}`);
    },
    keepsPointsOnce: async () => {
      const init = { headers, signal: AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]) };
      try {
        const text = await send(`${base}/api/3.0/mlflow/server-info`, init, 'GET server-info');
        return (JSON.parse(text) as { readonly store_type?: string }).store_type === 'SqlStore';
      } catch (error) {
        if (error instanceof RemoteRefused || error instanceof SyntaxError) return false;
        throw error;
      }
    },
  };
}

type Send = (url: string, init: RequestInit, name: string) => Promise<string>;

interface Upload {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly send: Send;
}

async function putFile({ path, sizeBytes, content }: RemoteFile, upload: Upload): Promise<void> {
  const stalled = new AbortController();
  const ended = new AbortController();
  const body = content instanceof Readable ? watched(content, { stalled, ended }) : content;
  const type = { 'content-type': 'application/octet-stream', 'content-length': String(sizeBytes) };
  const init = {
    method: 'PUT',
    headers: { ...upload.headers, ...type },
    // A stream is taken too, which its type does not say.
    body: body as unknown as Uint8Array<ArrayBuffer>,
    duplex: 'half' as const,
    signal: AbortSignal.any([upload.signal, stalled.signal]),
  };
  try {
    await upload.send(upload.url, init, `PUT ${path}`);
  } finally {
    ended.abort();
  }
}

/** A stream that breaks the request off where nothing of it is taken for a while. */
async function* watched(
  source: Readable,
  { stalled, ended }: { readonly stalled: AbortController; readonly ended: AbortController },
): AsyncGenerator<Uint8Array> {
  let moved = true;
  const watch = async (): Promise<void> => {
    while (moved) {
      moved = false;
      await pause(stallTimeoutMs, undefined, { signal: ended.signal });
    }
    stalled.abort(new Error(`nothing could be sent for ${stallTimeoutMs / 1000} s`));
  };
  watch().catch(() => undefined);
  for await (const piece of source) {
    moved = true;
    yield piece as Uint8Array;
  }
  moved = true;
}

/** Statuses after which the whole server is left alone for a while. */
const away = new Set([401, 407, 408, 425, 429, 502, 503, 504, 507]);

function failureOf(
  response: Response,
  text: string,
  { base, name }: { readonly base: string; readonly name: string },
): Error {
  const { status } = response;
  const told = `${base} answered ${name} with ${status}: ${toldBy(text)}`;
  const message = `${told}${whatToDo[status] ?? ''}`;
  if (status === 403) return new RemoteDenied(message);
  if (away.has(status) || status < 400) return new RemoteAway(message, retryAfterOf(response));
  return status >= 500 ? new RemoteBroken(message) : new RemoteRefused(message, status);
}

const whatToDo: Readonly<Record<number, string>> = {
  401: '; sign in with MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, and send again',
  403: '; sign in as somebody who may, or ask for the right, and send again',
};

/** What must not be repeated of a header that signs in: the server could. */
function secretsOf(authorization: string | null): string[] {
  if (authorization === null) return [];
  const [scheme, value = ''] = authorization.split(' ');
  if (scheme !== 'Basic') return [value];
  const decoded = Buffer.from(value, 'base64').toString('utf8');
  return [value, decoded.slice(decoded.indexOf(':') + 1)];
}

/** The message of an answer, or the beginning of what else it holds. */
function toldBy(text: string): string {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    if (typeof message === 'string') return message.slice(0, longestTold);
  } catch {
    // Not every answer comes from the tracking server itself.
  }
  return text.slice(0, longestTold);
}

function retryAfterOf(response: Response): number | null {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as { readonly cause?: { readonly code?: string }; readonly message: string };
  return cause?.code ?? message;
}
