/* What a store in production use refuses, by its own words, and what becomes of them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { S3Settings } from '../../src/artifacts/index.ts';
import { createS3Artifacts } from '../../src/artifacts/s3/index.ts';
import { S3Failure, s3Error } from '../../src/artifacts/s3/s3-errors.ts';
import { amzDate, authorizationOf } from '../../src/artifacts/s3/signature.ts';
import { now } from '../../src/encoding/index.ts';
import { type ObjectServer, startSwiftServer } from './s3-server.ts';

let server: ObjectServer;
let settings: S3Settings;
beforeAll(async () => {
  server = await startSwiftServer();
  settings = server.settings();
});
afterAll(() => server.close());

test.each<[string, () => Partial<S3Settings>, string, RegExp]>([
  ['a wrong secret', () => signedBy({ secretAccessKey: 'wrong' }), 'ARTIFACT_STORE_DENIED', /AWS_SECRET_ACCESS_KEY/],
  [
    'an unknown key',
    () => signedBy({ accessKeyId: 'test:nobody' }),
    'ARTIFACT_STORE_DENIED',
    /AWS_ACCESS_KEY_ID|SECRET/,
  ],
  ['somebody who may do nothing', () => signedBy(server.stranger), 'ARTIFACT_STORE_DENIED', /Allow s3:GetObject/],
  ['a bucket that is not there', () => ({ bucket: 'nowhere' }), 'ARTIFACT_BUCKET_UNKNOWN', /Make the bucket/],
  ['another region', () => ({ region: 'us-west-2' }), 'ARTIFACT_STORE_DENIED', /Set AWS_REGION=eu-central-1\./],
])('%s is an error that says what to do', async (_what, change, code, hint) => {
  const store = createS3Artifacts({ ...settings, ...change() });
  for (const attempt of [store.putBytes('x'), store.read(`sha256:${'a'.repeat(64)}` as never)])
    await expect(attempt).rejects.toMatchObject({ code, hint: expect.stringMatching(hint) });
});

test('a clock that is an hour wrong is an error that says what the store’s says', async () => {
  const { host } = new URL(server.endpoint);
  const atMs = now() - 3_600_000;
  const payloadHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const headers = { host, 'x-amz-date': amzDate(atMs), 'x-amz-content-sha256': payloadHash };
  const request = { method: 'GET', path: `/${server.bucket}`, query: [], headers, payloadHash };
  const signing = { credentials: server.writer, region: server.region, service: 's3', atMs };
  const authorization = authorizationOf(request, signing);
  const answer = await fetch(`${server.endpoint}/${server.bucket}`, { headers: { ...headers, authorization } });
  const date = answer.headers.get('date')!;
  const failure = new S3Failure(answer.status, await answer.text(), { date });
  const error = s3Error(failure, 'reading', settings);
  expect(error).toMatchObject({
    code: 'ARTIFACT_STORE_DENIED',
    hint: expect.stringContaining('clock of this machine'),
    message: expect.stringContaining(date),
  });
});

function signedBy(change: Partial<ObjectServer['writer']>): Partial<S3Settings> {
  return { credentials: async () => ({ ...server.writer, ...change }) };
}
