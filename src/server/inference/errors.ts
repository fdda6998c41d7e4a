import { type PlatformError, toPlatformError } from '../../errors/index.ts';

const byCode: Readonly<Record<string, number>> = {
  SERVING_TOO_LARGE: 413,
  MODEL_REFUSED: 400,
  MODEL_TIMEOUT: 504,
  MODEL_ENDED: 503,
};

const byKind: Readonly<Record<string, number>> = {
  'invalid-input': 400,
  usage: 400,
  'not-found': 404,
  unavailable: 503,
  canceled: 503,
  'resource-exhausted': 429,
};

/** An error as every protocol here answers it. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: {
    readonly error: string;
    readonly error_code: string;
    readonly message: string;
    readonly hint: string;
  };
}

/** Any caught value as an answer. What is not known is not told: only that it happened. */
export function errorAnswer(caught: unknown): ErrorAnswer {
  const parsing = caught as { statusCode?: unknown; message?: unknown; code?: unknown };
  if (typeof parsing.statusCode === 'number' && typeof parsing.code === 'string' && parsing.statusCode < 500)
    return requestError(parsing.statusCode, String(parsing.message));
  if (typeof parsing.statusCode === 'number' && parsing.statusCode === 400)
    return requestError(400, String(parsing.message));
  const error = toPlatformError(caught);
  const status = byCode[error.code] ?? byKind[error.kind] ?? 500;
  const message = error.code === 'INTERNAL' ? 'the server failed; see its log' : error.message;
  return answer(status, { code: error.code, message, hint: error.hint });
}

/** What the HTTP library refuses before any code of ours: too large, no JSON, a wrong media type. */
function requestError(status: number, message: string): ErrorAnswer {
  const code = status === 413 ? 'SERVING_TOO_LARGE' : 'SERVING_BAD_REQUEST';
  return answer(status, { code, message, hint: 'Send JSON (UTF-8) with Content-Type: application/json.' });
}

function answer(
  status: number,
  error: Pick<PlatformError, 'message' | 'hint'> & { readonly code: string },
): ErrorAnswer {
  const { code, message, hint } = error;
  return { status, body: { error: message, error_code: code, message, hint } };
}
