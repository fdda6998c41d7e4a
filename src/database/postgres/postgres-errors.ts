import { type ErrorCode, isPlatformError, PlatformError } from '../../errors/index.ts';

const classes: Readonly<Record<string, ErrorCode>> = {
  '08': 'DATABASE_UNREACHABLE',
  '23': 'DATABASE_CONSTRAINT',
  '28': 'DATABASE_UNREACHABLE',
  '3D': 'DATABASE_UNREACHABLE',
  '40': 'DATABASE_BUSY',
  '53': 'DATABASE_FULL',
  '55': 'DATABASE_BUSY',
  '57': 'DATABASE_UNREACHABLE',
};
const states: Readonly<Record<string, ErrorCode>> = {
  '25006': 'DATABASE_READ_ONLY',
  '42501': 'DATABASE_READ_ONLY',
  '42P06': 'DATABASE_CONSTRAINT',
  '42P07': 'DATABASE_CONSTRAINT',
};

/**
 * Any error of the PostgreSQL client as an error of ours. The server's text is kept, its `detail` (which quotes values)
 * and the client's error object (which may hold the address with its password) are not.
 * @see PostgreSQL, appendix A: error codes
 */
export function postgresError(error: unknown, location: string): PlatformError {
  if (isPlatformError(error)) return error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  const state = typeof code === 'string' ? code : '';
  const isServerState = /^[0-9A-Z]{5}$/.test(state);
  const found = isServerState
    ? (states[state] ?? classes[state.slice(0, 2)] ?? 'DATABASE_QUERY')
    : networkCode(state, message);
  return new PlatformError(found, {
    message: `${location}: ${String(message) || state}`,
    details: { state },
  });
}

function networkCode(state: string, message: unknown): ErrorCode {
  if (/^E[A-Z]+$/.test(state)) return 'DATABASE_UNREACHABLE';
  return /connection|timeout|terminated|ended/i.test(String(message)) ? 'DATABASE_UNREACHABLE' : 'DATABASE_QUERY';
}
