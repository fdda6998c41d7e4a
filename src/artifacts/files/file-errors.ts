import { type ErrorCode, isPlatformError, PlatformError } from '../../errors/index.ts';

const codes: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'ARTIFACT_STORE_FULL',
  EDQUOT: 'ARTIFACT_STORE_FULL',
  EFBIG: 'ARTIFACT_STORE_FULL',
  EACCES: 'ARTIFACT_STORE_DENIED',
  EPERM: 'ARTIFACT_STORE_DENIED',
  EROFS: 'ARTIFACT_STORE_DENIED',
};

/** The `code` of a file system error (`ENOENT` …), or null. */
export function errnoOf(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && !isPlatformError(error) ? code : null;
}

/** Any caught value as an error of the store that says what was being done. Errors with a code of ours pass through. */
export function storeError(error: unknown, doing: string): PlatformError {
  if (isPlatformError(error)) return error;
  const errno = errnoOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (errno === null) return new PlatformError('INTERNAL', { message: `${doing}: ${message}`, cause: error });
  return new PlatformError(codes[errno] ?? 'ARTIFACT_STORE_IO', {
    message: `${doing}: ${message}`,
    details: { errno },
    cause: error,
  });
}

/** Runs work; what the file system throws becomes an error of the store. */
export async function asStoreError<Result>(doing: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw storeError(error, doing);
  }
}

/** @throws PlatformError CANCELED once the signal was raised */
export function throwIfCanceled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new PlatformError('CANCELED', { message: 'The copy was canceled.' });
}
