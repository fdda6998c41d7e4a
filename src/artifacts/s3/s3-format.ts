import { text } from 'node:stream/consumers';
import { PlatformError } from '../../errors/index.ts';
import type { Bucket } from './bucket.ts';
import { isFailure } from './s3-errors.ts';

const formatVersion = 1;
const formatKey = 'format.json';

/** Checks that this program can read the store, and that its bucket is there. @throws PlatformError ARTIFACT_STORE_NEWER */
export async function requireFormat(bucket: Bucket): Promise<void> {
  const found = await readFormat(bucket);
  if (found === null) return;
  const version = versionIn(found);
  if (version === formatVersion) return;
  throw new PlatformError('ARTIFACT_STORE_NEWER', {
    message: `expected an artifact store of format ${formatVersion} in s3://${bucket.client.settings.bucket}, found ${version ?? `an unreadable ${formatKey}`}`,
  });
}

/** Says which format the store has, where nobody has said it. */
export async function writeFormat(bucket: Bucket): Promise<void> {
  if ((await readFormat(bucket)) !== null) return;
  if (!(await bucket.create(formatKey, Buffer.from(`${JSON.stringify({ format: formatVersion })}\n`))))
    await requireFormat(bucket);
}

async function readFormat(bucket: Bucket): Promise<string | null> {
  try {
    return await text(await bucket.get(formatKey));
  } catch (error) {
    if (isFailure(error, 404) && error.code !== 'NoSuchBucket') return null;
    throw error;
  }
}

function versionIn(document: string): number | null {
  try {
    const found: unknown = (JSON.parse(document) as { format?: unknown }).format;
    return typeof found === 'number' ? found : null;
  } catch {
    return null;
  }
}
