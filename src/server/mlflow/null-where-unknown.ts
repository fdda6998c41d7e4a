import { isPlatformError } from '../../errors/index.ts';

/** For `catch`: a run or logged model that is not there, or cannot be, is null. Other errors are thrown again. */
export function nullWhereUnknown(error: unknown): null {
  if (isPlatformError(error) && (error.code === 'TRACKING_UNKNOWN' || error.code === 'TRACKING_BAD_VALUE')) return null;
  throw error;
}
