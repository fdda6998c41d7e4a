/**
 * The log of the tracking server: one line for each answered request and each failure. As JSON for collectors, as plain
 * lines for people. Neither holds a query, a header or a body: that is where tokens, signed links and data are.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { formatInstant, now, visibleText } from '../../encoding/index.ts';
import { isPlatformError } from '../../errors/index.ts';

/** One answered request. */
export interface RequestRecord {
  readonly id: string;
  readonly method: string;
  /** Without the query; cut where it is very long. */
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  /** Whoever signed in; absent where nobody did. */
  readonly user?: string;
  /** By what the token begins with which somebody signed in; absent with a password. Never the secret. */
  readonly token?: string;
}

/** Who is behind a request, as the log tells it. */
export type LoggedCaller = { readonly user: string | null; readonly token: string | null } | null;

/** How a log is written. */
export type LogForm = 'json' | 'text';

/** Takes what is to be logged. */
export interface RequestLog {
  answered(record: RequestRecord): void;
  /** @param where the id of the request, or the part of the server that failed */
  failed(error: unknown, where: string): void;
  /** Writes what is still held back. */
  close(): void;
}

const longestPath = 1000;

/** What is told of an answered request. */
export function recordOf(request: FastifyRequest, reply: FastifyReply, caller: LoggedCaller): RequestRecord {
  return {
    id: request.id,
    method: request.method,
    path: request.url.split('?', 1)[0]!.slice(0, longestPath),
    status: reply.statusCode,
    durationMs: Math.round(reply.elapsedTime * 1000) / 1000,
    ...(caller?.user == null ? {} : { user: caller.user }),
    ...(caller?.token == null ? {} : { token: caller.token }),
  };
}

/** A log on standard error. JSON is written in the background; `close` waits for it. */
export async function createRequestLog(form: LogForm): Promise<RequestLog> {
  return form === 'json' ? await jsonLog() : textLog((line) => void process.stderr.write(`${line}\n`));
}

async function jsonLog(): Promise<RequestLog> {
  const { pino } = await import('pino');
  // Whole lines at a time, each in one write that a pipe takes as one: several processes may write to it.
  const destination = pino.destination({ fd: 2, sync: false, maxWrite: 4096 });
  const options = {
    base: { pid: process.pid },
    timestamp: () => `,"time":"${formatInstant(now())}"`,
    formatters: { level: (level: string) => ({ level }) },
  };
  const log = pino(options, destination);
  return {
    answered: ({ id, ...rest }) => {
      const fields = { requestId: id, ...rest };
      if (rest.status >= 500) log.error(fields, 'answered');
      else log.info(fields, 'answered');
    },
    failed: (error, where) => {
      const code = isPlatformError(error) ? error.code : 'INTERNAL';
      const stack = error instanceof Error ? error.stack : undefined;
      log.error({ requestId: where, code, stack }, messageOf(error));
    },
    close: () => destination.flushSync(),
  };
}

/** A log of plain lines: time, status, duration, method, path, request, and who asked where somebody signed in. */
export function textLog(write: (line: string) => void): RequestLog {
  const at = (): string => formatInstant(now()).slice(11, 23);
  return {
    answered: ({ id, method, path, status, durationMs, ...who }) =>
      write(
        `${at()}  ${status}  ${durationMs.toFixed(1).padStart(8)} ms  ${method.padEnd(6)} ${visibleText(path)}  ${id}${said(who)}`,
      ),
    failed: (error, where) => write(`${at()}  error in ${where}: ${visibleText(messageOf(error))}`),
    close: () => undefined,
  };
}

function said({ user, token }: Pick<RequestRecord, 'user' | 'token'>): string {
  return user === undefined ? '' : `  ${visibleText(user)}${token === undefined ? '' : ` by ${token}`}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
