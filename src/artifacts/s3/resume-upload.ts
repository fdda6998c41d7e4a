/**
 * Goes on with an upload that somebody began and did not end. The key is the digest of the content, and parts are of one
 * size for a size of the whole, so that an upload to the same key is one of the same parts. Which of them arrived is asked of
 * the store, and each is compared with the file by its size and MD5, which is its ETag. Where a store makes ETags otherwise
 * (with keys of a key service), none is taken for right, and every part is sent again into the same upload.
 */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { throwIfCanceled } from '../files/file-errors.ts';
import type { Bucket, OpenUpload, ReceivedPart } from './bucket.ts';
import type { MeasuredFile } from './measure-parts.ts';
import { S3Failure } from './s3-errors.ts';

/** What goes where. */
export interface FileUpload {
  readonly key: string;
  readonly file: FileHandle;
  readonly measured: MeasuredFile;
  readonly signal?: AbortSignal | undefined;
}

/** An upload to go on with. */
export interface ResumedUpload extends OpenUpload {
  /** The parts that the store has and that are right, by their numbers. */
  readonly received: ReadonlyMap<number, ReceivedPart>;
  /** Older uploads to the same key. */
  readonly others: readonly OpenUpload[];
}

const readBytes = 1 << 20;

/** Where a part lies in the file. */
export function placeOfPart(
  { partBytes, sizeBytes }: MeasuredFile,
  part: number,
): { start: number; sizeBytes: number } {
  const start = (part - 1) * partBytes;
  return { start, sizeBytes: Math.min(partBytes, sizeBytes - start) };
}

/** The newest open upload to a key; null where there is none, or the store does not tell. */
export async function resumeUpload(bucket: Bucket, upload: FileUpload): Promise<ResumedUpload | null> {
  try {
    const open: OpenUpload[] = [];
    for await (const one of bucket.openUploads(upload.key)) if (one.key === upload.key) open.push(one);
    const newest = open.sort((one, other) => one.begunAtMs - other.begunAtMs).pop();
    return newest === undefined
      ? null
      : { ...newest, received: await receivedOf(bucket, newest, upload), others: open };
  } catch (error) {
    // Somebody ended it meanwhile, or these credentials may not list: then everything is sent.
    if (error instanceof S3Failure) return null;
    throw error;
  }
}

async function receivedOf(
  bucket: Bucket,
  open: OpenUpload,
  { file, measured, signal }: FileUpload,
): Promise<ReadonlyMap<number, ReceivedPart>> {
  const received = new Map<number, ReceivedPart>();
  for await (const { part, etag, sizeBytes } of bucket.receivedParts(open)) {
    throwIfCanceled(signal);
    const place = placeOfPart(measured, part);
    if (part > measured.parts.length || place.sizeBytes !== sizeBytes) continue;
    if (etag.replaceAll('"', '') === (await md5Of(file, place))) received.set(part, { part, etag });
  }
  return received;
}

async function md5Of(file: FileHandle, place: { readonly start: number; readonly sizeBytes: number }): Promise<string> {
  const state = createHash('md5');
  const buffer = Buffer.allocUnsafe(readBytes);
  for (let done = 0; done < place.sizeBytes; ) {
    const length = Math.min(readBytes, place.sizeBytes - done);
    const { bytesRead } = await file.read(buffer, 0, length, place.start + done);
    if (bytesRead === 0) break;
    state.update(buffer.subarray(0, bytesRead));
    done += bytesRead;
  }
  return state.digest('hex');
}
