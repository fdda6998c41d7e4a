import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ArtifactStore, S3Settings } from '../../src/artifacts/index.ts';
import { Bucket } from '../../src/artifacts/s3/bucket.ts';
import { contentKey } from '../../src/artifacts/s3/content-state.ts';
import { createS3Artifacts } from '../../src/artifacts/s3/index.ts';
import { type Digest, digestOf, now } from '../../src/encoding/index.ts';
import { isPlatformError } from '../../src/errors/index.ts';
import { type S3Server, startS3Server } from './s3-server.ts';
import { startUnreliableProxy, type Trouble, type UnreliableProxy } from './unreliable-proxy.ts';

let server: S3Server;
let proxy: UnreliableProxy;
let settings: S3Settings;
let store: ArtifactStore;
let folder: string;

beforeAll(async () => {
  server = await startS3Server();
  proxy = await startUnreliableProxy(server.endpoint);
  folder = await mkdtemp(join(tmpdir(), 's3-trouble-'));
});
afterAll(async () => {
  await proxy.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  proxy.trouble = () => undefined;
  settings = { ...server.settings(), endpoint: proxy.url, stagingFolder: join(folder, 'staging') };
  store = createS3Artifacts(settings);
});

const large = Buffer.alloc(20 << 20, 'a large file ');

/** Does something to every nth request that fits, a few times. */
function every(nth: number, what: Trouble, fits = (_method: string, _path: string): boolean => true): void {
  let count = 0;
  proxy.trouble = (method, path) => (fits(method, path) && ++count % nth === 0 ? what : undefined);
}

async function uploadsLeft(): Promise<number> {
  let count = 0;
  for await (const _upload of new Bucket({ ...settings, endpoint: server.endpoint }).openUploads()) count++;
  return count;
}

async function storeAndRead(): Promise<void> {
  const path = join(folder, 'large');
  await writeFile(path, large);
  const { digest } = await store.put(path);
  expect(digest).toBe(digestOf(large));
  expect((await buffer(store.open(digest))).equals(large)).toBe(true);
  const small = await store.putBytes('small');
  expect((await store.read(small.digest)).toString()).toBe('small');
  expect(await store.verify(digest)).toBe('ok');
  // An upload whose id was lost with the answer stays until gc.
  await store.removeUnfinished(now() + 3600_000);
  expect(await uploadsLeft()).toBe(0);
}

describe('what passes', () => {
  test.each<[string, Trouble]>([
    ['is busy', { answer: 503, code: 'SlowDown' }],
    ['has an error of its own', { answer: 500, code: 'InternalError' }],
    ['is asked too often', { answer: 429, code: 'TooManyRequests' }],
    ['loses connections before they bring anything', { lose: 'request' }],
    ['loses answers to what it has done', { lose: 'answer' }],
    ['loses connections within answers', { lose: 40 }],
  ])('a store that now and then %s is asked again', async (_says, trouble) => {
    every(3, trouble);
    await storeAndRead();
    expect(proxy.seen.length).toBeGreaterThan(10);
  });

  test('a lost connection within a large answer goes on where it was, in the same object', async () => {
    const { digest } = await store.putBytes(large);
    let count = 0;
    proxy.trouble = (method, path) =>
      method === 'GET' && path.includes('/blobs/') && ++count <= 3 ? { lose: 3 << 20 } : undefined;
    expect((await buffer(store.open(digest))).equals(large)).toBe(true);
    expect(count).toBe(4);
  });

  test('one byte that the way changed is noticed, and the content stays', async () => {
    const { digest } = await store.putBytes('precious');
    let count = 0;
    proxy.trouble = (method, path) =>
      method === 'GET' && path.includes('/blobs/') && ++count === 1 ? { flip: true } : undefined;
    await expect(store.read(digest)).rejects.toMatchObject({ code: 'ARTIFACT_STORE_IO' });
    expect((await store.read(digest)).toString()).toBe('precious');
  });

  test('a length that is a lie is noticed by the digest, and the content stays', async () => {
    const { digest } = await store.putBytes(large);
    let count = 0;
    proxy.trouble = (method, path) =>
      method === 'GET' && path.includes('/blobs/') && ++count === 1 ? { shorten: 5 } : undefined;
    await expect(buffer(store.open(digest))).rejects.toMatchObject({ code: 'ARTIFACT_STORE_IO' });
    expect(await store.verify(digest)).toBe('ok');
  });
});

