import type { ErrorKind } from '../errors/index.ts';

/** What the exit code of `mlspec` means. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  gateRejected: 3,
  gateUnknown: 5,
  verificationFailed: 6,
  interrupted: 130,
} as const;

/** The exit code for each kind of error: the one table of this edge. */
export const exitCodeOfKind: Readonly<Record<ErrorKind, number>> = {
  usage: exitCodes.usage,
  'invalid-input': exitCodes.usage,
  'not-found': exitCodes.usage,
  'already-exists': exitCodes.failed,
  conflict: exitCodes.failed,
  'precondition-failed': exitCodes.failed,
  'permission-denied': exitCodes.failed,
  'resource-exhausted': exitCodes.failed,
  unavailable: exitCodes.failed,
  canceled: exitCodes.interrupted,
  'user-code': exitCodes.failed,
  corrupt: exitCodes.failed,
  internal: exitCodes.failed,
};
