/*
 * Large files through a server in a process of its own, whose memory must not grow with them; connections that break; a
 * full disk. The file is 2 GB in `npm run test:full`, else as large as it takes to see a server that keeps it in memory.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isFull } from '../full.ts';
import { mountMemory } from '../mount.ts';
import { digestOfStream, makeBytes, peakBytes, put, putting } from './large-content.ts';

const largeBytes = isFull ? 2 ** 31 : 240 << 20;
const mostGrownBytes = 100 << 20;
const program = join(import.meta.dirname, 'artifact-server.ts');

interface Started {
  readonly child: ChildProcess;
  readonly proxy: string;
  readonly files: string;
}

/** An upload in parts. */
interface Created {
  readonly upload_id: string;
  readonly credentials: readonly { readonly url: string; readonly part_number: number }[];
}

async function startServer(folder: string): Promise<Started> {
  const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  const proxy = `${String(line).trim()}/api/2.0/mlflow-artifacts`;
  return { child, proxy, files: `${proxy}/artifacts` };
}

async function stopServer({ child }: Started): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
}

describe('large files', () => {
  let folder: string;
  let server: Started;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'transfer-'));
    server = await startServer(folder);
  });
  afterAll(async () => {
    await stopServer(server);
    await rm(folder, { recursive: true, force: true });
  });

  test('go in and out, whole and in parts, in memory that does not grow with them', async () => {
    const whole = `${server.files}/1/run/artifacts/large.bin`;
    expect(await put(`${server.files}/warm`, makeBytes(20 << 20))).toBe(200);
    await digestOfStream((await fetch(`${server.files}/warm`)).body as never);
    const before = await peakBytes(server);
    expect(await put(whole, makeBytes(largeBytes))).toBe(200);
    const expected = await digestOfStream(makeBytes(largeBytes));
    const answered = await fetch(whole);
    expect(answered.headers.get('etag')).toBe(`"sha256:${expected}"`);
    expect(await digestOfStream(answered.body as never)).toBe(expected);
    const range = `bytes=${1 << 20}-${largeBytes - 1}`;
    const part = await fetch(whole, { headers: { range } });
    expect(part.headers.get('content-length')).toBe(String(largeBytes - (1 << 20)));
    for await (const _piece of part.body!);
    expect((await peakBytes(server)) - before).toBeLessThan(mostGrownBytes);
  });

  test('in parts too, which become one file', async () => {
    const partBytes = largeBytes / 8;
    const before = await peakBytes(server);
    const post = async (verb: string, body: object): Promise<Created> => {
      const headers = { 'content-type': 'application/json' };
      const url = `${server.proxy}/mpu/${verb}/1/run`;
      const answered = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
      expect(answered.status).toBe(200);
      return (await answered.json()) as Created;
    };
    const { upload_id, credentials } = await post('create', { path: 'parts.bin', num_parts: 8 });
    const parts = await Promise.all(
      credentials.map(async ({ url, part_number }) => {
        const body = Readable.from(makeBytes(partBytes + part_number), { objectMode: false });
        const answered = await fetch(url, {
          method: 'PUT',
          body: Readable.toWeb(body) as never,
          duplex: 'half',
        } as never);
        return { part_number, etag: answered.headers.get('etag') };
      }),
    );
    await post('complete', { path: 'parts.bin', upload_id, parts });
    const expected = digestOfStream(
      (async function* () {
        for (let part = 1; part <= 8; part++) yield* makeBytes(partBytes + part);
      })(),
    );
    expect(await digestOfStream((await fetch(`${server.files}/1/run/parts.bin`)).body as never)).toBe(await expected);
    expect((await peakBytes(server)) - before).toBeLessThan(mostGrownBytes);
  });

  test('of uploads that break in the middle nothing is left, and what was there stays', async () => {
    const url = `${server.files}/broken.bin`;
    expect(await put(url, makeBytes(1000))).toBe(200);
    const kept = await (await fetch(url)).text();
    const before = await stored(folder);
    for (const goodBytes of [0, 1, 1 << 16, 5 << 20]) {
      const { sent, status } = putting(url);
      sent.setHeader('content-length', 10 << 20);
      for await (const piece of makeBytes(goodBytes)) sent.write(piece);
      if (goodBytes > 1 << 20) await untilStaged(folder);
      else sent.flushHeaders();
      sent.destroy();
      await expect(status).rejects.toThrow();
    }
    // A server that still answers has dealt with what came before on other connections, or is about to.
    while ((await readdir(join(folder, 'content', 'temp'))).length > 0) await fetch(url, { method: 'HEAD' });
    expect(await stored(folder)).toEqual(before);
    expect(await (await fetch(url)).text()).toBe(kept);
  });

  test('of a server that is killed while files come nothing is left once another one stores something', async () => {
    const place = await mkdtemp(join(tmpdir(), 'killed-'));
    const killed = await startServer(place);
    expect(await put(`${killed.files}/kept`, makeBytes(3 << 20))).toBe(200);
    const { sent, status } = putting(`${killed.files}/never`);
    for await (const piece of makeBytes(4 << 20)) sent.write(piece);
    await untilStaged(place);
    killed.child.kill('SIGKILL');
    await expect(status).rejects.toThrow();
    const next = await startServer(place);
    expect((await fetch(`${next.files}/never`)).status).toBe(404);
    expect(await put(`${next.files}/other`, makeBytes(10))).toBe(200);
    expect(await readdir(join(place, 'content', 'temp'))).toEqual([]);
    expect(await digestOfStream((await fetch(`${next.files}/kept`)).body as never)).toBe(
      await digestOfStream(makeBytes(3 << 20)),
    );
    await stopServer(next);
    await rm(place, { recursive: true, force: true });
  });
});

