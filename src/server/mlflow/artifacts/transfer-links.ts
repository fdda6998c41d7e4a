/**
 * Links that work without credentials, for a while and for one thing: whoever has one may read these bytes, or send this
 * part of this upload. A link carries what it allows, and a code over that (HMAC-SHA-256) by a key that only the server
 * has; nothing is stored for it.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { type Digest, isDigest, now } from '../../../encoding/index.ts';
import { PlatformError } from '../../../errors/index.ts';
import { type ArtifactPath, parseArtifactPath } from '../../../tracking/index.ts';
import type { SentFile } from './send-artifact.ts';

/** One part of one upload. */
export interface PartName {
  readonly uploadId: string;
  readonly part: number;
}

/** Makes and reads links. */
export interface TransferLinks {
  /** The query of a link by which a file can be read: always these bytes, also where its path gets others meanwhile. */
  toRead(file: SentFile, forMs?: number): string;
  /** @throws PlatformError TRACKING_BAD_LINK */
  readFile(query: LinkQuery): SentFile;
  /** The query of a link by which a file can be put at a path, as often as one likes. */
  toWrite(path: ArtifactPath, forMs: number): string;
  /** @throws PlatformError TRACKING_BAD_LINK */
  readPath(query: LinkQuery): ArtifactPath;
  /** The query of a link to which a part can be sent. */
  toSend(part: PartName): string;
  /** @throws PlatformError TRACKING_BAD_LINK */
  readPart(query: LinkQuery): PartName;
}

/** The fields of a URL's query. */
export type LinkQuery = Readonly<Record<string, unknown>>;

const readForMs = 3600 * 1000;
const sendForMs = 7 * 24 * 3600 * 1000;

/** @param key at least 32 random bytes; servers that share it take each other's links */
export function createTransferLinks(key: Uint8Array): TransferLinks {
  const codeOf = (fields: URLSearchParams): string =>
    createHmac('sha256', key).update(String(fields)).digest('base64url');
  const link = (fields: Readonly<Record<string, string>>, forMs: number): string => {
    const query = new URLSearchParams({ ...fields, expires: String(now() + forMs) });
    query.set('code', codeOf(query));
    return String(query);
  };
  const read = (given: LinkQuery, names: readonly string[]): Readonly<Record<string, string>> => {
    const fields = new URLSearchParams(
      Object.fromEntries([...names, 'expires'].map((name) => [name, String(given[name])])),
    );
    const [found, expected] = [String(given['code']), codeOf(fields)].map((code) => Buffer.from(code));
    if (found!.length !== expected!.length || !timingSafeEqual(found!, expected!))
      throw badLink('is not one of this server');
    if (Number(fields.get('expires')) < now()) throw badLink('has expired');
    return Object.fromEntries(fields);
  };
  return {
    toRead: ({ digest, sizeBytes, name }, forMs = readForMs) =>
      link({ do: 'read', digest, size: String(sizeBytes), name }, forMs),
    toWrite: (path, forMs) => link({ do: 'write', path }, forMs),
    readPath: (given) => {
      const { do: what, path } = read(given, ['do', 'path']);
      if (what !== 'write') throw badLink('is for something else');
      return parseArtifactPath(path!);
    },
    readFile: (given) => {
      const { do: what, digest, size, name } = read(given, ['do', 'digest', 'size', 'name']);
      if (what !== 'read' || !isDigest(digest)) throw badLink('is for something else');
      return { digest: digest as Digest, sizeBytes: Number(size), name: name! };
    },
    toSend: ({ uploadId, part }) => link({ do: 'send', upload: uploadId, part: String(part) }, sendForMs),
    readPart: (given) => {
      const { do: what, upload, part } = read(given, ['do', 'upload', 'part']);
      if (what !== 'send') throw badLink('is for something else');
      return { uploadId: upload!, part: Number(part) };
    },
  };
}

/** The root of links, which everybody may ask. */
export const signedRoot = '/api/2.0/mlflow-artifacts/signed';

/** Whether a request is for a route of links, which asks for nothing but the link. */
export function isSignedRoute(request: FastifyRequest): boolean {
  return request.routeOptions.url?.startsWith(`${signedRoot}/`) ?? false;
}

/** A link on the address by which the request came; behind a proxy that ends TLS, on that of the proxy. */
export function linkOf(request: FastifyRequest, rest: string): string {
  const protocol = request.headers['x-forwarded-proto'] === 'https' ? 'https' : request.protocol;
  return `${protocol}://${request.host}${request.server.prefix}${signedRoot}/${rest}`;
}

function badLink(why: string): PlatformError {
  return new PlatformError('TRACKING_BAD_LINK', { message: `the link ${why}` });
}
