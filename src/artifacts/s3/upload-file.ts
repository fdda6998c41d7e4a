/** Large files into a bucket: in parts, a few at a time, read again from the file for every attempt. */
import type { FileHandle } from 'node:fs/promises';
import { mapLimited } from '../each-limited.ts';
import type { Bucket } from './bucket.ts';
import type { MeasuredFile } from './measure-parts.ts';
import { isFailure } from './s3-errors.ts';

const partsAtOnce = 4;

/** What goes where. */
export interface FileUpload {
  readonly key: string;
  readonly file: FileHandle;
  readonly measured: MeasuredFile;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Uploads a file as an object that is there whole or not at all. After a failure nothing is left of the upload where the
 * store can still be reached.
 * @returns false where an object of this name is there already, or somebody ended the upload
 */
export async function uploadFile(bucket: Bucket, { key, file, measured, signal }: FileUpload): Promise<boolean> {
  const { partBytes, parts, sizeBytes } = measured;
  const upload = { key, uploadId: await bucket.beginUpload(key, { signal }) };
  try {
    const received = await mapLimited([...parts.entries()], partsAtOnce, async ([index, sha256]) => {
      const start = index * partBytes;
      const body = { file, start, sizeBytes: Math.min(partBytes, sizeBytes - start), sha256 };
      return await bucket.sendPart(upload, index + 1, body, { signal });
    });
    const isMade = await bucket.completeUpload(upload, received, { signal });
    if (!isMade) await bucket.abortUpload(upload);
    return isMade;
  } catch (error) {
    await bucket.abortUpload(upload).catch(() => undefined);
    // It was completed by an attempt whose answer was lost, or a collection took it for abandoned: the caller looks.
    if (isFailure(error, 404) && error.code === 'NoSuchUpload') return false;
    throw error;
  }
}
