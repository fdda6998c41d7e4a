import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  amzDate,
  authorizationOf,
  encodeKey,
  presignedQuery,
  type QueryFields,
  type S3Credentials,
  type UnsignedRequest,
} from './signature.ts';

const golden = (name: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../../test/golden/artifacts', name), 'utf8'));

interface PublishedCase extends UnsignedRequest {
  readonly name: string;
  readonly key: string;
  readonly service: string;
  readonly at: string;
  readonly signature: string;
}

describe('signatures that Amazon publishes', () => {
  const { cases, keys, presigned } = golden('signatures-published.json') as {
    readonly cases: readonly PublishedCase[];
    readonly keys: Readonly<Record<string, S3Credentials>>;
    readonly presigned: PublishedCase & { readonly expiresInS: number };
  };
  const signingOf = ({ key, service, at }: PublishedCase) =>
    ({ credentials: keys[key]!, region: 'us-east-1', service, atMs: Date.parse(at) }) as const;

  test.each(cases)('$name', (given) => {
    expect(authorizationOf(given, signingOf(given))).toContain(`Signature=${given.signature}`);
  });

  test('a link', () => {
    const query = presignedQuery(presigned, signingOf(presigned), presigned.expiresInS);
    expect(new URLSearchParams(query).get('X-Amz-Signature')).toBe(presigned.signature);
  });
});

interface DrawnCase {
  readonly method: string;
  readonly key: string;
  readonly query: QueryFields;
  readonly headers: Readonly<Record<string, string>>;
  readonly region: string;
  readonly at: string;
  readonly credentials: S3Credentials;
}

describe('signatures of botocore for requests that were drawn at random', () => {
  const { signed, links } = golden('signatures-botocore.json') as {
    readonly signed: readonly (DrawnCase & { readonly payloadHash: string; readonly authorization: string })[];
    readonly links: readonly (DrawnCase & { readonly expiresInS: number; readonly url: string })[];
  };
  const signingOf = ({ credentials, region, at }: DrawnCase) =>
    ({ credentials, region, service: 's3', atMs: Date.parse(at) }) as const;

  test('of requests', () => {
    for (const given of signed) {
      const { payloadHash, credentials, at } = given;
      const headers = {
        ...given.headers,
        'x-amz-content-sha256': payloadHash,
        'x-amz-date': amzDate(Date.parse(at)),
        ...(credentials.sessionToken === null ? {} : { 'x-amz-security-token': credentials.sessionToken }),
      };
      const request = { ...given, path: `/${encodeKey(given.key)}`, headers };
      expect(authorizationOf(request, signingOf(given)), given.key).toBe(given.authorization);
    }
    expect(signed.length).toBe(80);
  });

  test('of links', () => {
    for (const given of links) {
      const path = `/${encodeKey(given.key)}`;
      const query = presignedQuery({ ...given, path }, signingOf(given), given.expiresInS);
      const [place, expected] = given.url.split('?');
      expect(`https://${given.headers['host']}${path}`).toBe(place);
      expect(sortedQuery(query)).toEqual(sortedQuery(expected!));
    }
    expect(links.length).toBe(40);
  });
});

/** The fields of a query, decoded, in one order. */
function sortedQuery(text: string): readonly string[] {
  return [...new URLSearchParams(text)].map(([name, value]) => `${name}=${value}`).sort();
}
