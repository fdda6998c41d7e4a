import { catalogue, type ErrorCode } from './catalogue.ts';
import type { ErrorKind } from './entry.ts';

/** What a thrower says about one error, beside its code. */
export interface ErrorDescription {
  /** What was expected, what was found and where. No secret values. */
  readonly message: string;
  /** What to do; the catalogue's hint where absent. */
  readonly hint?: string;
  /** Facts for programs: JSON only, no secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The one error class: the program could not do what was asked. Wrong documents are findings, gates give verdicts. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError';
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly hint: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, description: ErrorDescription) {
    super(description.message, description.cause === undefined ? undefined : { cause: description.cause });
    this.code = code;
    this.kind = catalogue[code].kind;
    this.hint = description.hint ?? catalogue[code].hint;
    this.details = description.details ?? {};
  }
}

/** Whether a caught value is a `PlatformError`. */
export function isPlatformError(value: unknown): value is PlatformError {
  return value instanceof PlatformError;
}

/** Any caught value as a `PlatformError`: itself, `CANCELED` for an abort, else `INTERNAL` with the value as cause. */
export function toPlatformError(value: unknown): PlatformError {
  if (isPlatformError(value)) return value;
  if (value instanceof Error && value.name === 'AbortError') {
    return new PlatformError('CANCELED', { message: 'The work was canceled.', cause: value });
  }
  const message = value instanceof Error ? value.message : String(value);
  return new PlatformError('INTERNAL', { message, cause: value });
}

/**
 * States what must hold if the program is right.
 * @throws PlatformError INTERNAL where it does not
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new PlatformError('INTERNAL', { message: `assertion failed: ${message}` });
}
