import { isPlatformError, PlatformError, toPlatformError } from '../errors/index.ts';

/** What was thrown while a step was carried out, with full disks and unwritable folders told by their own codes. */
export function toStepError(thrown: unknown): PlatformError {
  const system = (isPlatformError(thrown) ? null : thrown) as NodeJS.ErrnoException | null;
  const said = { message: system?.message ?? '', cause: thrown };
  switch (system?.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new PlatformError('PIPELINE_NO_SPACE', said);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new PlatformError('PIPELINE_NOT_WRITABLE', said);
    default:
      return toPlatformError(thrown);
  }
}
