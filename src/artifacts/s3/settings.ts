import { PlatformError } from '../../errors/index.ts';
import { encodeKey, type S3Credentials } from './signature.ts';

/** Which bucket a store lies in, and how it is reached. */
export interface S3Settings {
  readonly bucket: string;
  /** Keys begin with it and a slash; empty for the whole bucket. */
  readonly prefix: string;
  readonly region: string;
  /** `https://s3.eu-central-1.amazonaws.com`, or the address of another store that speaks S3. */
  readonly endpoint: string;
  /** `path`: the bucket is the first part of the path; `host`: of the host. */
  readonly addressing: 'path' | 'host';
  /** Asked before the first request, and again when a store says that what it gave has expired. */
  readonly credentials: () => Promise<S3Credentials>;
  /** A folder for streams until their digest is known. */
  readonly stagingFolder: string;
  /** Certificates (PEM) by which the endpoint is known, in place of those of Node. */
  readonly certificates?: string;
  /** A request over whose connection no byte came for so long counts as lost. Default: a minute. */
  readonly silenceMs?: number;
}

/** A bucket and a prefix in it. */
export type S3Location = Pick<S3Settings, 'bucket' | 'prefix'>;

/**
 * Reads `s3://bucket/prefix`.
 * @throws PlatformError CONFIG_BAD_VALUE for what is no such address
 */
export function parseS3Location(text: string, name: string): S3Location {
  const found = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(text);
  const prefix = (found?.[2] ?? '').replace(/\/$/, '');
  const parts = prefix === '' ? [] : prefix.split('/');
  const isOdd = (part: string): boolean => part === '' || part === '.' || part === '..' || /\p{Cc}/u.test(part);
  if (found === null || parts.some(isOdd) || !prefix.isWellFormed() || Buffer.byteLength(prefix) > 700) {
    throw new PlatformError('CONFIG_BAD_VALUE', {
      message: `expected ${name} to be a bucket and a prefix in it, s3://bucket/prefix, found ${JSON.stringify(text.slice(0, 200))}`,
    });
  }
  return { bucket: found[1]!, prefix };
}

/** Host and encoded path of a key, or of the bucket itself. */
export function placeOf(settings: S3Settings, key: string | null): { readonly host: string; readonly path: string } {
  const endpoint = new URL(settings.endpoint);
  const below = endpoint.pathname.replace(/\/$/, '');
  const object = key === null ? '' : `/${encodeKey(key)}`;
  if (settings.addressing === 'path') return { host: endpoint.host, path: `${below}/${settings.bucket}${object}` };
  return { host: `${settings.bucket}.${endpoint.host}`, path: `${below}${object || '/'}` };
}
