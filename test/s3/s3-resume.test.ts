/* Large files that are cut off on their way into a bucket or out of it: what arrived is not sent again, and is right. */
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
import { digestOf, now } from '../../src/encoding/index.ts';
import { isFull } from '../full.ts';
import { type ObjectServer, startS3Server, startSwiftServer } from './s3-server.ts';
import { startUnreliableProxy, type Trouble, type UnreliableProxy } from './unreliable-proxy.ts';

const partBytes = 8 << 20;
const partCount = 5;

describe.each<[string, () => Promise<ObjectServer>]>([
  ['moto', startS3Server],
  ['Swift', startSwiftServer],
])('on %s', (name, start) => {
  let server: ObjectServer;
  let proxy: UnreliableProxy;
  let folder: string;
  let settings: S3Settings;
  let store: ArtifactStore;
  let bucket: Bucket;
  let content: Buffer;
  let path: string;

  beforeAll(async () => {
    server = await start();
    proxy = await startUnreliableProxy(server.endpoint);
    folder = await mkdtemp(join(tmpdir(), 's3-resume-'));
  });
  afterAll(async () => {
    await proxy.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    proxy.trouble = () => undefined;
    settings = { ...server.settings(), endpoint: proxy.url, stagingFolder: join(folder, 'staging') };
    store = createS3Artifacts(settings);
    bucket = new Bucket({ ...settings, endpoint: server.endpoint });
    content = Buffer.alloc((partCount - 1) * partBytes + 1_000_000);
    for (let part = 0; part < partCount; part++) content.fill(`part ${part} of ${settings.prefix} `, part * partBytes);
    path = join(folder, 'large');
    await writeFile(path, content);
  });

  /** The parts that are sent while something is done. */
  async function partsSentBy(work: () => Promise<unknown>): Promise<number[]> {
    const before = proxy.seen.length;
    await work();
    const sent = proxy.seen.slice(before).map((line) => /^PUT .*partNumber=(\d+)/.exec(line)?.[1]);
    return sent.filter((part) => part !== undefined).map(Number);
  }

  async function openUploads(): Promise<string[]> {
    const ids: string[] = [];
    for await (const { uploadId } of bucket.openUploads()) ids.push(uploadId);
    return ids;
  }

  async function receivedParts(): Promise<number[]> {
    const parts: number[] = [];
    for (const uploadId of await openUploads()) {
      const key = contentKey({ kind: 'file', digest: digestOf(content) });
      for await (const { part } of bucket.receivedParts({ key, uploadId })) parts.push(part);
    }
    return parts;
  }

  async function requireStored(): Promise<void> {
    const digest = digestOf(content);
    expect((await buffer(store.open(digest))).equals(content)).toBe(true);
    await store.removeUnfinished(now() + 3600_000);
    expect(await openUploads()).toEqual([]);
    expect(await readdir(settings.stagingFolder).catch(() => [])).toEqual([]);
  }

  function refuse(what: Trouble, ...parts: readonly number[]): void {
    proxy.trouble = (method, url) =>
      method === 'PUT' && parts.some((part) => url.includes(`partNumber=${part}&`)) ? what : undefined;
  }

  test('a file whose upload was cut off is sent from where it was, by another handle on the store', async () => {
    refuse({ answer: 503, code: 'SlowDown' }, 3, 5);
    await expect(store.put(path)).rejects.toMatchObject({ code: 'ARTIFACT_STORE_IO' });
    const received = await receivedParts();
    expect(received).toEqual([1, 2, 4].slice(0, received.length));
    expect(received.length).toBeGreaterThan(0);
    proxy.trouble = () => undefined;
    const missing = [1, 2, 3, 4, 5].filter((part) => !received.includes(part));
    const again = createS3Artifacts(settings);
    expect((await partsSentBy(() => again.put(path))).sort()).toEqual(missing);
    expect(await openUploads()).toEqual([]);
    await requireStored();
  });

  test('so is a stream, which waits on the disk of the machine', async () => {
    const stream = async function* (): AsyncGenerator<Buffer> {
      for (let at = 0; at < content.length; at += 1 << 20) yield content.subarray(at, at + (1 << 20));
    };
    refuse({ answer: 503, code: 'SlowDown' }, 2);
    await expect(store.putStream(stream())).rejects.toMatchObject({ code: 'ARTIFACT_STORE_IO' });
    const received = await receivedParts();
    expect(received).toContain(1);
    proxy.trouble = () => undefined;
    const sent = await partsSentBy(() => store.putStream(stream()));
    expect(sent.length).toBe(partCount - received.length);
    await requireStored();
  });

  test('a part that is not what the file holds, and one of another size, are sent again', async () => {
    const key = contentKey({ kind: 'file', digest: digestOf(content) });
    const uploadId = await bucket.beginUpload(key);
    await bucket.sendPart({ key, uploadId }, 1, content.subarray(0, partBytes));
    await bucket.sendPart({ key, uploadId }, 2, Buffer.alloc(partBytes, 'something else'));
    await bucket.sendPart({ key, uploadId }, 3, content.subarray(2 * partBytes, 3 * partBytes - 1));
    await bucket.sendPart({ key, uploadId }, 9, content.subarray(0, partBytes));
    expect((await partsSentBy(() => store.put(path))).sort()).toEqual([2, 3, 4, 5]);
    await requireStored();
  });

  test('of several uploads one is gone on with and the others are taken away; other keys are left alone', async () => {
    const key = contentKey({ kind: 'file', digest: digestOf(content) });
    for (let round = 0; round < 3; round++) await bucket.beginUpload(key);
    const elsewhere = await bucket.beginUpload(`${key}-another`);
    await store.put(path);
    expect(await openUploads()).toEqual([elsewhere]);
    await bucket.abortUpload({ key: `${key}-another`, uploadId: elsewhere });
    await requireStored();
  });

  // Moto may answer 500 where two replace one object at once: it reads the content of the old one, which it has closed.
  if (name === 'Swift')
    test('two who send the same content at once join one upload or not, and both find it there', async () => {
      const both = [store, createS3Artifacts(settings), createS3Artifacts(settings)];
      const stored = await Promise.all(both.map((one) => one.put(path)));
      expect(new Set(stored.map(({ digest }) => digest))).toEqual(new Set([digestOf(content)]));
      await requireStored();
    });

  test('who may not list uploads sends everything', async () => {
    await bucket.beginUpload(contentKey({ kind: 'file', digest: digestOf(content) }));
    proxy.trouble = (method, url) =>
      method === 'GET' && url.includes('uploads=') ? { answer: 403, code: 'AccessDenied' } : undefined;
    expect((await partsSentBy(() => store.put(path))).length).toBe(partCount);
    proxy.trouble = () => undefined;
    await requireStored();
  });

  test('an answer to the end of an upload that is lost is not a second upload', async () => {
    let lost = 0;
    proxy.trouble = (method, url) =>
      method === 'POST' && !url.includes('uploads=') && lost++ === 0 ? { lose: 'answer' } : undefined;
    expect((await partsSentBy(() => store.put(path))).length).toBe(partCount);
    expect(lost).toBeGreaterThan(1);
    await requireStored();
  });

  test('an object that is replaced by equal content while it is read goes on as the new one', async () => {
    const { digest } = await store.put(path);
    let count = 0;
    proxy.trouble = (method, url) => {
      if (method !== 'GET' || !url.includes('/blobs/')) return;
      return ++count === 1 ? { lose: 3 << 20 } : count === 2 ? { answer: 412, code: 'PreconditionFailed' } : undefined;
    };
    expect((await buffer(store.open(digest))).equals(content)).toBe(true);
    expect(count).toBe(3);
    const range = { start: partBytes - 10, end: 2 * partBytes };
    expect((await buffer(store.open(digest, range))).equals(content.subarray(range.start, range.end))).toBe(true);
    count = 0;
    expect((await buffer(store.open(digest, range))).equals(content.subarray(range.start, range.end))).toBe(true);
  });

  const often = isFull ? 20 : 8;
  const kills = name === 'moto' ? often : 4;
  test(`an engine that is killed ${kills} times leaves nothing half visible, and the next one goes on`, async () => {
    const script = join(folder, 'upload.ts');
    const source = join(import.meta.dirname, '../../src/artifacts/s3/index.ts');
    await writeFile(
      script,
      `import { createS3Artifacts } from ${JSON.stringify(source)};
       const settings = ${JSON.stringify(settings)};
       const credentials = async () => (${JSON.stringify(server.writer)});
       await createS3Artifacts({ ...settings, credentials }).put(${JSON.stringify(path)});`,
    );
    const digest = digestOf(content);
    let keptParts = 0;
    for (let kill = 0; kill < kills; kill++) {
      // Over the whole of an upload: some sixteen requests, from opening the store to the last of the state; and every
      // other time at the fifth part, which is begun when one of the four before it has arrived.
      const after = kill % 2 === 0 ? 1 + Math.floor((kill * 16) / kills) : Number.POSITIVE_INFINITY;
      await store.remove(digest);
      const before = proxy.seen.length;
      const child = spawn(process.execPath, [script], { stdio: 'ignore' });
      const ended = once(child, 'exit');
      let isEnded = false;
      void ended.then(() => {
        isEnded = true;
      });
      const seen = (): string[] => proxy.seen.slice(before);
      const isAtLast = (): boolean => seen().some((line) => line.includes('partNumber=5&'));
      while (seen().length < after && !(after > 16 && isAtLast()) && !isEnded) await setTimeout(2);
      child.kill('SIGKILL');
      await ended;
      while (proxy.underWay > 0) await setTimeout(2);
      expect(['ok', 'missing']).toContain(await store.verify(digest));
      const received = await receivedParts();
      keptParts += received.length;
      const isThere = await store.has(digest);
      const sent = await partsSentBy(() => store.put(path));
      const missing = [1, 2, 3, 4, 5].filter((part) => !received.includes(part));
      if (!isThere) expect(sent.sort()).toEqual(missing);
      expect(await store.verify(digest)).toBe('ok');
      await store.removeUnfinished(now() + 3600_000);
      expect(await openUploads()).toEqual([]);
    }
    expect(keptParts).toBeGreaterThan(0);
    await requireStored();
  });
});