describe('what stays', () => {
  test('a store that stays busy is an error that names it, and what arrived waits for the next attempt', async () => {
    every(1, { answer: 503, code: 'SlowDown' }, (method, path) => method === 'PUT' && path.includes('partNumber=2'));
    const path = join(folder, 'large');
    await writeFile(path, large);
    const failing = store.put(path);
    await expect(failing).rejects.toMatchObject({ code: 'ARTIFACT_STORE_IO' });
    await expect(failing).rejects.toThrow(/503 SlowDown/);
    expect(await store.has(digestOf(large))).toBe(false);
    expect(await uploadsLeft()).toBe(1);
    // To this server every upload was begun in 2010.
    await store.removeUnfinished(now() - 3600_000);
    expect(await uploadsLeft()).toBe(0);
  });

  test('a stream waits in a file of this machine, and nothing of it is left there either', async () => {
    every(1, { answer: 503, code: 'SlowDown' }, (method, path) => method === 'PUT' && path.includes('partNumber=1'));
    const stream = async function* (): AsyncGenerator<Buffer> {
      for (let at = 0; at < large.length; at += 1 << 20) yield large.subarray(at, at + (1 << 20));
      expect((await readdir(settings.stagingFolder)).length).toBe(1);
    };
    await expect(store.putStream(stream())).rejects.toMatchObject({ code: 'ARTIFACT_STORE_IO' });
    expect(await readdir(settings.stagingFolder)).toEqual([]);
    proxy.trouble = () => undefined;
    expect((await store.putStream(stream())).digest).toBe(digestOf(large));
    expect(await readdir(settings.stagingFolder)).toEqual([]);
  });

  test('an address where nobody listens is an error that names it', async () => {
    const nobody = createS3Artifacts({ ...settings, endpoint: 'http://127.0.0.1:9' });
    const failing = nobody.putBytes('x');
    await expect(failing).rejects.toMatchObject({ code: 'ARTIFACT_STORE_IO' });
    await expect(failing).rejects.toThrow(/127\.0\.0\.1:9: connect ECONNREFUSED/);
  });

  test.each<[string, (given: S3Settings) => Partial<S3Settings>, string, RegExp]>([
    [
      'a wrong secret',
      (given) => signedBy(given, { secretAccessKey: 'wrong' }),
      'ARTIFACT_STORE_DENIED',
      /SignatureDoesNotMatch/,
    ],
    [
      'an unknown key',
      (given) => signedBy(given, { accessKeyId: 'AKIAUNKNOWN' }),
      'ARTIFACT_STORE_DENIED',
      /InvalidAccessKeyId/,
    ],
    ['somebody who may do nothing', (given) => signedBy(given, server.stranger), 'ARTIFACT_STORE_DENIED', /403/],
    ['a bucket that is not there', () => ({ bucket: 'nowhere' }), 'ARTIFACT_BUCKET_UNKNOWN', /NoSuchBucket/],
  ])('%s is an error that says so and no secret', async (_what, change, code, says) => {
    const wrong = createS3Artifacts({ ...settings, ...change(settings) });
    for (const attempt of [wrong.putBytes('x'), wrong.has(digestOf('x')), wrong.read(digestOf('x'))]) {
      const error = await attempt.then(
        () => null,
        (caught: unknown) => caught,
      );
      if (!isPlatformError(error)) throw new Error(`expected an error, found ${String(error)}`);
      expect(error.code).toBe(code);
      expect(error.message).toMatch(says);
      expect(error.hint).not.toBe('');
      const said = JSON.stringify([error.message, error.hint, error.details, error.stack]);
      expect(said).not.toContain(server.writer.secretAccessKey);
    }
  });

  test('a clock that is wrong is named, with that of the store', async () => {
    const date = 'Sun, 22 Nov 2026 09:00:00 GMT';
    every(1, { answer: 403, code: 'RequestTimeTooSkewed', headers: { date } });
    await expect(store.putBytes('x')).rejects.toMatchObject({ code: 'ARTIFACT_STORE_DENIED' });
    await expect(store.putBytes('x')).rejects.toThrow(date);
    expect(proxy.seen.length).toBeGreaterThan(0);
  });

  test('a store that goes silent is asked again, and named where it stays silent', async () => {
    const hasty = createS3Artifacts({ ...settings, silenceMs: 300 });
    let hung = 0;
    proxy.trouble = (method) => (method === 'PUT' && hung++ < 2 ? { hang: true } : undefined);
    const { digest } = await hasty.putBytes('heard in the end');
    expect(hung).toBeGreaterThan(2);
    expect(await hasty.verify(digest)).toBe('ok');
    proxy.trouble = () => ({ hang: true });
    const failing = hasty.read(digest);
    await expect(failing).rejects.toMatchObject({ code: 'ARTIFACT_STORE_IO' });
    await expect(failing).rejects.toThrow(/no byte came for 0\.3 s/);
  });

  test('another region is named', async () => {
    every(1, { answer: 301, code: 'PermanentRedirect', headers: { 'x-amz-bucket-region': 'eu-west-1' } });
    await expect(store.putBytes('x')).rejects.toMatchObject({ hint: 'Set AWS_REGION=eu-west-1.' });
  });

  test('credentials that expire are asked for again', async () => {
    let asked = 0;
    const renewing = createS3Artifacts({
      ...settings,
      credentials: async () => {
        asked++;
        return server.writer;
      },
    });
    for (const [round, wanted] of ['GET', 'PUT', 'HEAD'].entries()) {
      let left = 2;
      proxy.trouble = (method) =>
        (method === wanted || (wanted === 'HEAD' && method === 'GET' && left === 1)) && left-- > 0
          ? { answer: 400, code: 'ExpiredToken' }
          : undefined;
      await renewing.putBytes(`expired ${round}`);
    }
    expect(asked).toBeGreaterThanOrEqual(4);
  });
});