/** The digests of a server's content. */
async function stored(folder: string): Promise<readonly string[]> {
  return (await readdir(join(folder, 'content', 'blobs'), { recursive: true })).sort();
}

/** Waits until a file is coming. */
async function untilStaged(folder: string): Promise<void> {
  while ((await readdir(join(folder, 'content', 'temp'))).length === 0)
    await new Promise((resolve) => setImmediate(resolve));
}

describe('a full disk', () => {
  const mount = `/tmp/mlspec-artifacts-${process.pid}`;
  let mounted = false;
  let server: Started;
  beforeEach(async () => {
    await mkdir(mount, { recursive: true });
    mounted = mountMemory(mount, 'size=12m');
    if (mounted) server = await startServer(mount);
  });
  afterEach(async () => {
    if (mounted) await stopServer(server);
    if (mounted) execFileSync('umount', [mount]);
    await rm(mount, { recursive: true, force: true });
  });

  test('is answered with 507, at once and without losing anything; with room again all is well', async (context) => {
    if (!mounted) context.skip();
    const url = `${server.files}/full.bin`;
    expect(await put(url, makeBytes(100_000))).toBe(200);
    const kept = await (await fetch(url)).text();
    for (const sizeBytes of [30 << 20, 60 << 20]) {
      const body = Readable.toWeb(Readable.from(makeBytes(sizeBytes), { objectMode: false })) as never;
      const answered = await fetch(url, { method: 'PUT', body, duplex: 'half' } as never);
      expect(answered.status).toBe(507);
      const { error_code, message } = (await answered.json()) as { error_code: string; message: string };
      expect(error_code).toBe('RESOURCE_EXHAUSTED');
      expect(message).toContain('no space left');
      expect(await readdir(join(mount, 'content', 'temp'))).toEqual([]);
      expect(await (await fetch(url)).text()).toBe(kept);
    }
    await writeFile(join(mount, 'ballast'), Buffer.alloc(4 << 20));
    expect(await put(url, makeBytes(8 << 20))).toBe(507);
    await rm(join(mount, 'ballast'));
    expect(await put(url, makeBytes(5 << 20))).toBe(200);
  });
});
