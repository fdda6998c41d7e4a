/* How much one client may cost: bytes of headers and bodies, and the time that it may take to send them. */
import type { Duplex } from 'node:stream';
import { answer } from './errors.ts';
import type { Route } from './route.ts';

const mebibyte = 1024 * 1024;

/** What every server of this kind is made with. */
export const limits = {
  /** All headers of one request together. */
  headerBytes: 32 * 1024,
  /** From the first byte of a connection, or of its next request, to the end of the headers. */
  headerTimeoutMs: 15_000,
  /** How often connections are looked at for that. */
  lookEveryMs: 5000,
  /** Between two requests on one connection: longer than the pauses of clients that log. */
  idleTimeoutMs: 75_000,
  /** From the end of the headers to the end of a message. */
  messageTimeoutMs: 60_000,
  /** Bodies of messages that are held at once, by all requests together. */
  heldBytes: 256 * mebibyte,
} as const;

/** The same as options of the HTTP library. */
export function connectionLimits(headerTimeoutMs: number = limits.headerTimeoutMs) {
  return {
    keepAliveTimeout: limits.idleTimeoutMs,
    http: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: headerTimeoutMs,
      connectionsCheckingInterval: Math.min(limits.lookEveryMs, headerTimeoutMs),
    },
  };
}

const usualBodyBytes = 4 * mebibyte;
const largeBodyBytes = 32 * mebibyte;
/** Messages that carry what users log; the profile of one dataset alone may be 16 MiB. */
const carriers =
  /^\/mlflow\/(runs\/(log-(batch|inputs|model)|outputs)|logged-models(\/\{model_id\}\/params)?|traces.*)$/;

/** The largest body of a message to an endpoint. */
export function bodyLimitOf({ path }: Pick<Route, 'path'>): number {
  return carriers.test(path) ? largeBodyBytes : usualBodyBytes;
}

/** Answers what is no HTTP, or takes too long to become a request, in the form of every other error, and hangs up. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const { status, title, code, message } = whyRefused(error);
  const body = JSON.stringify(answer(status, code, message).body);
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

interface Refusal {
  readonly status: number;
  readonly title: string;
  readonly code: string;
  readonly message: string;
}

function whyRefused({ code }: NodeJS.ErrnoException): Refusal {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return {
      status: 408,
      title: 'Request Timeout',
      code: 'REQUEST_TIMEOUT',
      message: `The headers of the request took longer than ${limits.headerTimeoutMs / 1000} seconds.`,
    };
  if (code === 'HPE_HEADER_OVERFLOW')
    return {
      status: 431,
      title: 'Request Header Fields Too Large',
      code: 'INVALID_PARAMETER_VALUE',
      message: `The headers of the request are larger than ${limits.headerBytes} bytes.`,
    };
  return { status: 400, title: 'Bad Request', code: 'BAD_REQUEST', message: 'This is no valid HTTP request.' };
}
