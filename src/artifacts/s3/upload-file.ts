/** Large files into a bucket: in parts, a few at a time, read again from the file for every attempt. */
import { isPlatformError } from '../../errors/index.ts';
import { mapLimited } from '../each-limited.ts';
import type { Bucket, OpenUpload } from './bucket.ts';
import { type FileUpload, placeOfPart, resumeUpload } from './resume-upload.ts';
import { isFailure, isNetworkError, S3Failure } from './s3-errors.ts';

const partsAtOnce = 4;
/** What the store says of an upload whose parts are not those that it was asked to join. */
const partCodes = new Set(['InvalidPart', 'InvalidPartOrder', 'EntityTooSmall', 'InvalidRequest']);

/**
 * Uploads a file as an object that is there whole or not at all. It goes on with an upload of the same content that was cut
 * off, and leaves its own for the next attempt where it is cut off itself; a collection takes away what nobody went on with.
 * @returns false where an object of this name is there already, or somebody ended the upload
 */
export async function uploadFile(bucket: Bucket, given: FileUpload): Promise<boolean> {
  const { key, file, measured, signal } = given;
  const resumed = await resumeUpload(bucket, given);
  const upload = { key, uploadId: resumed?.uploadId ?? (await bucket.beginUpload(key, { signal })) };
  try {
    const received = await mapLimited([...measured.parts.entries()], partsAtOnce, async ([index, sha256]) => {
      const part = index + 1;
      const known = resumed?.received.get(part);
      if (known !== undefined) return known;
      return await bucket.sendPart(upload, part, { file, ...placeOfPart(measured, part), sha256 }, { signal });
    });
    const isMade = await bucket.completeUpload(upload, received, { signal });
    // Who is at the same content finds it there, and needs no upload any more.
    const isThere = isMade || (await bucket.head(key, { signal })) !== null;
    const needless = [...(isMade ? [] : [upload]), ...(resumed?.others ?? [])];
    if (isThere) await abortAll(bucket, needless);
    return isMade;
  } catch (error) {
    // It was completed by an attempt whose answer was lost, or a collection took it for abandoned: the caller looks.
    if (isFailure(error, 404) && error.code === 'NoSuchUpload') return false;
    if (!mayGoOn(error)) await abortAll(bucket, [upload]);
    if (resumed !== null && error instanceof S3Failure && partCodes.has(error.code)) return false;
    throw error;
  }
}

/** Whether what the store has received is of use to a later attempt. */
function mayGoOn(error: unknown): boolean {
  if (error instanceof S3Failure) return error.isPassing || error.isExpired || isFailure(error, 401, 403);
  return isNetworkError(error) || (isPlatformError(error) && error.code === 'CANCELED');
}

async function abortAll(bucket: Bucket, uploads: readonly Omit<OpenUpload, 'begunAtMs'>[]): Promise<void> {
  await Promise.all(uploads.map((upload) => bucket.abortUpload(upload).catch(() => undefined)));
}
