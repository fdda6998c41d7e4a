import { throwIfCanceled } from '../files/file-errors.ts';
import type { Bucket, ObjectHead } from './bucket.ts';
import { headOf } from './bucket.ts';
import { absence, type ContentName, contentKey } from './content-state.ts';
import { isFailure, isNetworkError, S3Failure } from './s3-errors.ts';

const attemptsAtMost = 5;

/** Which bytes, of which state of the object, and who wants to know of it before the first. */
export interface ReadContentOptions {
  readonly start?: number;
  /** The byte after the last. */
  readonly end?: number;
  readonly etag?: string;
  readonly signal?: AbortSignal | undefined;
  readonly onHead?: (head: ObjectHead) => void;
  /**
   * Asked for the state to go on with where the object is another now. Without it any is taken: whoever reads the whole
   * compares it with its digest.
   */
  readonly renewEtag?: () => Promise<string>;
}

/**
 * The bytes of content. Where a connection breaks, the rest is asked for, of the same object.
 * @throws PlatformError ARTIFACT_MISSING, ARTIFACT_CORRUPT
 */
export async function* readContent(
  bucket: Bucket,
  name: ContentName,
  { end, signal, onHead, renewEtag, ...options }: ReadContentOptions,
): AsyncGenerator<Buffer> {
  let { start = 0, etag } = options;
  let failures = 0;
  for (;;) {
    const part = { start, signal, ...(end === undefined ? {} : { end }), ...(etag === undefined ? {} : { etag }) };
    const answer = await bucket.get(contentKey(name), part).catch(async (error: unknown) => {
      if (isFailure(error, 412) && etag !== undefined && ++failures < attemptsAtMost) return null;
      throw isFailure(error, 404) && error.code !== 'NoSuchBucket' ? await absence(bucket, name) : error;
    });
    if (answer === null) {
      etag = await renewEtag?.();
      continue;
    }
    try {
      if (start > 0 && answer.statusCode !== 206) throw wholeInstead();
      const head = headOf(answer.headers);
      if (etag === undefined) onHead?.(head);
      if (head.etag !== '') etag = head.etag;
      for await (const piece of answer as AsyncIterable<Buffer>) {
        start += piece.length;
        failures = 0;
        yield piece;
      }
      return;
    } catch (error) {
      throwIfCanceled(signal);
      if (!isNetworkError(error) || ++failures === attemptsAtMost) throw error;
    } finally {
      answer.destroy();
    }
  }
}

function wholeInstead(): S3Failure {
  return new S3Failure(
    502,
    '<Error><Code>BadAnswer</Code><Message>a part was asked for, the whole came</Message></Error>',
    {},
  );
}
