import { type ErrorKind, type PlatformError, toPlatformError } from '../../errors/index.ts';

/** An error as the MLflow REST API answers it. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: { readonly error_code: string; readonly message: string };
  /** Seconds after which the client may try again; null where that would not help. */
  readonly retryAfter: number | null;
}

/**
 * Statuses and codes by kind. The client repeats whatever is answered with 408, 429 or 5xx for minutes, so that nothing a
 * user did wrong is among those.
 */
const byKind: Readonly<Record<ErrorKind, readonly [number, string]>> = {
  usage: [400, 'INVALID_PARAMETER_VALUE'],
  'invalid-input': [400, 'INVALID_PARAMETER_VALUE'],
  'precondition-failed': [400, 'INVALID_PARAMETER_VALUE'],
  'user-code': [400, 'INVALID_PARAMETER_VALUE'],
  'not-found': [404, 'RESOURCE_DOES_NOT_EXIST'],
  'already-exists': [400, 'RESOURCE_ALREADY_EXISTS'],
  conflict: [409, 'RESOURCE_CONFLICT'],
  'permission-denied': [403, 'PERMISSION_DENIED'],
  'resource-exhausted': [503, 'TEMPORARILY_UNAVAILABLE'],
  unavailable: [503, 'TEMPORARILY_UNAVAILABLE'],
  canceled: [503, 'TEMPORARILY_UNAVAILABLE'],
  corrupt: [500, 'DATA_LOSS'],
  internal: [500, 'INTERNAL_ERROR'],
};

/** Codes of ours that MLflow answers in another way than their kind says. */
const byCode: Readonly<Partial<Record<PlatformError['code'], readonly [number, string]>>> = {
  ACCESS_OFF: [404, 'ENDPOINT_NOT_FOUND'],
  // MLflow takes an alias that is not there for a wrong value.
  REGISTRY_ALIAS_UNKNOWN: [400, 'INVALID_PARAMETER_VALUE'],
  // The server's own files, not a permission of whoever asks.
  DATABASE_READ_ONLY: [503, 'TEMPORARILY_UNAVAILABLE'],
  // Sending it again does not make room, and a client that repeats is told so only after minutes.
  ARTIFACT_STORE_FULL: [507, 'RESOURCE_EXHAUSTED'],
  DATABASE_FULL: [507, 'RESOURCE_EXHAUSTED'],
  // Whoever sent it has gone away or sent less than was announced.
  ARTIFACT_SOURCE_BROKEN: [400, 'BAD_REQUEST'],
  SERVER_BODY_TOO_LARGE: [413, 'INVALID_PARAMETER_VALUE'],
  // The network's fault more often than anybody's: clients send it again.
  SERVER_BODY_TOO_SLOW: [408, 'REQUEST_TIMEOUT'],
  ARTIFACT_STORE_DENIED: [503, 'TEMPORARILY_UNAVAILABLE'],
};

/** What a body of another type than JSON is refused with. */
export const wrongContentType = "Bad Request. Content-Type must be one of ['application/json'].";
const retryAfterSeconds = 5;

/** Any caught value as an answer. Of what nobody expected only that it happened is told; the log has the rest. */
export function errorAnswer(caught: unknown): ErrorAnswer {
  const refused = refusedByHttp(caught);
  if (refused !== null) return refused;
  const error = toPlatformError(caught);
  const [status, code] = byCode[error.code] ?? byKind[error.kind];
  const message = error.kind === 'internal' ? 'The server failed; its log says why.' : error.message;
  return answer(status, code, message);
}

/** What the HTTP library refuses before any code of ours: too large, no valid request. */
function refusedByHttp(caught: unknown): ErrorAnswer | null {
  const { statusCode, message } = caught as { statusCode?: unknown; message?: unknown };
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return null;
  if (statusCode === 415) return answer(400, 'INVALID_PARAMETER_VALUE', wrongContentType);
  return answer(statusCode, statusCode === 413 ? 'INVALID_PARAMETER_VALUE' : 'BAD_REQUEST', String(message));
}

/** An answer of this form. */
export function answer(status: number, code: string, message: string): ErrorAnswer {
  return { status, body: { error_code: code, message }, retryAfter: status === 503 ? retryAfterSeconds : null };
}