describe('a store that does not implement conditions', () => {
  test.each([
    ['501', { answer: 501, code: 'NotImplemented' }],
    ['400', { answer: 400, code: 'NotImplemented' }],
  ])('is noticed by its answer %s, and looked into instead', async (_status, trouble) => {
    let refused = 0;
    proxy.trouble = (_method, _path, headers) => {
      if (!('if-none-match' in headers)) return undefined;
      refused++;
      return trouble;
    };
    await storeAndRead();
    // Once is enough to know, beside those that were under way.
    expect(refused).toBeLessThanOrEqual(4);
    const { digest } = await store.putBytes('small');
    expect(await store.verify(digest)).toBe('ok');
    expect(await store.remove(digest)).toBe(true);
    expect(await store.verify(digest)).toBe('missing');
  });

  test('two who remove at once, and one who stores again: what was stored is there', async () => {
    const [one, other] = [createS3Artifacts(settings), createS3Artifacts(settings)];
    proxy.trouble = (_method, _path, headers) =>
      'if-none-match' in headers ? { answer: 501, code: 'NotImplemented' } : undefined;
    for (let round = 0; round < 12; round++) {
      const { digest } = await store.putBytes(`round ${round}`);
      const storedBeforeMs = now() + 1;
      await setTimeout(2);
      const removing = [one, other].map((remover) => remover.remove(digest, { storedBeforeMs }));
      await setTimeout(round * 4);
      await store.putBytes(`round ${round}`);
      expect(await store.verify(digest)).toBe('ok');
      await Promise.all(removing);
      expect(await store.verify(digest)).toBe('ok');
    }
  });
});

describe('what is left behind', () => {
  test('an engine that is killed within an upload leaves nothing that could be taken for content; gc takes the rest away', async () => {
    const path = join(folder, 'large');
    await writeFile(path, large);
    // The last part never comes to its end, so that the process is within the upload when it dies.
    every(1, { lose: 'answer' }, (method, url) => method === 'PUT' && url.includes('partNumber=3'));
    const script = join(folder, 'upload.ts');
    await writeFile(
      script,
      `import { createS3Artifacts } from ${JSON.stringify(join(import.meta.dirname, '../../src/artifacts/s3/index.ts'))};
       const settings = ${JSON.stringify(settings)};
       await createS3Artifacts({ ...settings, credentials: async () => (${JSON.stringify(server.writer)}) }).put(${JSON.stringify(path)});`,
    );
    const child = spawn(process.execPath, [script], { stdio: 'ignore' });
    const before = proxy.seen.length;
    while (!proxy.seen.slice(before).some((line) => line.includes('partNumber=3'))) await setTimeout(20);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await uploadsLeft()).toBe(1);
    expect(await store.verify(digestOf(large))).toBe('missing');
    // To this server every upload was begun in 2010.
    expect(await store.removeUnfinished(now() - 3600_000)).toBe(1);
    expect(await uploadsLeft()).toBe(0);
    const times = async (): Promise<number> => (await collect(new Bucket(settings).list('state/'))).length;
    expect(await times()).toBe(1);
    expect(await store.removeUnfinished(now() - 3600_000)).toBe(0);
    expect(await times()).toBe(1);
    expect(await store.removeUnfinished(now() + 3600_000)).toBe(1);
    expect(await times()).toBe(0);
    proxy.trouble = () => undefined;
    await storeAndRead();
  });

  test('the mark of a remover that died holds nobody up for ever, and that of one who lives holds up until it is gone', async () => {
    const bucket = new Bucket(settings);
    const { digest } = await store.putBytes('leaving');
    const mark = `state/${contentKey({ kind: 'file', digest })}/leaving`;
    await bucket.mark(mark);
    let isDone = false;
    const renewing = store.renew(digest).finally(() => {
      isDone = true;
    });
    await setTimeout(300);
    expect(isDone).toBe(false);
    await bucket.remove(mark);
    expect(await renewing).toBe(true);
    expect(await store.verify(digest)).toBe('ok');
  });

  test('damaged bytes are kept for examination beside the content, until it is stored again', async () => {
    const bucket = new Bucket(settings);
    const { digest } = await store.putBytes('precious');
    const key = contentKey({ kind: 'file', digest });
    await bucket.remove(key);
    await bucket.create(key, Buffer.from('Precious'));
    expect(await store.verify(digest)).toBe('corrupt');
    expect(await buffer(await bucket.get(`state/${key}/damaged`))).toEqual(Buffer.from('Precious'));
    await store.putBytes('precious');
    expect(await bucket.head(`state/${key}/damaged`)).toBe(null);
    expect(await store.verify(digest)).toBe('ok');
  });

  test('content that was put in place of damage meanwhile is not set aside', async () => {
    const bucket = new Bucket(settings);
    const { digest } = await store.putBytes('replaced');
    const key = contentKey({ kind: 'file', digest });
    await bucket.remove(key);
    await bucket.create(key, Buffer.from('Replaced'));
    const etag = (await bucket.head(key))!.etag;
    await bucket.remove(key);
    await store.putBytes('replaced');
    await bucket.remove(key, { etag });
    expect(await store.verify(digest)).toBe('ok');
  });

  test('a store of a newer format is refused and left alone', async () => {
    const bucket = new Bucket(settings);
    await bucket.create('format.json', Buffer.from('{"format":2}'));
    const refused = { code: 'ARTIFACT_STORE_NEWER' };
    await expect(store.putBytes('x')).rejects.toMatchObject(refused);
    await expect(store.read(digestOf('x') as Digest)).rejects.toMatchObject(refused);
  });
});

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

function signedBy(given: S3Settings, change: Partial<S3Server['writer']>): Partial<S3Settings> {
  return { credentials: async () => ({ ...(await given.credentials()), ...change }) };
}
