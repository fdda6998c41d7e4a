import { once } from 'node:events';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { request as send } from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/encoding/index.ts';
import { parseArtifactPath } from '../../src/tracking/index.ts';
import { type ArtifactServer, errorOf, startArtifactServer } from './artifact-server.ts';

let server: ArtifactServer;
let proxy: string;
beforeAll(async () => {
  server = await startArtifactServer();
  proxy = `${server.url}/api/2.0/mlflow-artifacts`;
});
afterAll(async () => {
  expect(server.failures).toEqual([]);
  await server.close();
});

const put = (
  path: string,
  body: string | Buffer<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> => fetch(`${proxy}/artifacts/${path}`, { method: 'PUT', body, headers });
const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${proxy}/artifacts/${path}`, { headers });
const post = (path: string, body: object): Promise<Response> =>
  fetch(`${proxy}/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });

describe('files', () => {
  test('are put with any media type or none, got as an attachment, listed and deleted', async () => {
    for (const type of [
      'text/plain',
      'application/json',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencoded',
      '',
      'no type at all',
    ]) {
      const answered = await put('1/r/artifacts/a file ü.txt', Buffer.from(`{"sent as": "${type}"}`), {
        'content-type': type,
      });
      expect([answered.status, await answered.json()]).toEqual([200, {}]);
      expect(await (await get('1/r/artifacts/a%20file%20%C3%BC.txt')).text()).toBe(`{"sent as": "${type}"}`);
    }
    const { headers } = await get('1/r/artifacts/a file ü.txt');
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="a file _.txt"; filename*=UTF-8''a%20file%20%C3%BC.txt`,
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    await put('1/r/artifacts/sub/empty', Buffer.alloc(0));
    const listed = async (path: string): Promise<unknown> =>
      await (await fetch(`${proxy}/artifacts?path=${path}`)).json();
    expect(await listed('1/r/artifacts')).toEqual({
      files: [
        { path: 'a file ü.txt', is_dir: false, file_size: 29 },
        { path: 'sub', is_dir: true },
      ],
    });
    expect(await listed('1/r/artifacts/sub')).toEqual({ files: [{ path: 'empty', is_dir: false, file_size: 0 }] });
    expect(await listed('1/r/artifacts/sub/empty')).toEqual({ files: [] });
    expect(await (await get('1/r/artifacts/sub/empty')).text()).toBe('');
    const removed = await fetch(`${proxy}/artifacts/1/r/artifacts/sub`, { method: 'DELETE' });
    expect([removed.status, await removed.json()]).toEqual([200, {}]);
    expect(await listed('1/r/artifacts/sub')).toEqual({ files: [] });
  });

  test('that are not there, are folders or clash are said to be', async () => {
    await put('clash/file', 'x');
    expect(await errorOf(await get('nothing'))).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
    expect(await errorOf(await get('clash'))).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
    expect(await errorOf(await fetch(`${proxy}/artifacts/nothing`, { method: 'DELETE' }))).toEqual([
      404,
      'RESOURCE_DOES_NOT_EXIST',
    ]);
    expect(await errorOf(await put('clash', 'y'))).toEqual([409, 'RESOURCE_CONFLICT']);
    // The answer comes through although nobody wanted the body.
    expect(await errorOf(await put('clash/file/below', Buffer.alloc(30 << 20)))).toEqual([409, 'RESOURCE_CONFLICT']);
    expect(await (await get('clash/file')).text()).toBe('x');
  });

  test('nothing that a browser would run has a type by which it would', async () => {
    for (const name of [
      'a.html',
      'a.HTM',
      'a.svg',
      'a.xhtml',
      'a.pdf',
      'a.swf',
      'a',
      'a.constructor',
      'a.js',
      'a.xml',
      'a.mjs',
      'a.png',
    ]) {
      await put(`types/${name}`, '<script>alert(1)</script>');
      const { headers } = await get(`types/${name}`);
      expect(headers.get('content-type')).toMatch(
        /^(text\/plain; charset=utf-8|application\/octet-stream|image\/png)$/,
      );
      expect(headers.get('content-disposition')).toMatch(/^attachment/);
      expect(headers.get('content-security-policy')).toContain('sandbox');
    }
  });

  test('a name that a header cannot hold stays one header', async () => {
    await put('quote%22;%20filename=evil.html', 'x');
    const disposition = (await get('quote%22;%20filename=evil.html')).headers.get('content-disposition');
    expect(disposition).toBe(
      `attachment; filename="quote_; filename=evil.html"; filename*=UTF-8''quote%22%3B%20filename%3Devil.html`,
    );
  });

  test('a name that was cut at a question mark or a hash changes nothing', async () => {
    await put('cut', 'kept');
    expect(await errorOf(await put('cut?name.txt', 'lost'))).toEqual([400, 'INVALID_PARAMETER_VALUE']);
    expect(await errorOf(await fetch(`${proxy}/artifacts/cut?x`, { method: 'DELETE' }))).toEqual([
      400,
      'INVALID_PARAMETER_VALUE',
    ]);
    expect(await (await get('cut')).text()).toBe('kept');
    await put('cut%3Fname.txt', 'other');
    expect(await (await get('cut%3Fname.txt')).text()).toBe('other');
  });

  test('many puts to one path at once each succeed, and one of them stays whole', async () => {
    const bodies = Array.from({ length: 12 }, (_, index) => Buffer.alloc(300_000 + index, `${index}`));
    const statuses = await Promise.all(bodies.map(async (body) => (await put('contended', body)).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
    const found = Buffer.from(await (await get('contended')).arrayBuffer());
    expect(bodies.some((body) => body.equals(found))).toBe(true);
  });
});

describe('parts of a file and conditions', () => {
  const content = 'abcdefghij';
  beforeAll(async () => {
    await put('ranged.bin', content);
  });

  test.each([
    ['bytes=0-3', 206, 'abcd', 'bytes 0-3/10'],
    ['bytes=4-', 206, 'efghij', 'bytes 4-9/10'],
    ['bytes=-3', 206, 'hij', 'bytes 7-9/10'],
    ['bytes=-99', 206, content, 'bytes 0-9/10'],
    ['bytes=9-99', 206, 'j', 'bytes 9-9/10'],
    ['Bytes = 1 - 1', 206, 'b', 'bytes 1-1/10'],
    ['bytes=0-1,3-4', 200, content, null],
    ['bytes=3-1', 200, content, null],
    ['bytes=-', 200, content, null],
    ['lines=1-2', 200, content, null],
    ['bytes=a-b', 200, content, null],
  ])('%s is answered with %i', async (range, status, body, contentRange) => {
    const answered = await get('ranged.bin', { range });
    expect([answered.status, await answered.text()]).toEqual([status, body]);
    expect(answered.headers.get('content-range')).toBe(contentRange);
    expect(answered.headers.get('content-length')).toBe(String(body.length));
    expect(answered.headers.get('accept-ranges')).toBe('bytes');
  });

  test.each(['bytes=10-', 'bytes=99-100', 'bytes=-0'])('%s is of nothing: 416 with the size', async (range) => {
    const answered = await get('ranged.bin', { range });
    expect(answered.headers.get('content-range')).toBe('bytes */10');
    expect(await errorOf(answered)).toEqual([416, 'INVALID_PARAMETER_VALUE']);
  });

  test('the ETag is the digest; whoever has it gets 304, and a part only of what it knows', async () => {
    const etag = `"${digestOf(content)}"`;
    expect((await get('ranged.bin')).headers.get('etag')).toBe(etag);
    for (const known of [etag, `"x", W/${etag}`, '*']) {
      const answered = await get('ranged.bin', { 'if-none-match': known });
      expect([answered.status, await answered.text()]).toEqual([304, '']);
    }
    expect((await get('ranged.bin', { 'if-none-match': '"other"' })).status).toBe(200);
    expect((await get('ranged.bin', { range: 'bytes=0-0', 'if-range': etag })).status).toBe(206);
    expect((await get('ranged.bin', { range: 'bytes=0-0', 'if-range': '"other"' })).status).toBe(200);
  });

  test('HEAD says the same without the bytes', async () => {
    const answered = await fetch(`${proxy}/artifacts/ranged.bin`, { method: 'HEAD' });
    expect([answered.status, await answered.text()]).toEqual([200, '']);
    expect(answered.headers.get('content-length')).toBe('10');
    expect(answered.headers.get('etag')).toBe(`"${digestOf(content)}"`);
    const part = await fetch(`${proxy}/artifacts/ranged.bin`, { method: 'HEAD', headers: { range: 'bytes=2-4' } });
    expect([part.status, part.headers.get('content-length')]).toEqual([206, '3']);
    expect((await fetch(`${proxy}/artifacts/nothing`, { method: 'HEAD' })).status).toBe(404);
  });
});

describe('uploads in parts', () => {
  interface Created {
    readonly upload_id: string;
    readonly credentials: readonly { url: string; part_number: number; headers: object }[];
  }
  const sendPart = async (url: string, body: string): Promise<string> => {
    const answered = await fetch(url, { method: 'PUT', body });
    expect(answered.status).toBe(200);
    return answered.headers.get('etag')!;
  };

  test('go on where they stood, by links that work without credentials, and make the file', async () => {
    const create = await post('mpu/create/1/r/artifacts', { path: '/home/me/large.bin', num_parts: 3 });
    const { upload_id, credentials } = (await create.json()) as Created;
    expect(credentials.map(({ part_number }) => part_number)).toEqual([1, 2, 3]);
    await sendPart(credentials[2]!.url, 'three');
    const state = await fetch(`${proxy}/mpu/status/1/r/artifacts/large.bin?upload_id=${upload_id}`);
    const { parts, credentials: missing } = (await state.json()) as Created & { parts: readonly object[] };
    expect(parts).toEqual([{ part_number: 3, etag: `"${digestOf('three')}"`, size: 5 }]);
    expect(missing.map(({ part_number }) => part_number)).toEqual([1, 2]);
    for (const { url, part_number } of missing) await sendPart(url, part_number === 1 ? 'one' : 'two');
    const all = ['one', 'two', 'three'].map((text, index) => ({
      part_number: index + 1,
      etag: digestOf(text),
      url: 'any',
    }));
    const body = { path: '/home/me/large.bin', upload_id, parts: all };
    for (let time = 0; time < 2; time++) {
      const completed = await post('mpu/complete/1/r/artifacts', body);
      expect([completed.status, await completed.json()]).toEqual([200, {}]);
    }
    expect(await (await get('1/r/artifacts/large.bin')).text()).toBe('onetwothree');
  });

  test('of a client on Windows, at the root, and aborted ones', async () => {
    const { upload_id, credentials } = (await (
      await post('mpu/create', { path: 'C:\\data\\w.bin' })
    ).json()) as Created;
    const etag = await sendPart(credentials[0]!.url, 'windows');
    await post('mpu/complete', { path: 'C:\\data\\w.bin', upload_id, parts: [{ part_number: 1, etag }] });
    expect(await (await get('w.bin')).text()).toBe('windows');
    const other = (await (await post('mpu/create/f', { path: 'a', num_parts: '2' })).json()) as Created;
    expect((await post('mpu/abort/f', { path: 'a', upload_id: other.upload_id })).status).toBe(200);
    expect(await errorOf(await fetch(other.credentials[0]!.url, { method: 'PUT', body: 'late' }))).toEqual([
      404,
      'RESOURCE_DOES_NOT_EXIST',
    ]);
  });

  test('what is wrong with them is the client’s to mend', async () => {
    const bad = [400, 'INVALID_PARAMETER_VALUE'];
    expect(await errorOf(await post('mpu/create/f', { num_parts: 1 }))).toEqual(bad);
    expect(await errorOf(await post('mpu/create/f', { path: 'a', num_parts: 10_001 }))).toEqual(bad);
    expect(await errorOf(await post('mpu/create/..%2f..', { path: 'a' }))).toEqual(bad);
    expect(await errorOf(await post('mpu/create/f', { path: 'a/..' }))).toEqual(bad);
    expect(await errorOf(await post('mpu/create/f', { path: 'a/' }))).toEqual(bad);
    const { upload_id } = (await (await post('mpu/create/f', { path: 'a', num_parts: 2 })).json()) as Created;
    const complete = (parts: unknown): Promise<Response> => post('mpu/complete/f', { path: 'a', upload_id, parts });
    expect(await errorOf(await complete([]))).toEqual(bad);
    expect(await errorOf(await complete('x'))).toEqual(bad);
    expect(await errorOf(await complete([{ part_number: 1 }]))).toEqual(bad);
    expect(await errorOf(await post('mpu/complete/f', { path: 'b', upload_id, parts: [] }))).toEqual([
      404,
      'RESOURCE_DOES_NOT_EXIST',
    ]);
  });
});

describe('links', () => {
  const presigned = async (path: string): Promise<{ url: string; headers: object; file_size: number }> =>
    (await (await fetch(`${proxy}/presigned/${path}`)).json()) as never;

  test('read these bytes in parts, also where the path gets others meanwhile', async () => {
    await put('linked.txt', 'before');
    const { url, headers, file_size } = await presigned('linked.txt');
    expect([headers, file_size]).toEqual([{}, 6]);
    await put('linked.txt', 'after!!');
    const part = await fetch(url, { headers: { range: 'bytes=2-5' } });
    expect([part.status, await part.text()]).toEqual([206, 'fore']);
    expect(part.headers.get('content-disposition')).toContain('linked.txt');
    expect(await errorOf(await fetch(`${proxy}/presigned/nothing`))).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
  });

  test('lead to the proxy that ends TLS, where there is one', async () => {
    const headers = { 'x-forwarded-proto': 'https' };
    await put('tls', 'x');
    const { url } = (await (await fetch(`${proxy}/presigned/tls`, { headers })).json()) as { url: string };
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/api\/2\.0\/mlflow-artifacts\/signed\/file\?/);
  });

  test('work where everything else asks for a token, and nothing else does', async () => {
    const closed = await startArtifactServer(undefined, { token: 'secret' });
    const root = `${closed.url}/api/2.0/mlflow-artifacts`;
    const headers = { authorization: 'Bearer secret' };
    const ask = async (path: string, method: string): Promise<number> =>
      (await fetch(`${root}/${path}`, { method })).status;
    await fetch(`${root}/artifacts/x`, { method: 'PUT', body: 'x', headers });
    const paths = ['artifacts/x', 'artifacts?path=', 'presigned/x', 'artifacts/signed/file', 'signed%2Ffile', 'signed'];
    for (const path of paths) expect(await ask(path, 'GET'), path).toBe(401);
    expect(await ask('artifacts/x', 'PUT')).toBe(401);
    expect(await ask('mpu/create', 'POST')).toBe(401);
    const { url } = (await (await fetch(`${root}/presigned/x`, { headers })).json()) as { url: string };
    expect(await (await fetch(url)).text()).toBe('x');
    expect(await errorOf(await fetch(`${root}/signed/file`))).toEqual([403, 'PERMISSION_DENIED']);
    await closed.close();
  });

  test('that were changed, have expired, or are of another server open nothing', async () => {
    await put('secret', 'secret');
    const { url } = await presigned('secret');
    const other = digestOf('another');
    const forged = [
      url.replace(/sha256%3A[0-9a-f]{64}/, encodeURIComponent(other)),
      url.replace('size=6', 'size=7'),
      url.replace(/expires=\d+/, 'expires=99999999999999'),
      url.replace(/code=.*/, 'code='),
      url.replace(/&code=.*/, ''),
      url.replace('do=read', 'do=send'),
      url.replace('/signed/file', '/signed/part'),
      `${proxy}/signed/file`,
    ];
    for (const link of forged) {
      const method = link.includes('/part') ? 'PUT' : 'GET';
      expect(await errorOf(await fetch(link, { method })), link).toEqual([403, 'PERMISSION_DENIED']);
    }
    expect((await fetch(url)).status).toBe(200);
    const elsewhere = await startArtifactServer();
    const moved = url.replace(server.url, elsewhere.url);
    expect(await errorOf(await fetch(moved))).toEqual([403, 'PERMISSION_DENIED']);
    await elsewhere.close();
  });
});

describe('bytes that are damaged on the disk', () => {
  const damage = async (path: string, sizeBytes: number): Promise<void> => {
    const content = Buffer.alloc(sizeBytes, path);
    const { digest } = await server.artifacts.paths.put(parseArtifactPath(path), Readable.from([content]));
    const file = `${server.root}/blobs/${digest.slice(7, 9)}/${digest.slice(9)}`;
    await chmod(file, 0o644);
    await writeFile(file, content.fill('D', sizeBytes - 1));
  };

  test('are not handed out: what is small is an error that says so', async () => {
    for (const headers of [{}, { range: 'bytes=0-1' }]) {
      await damage('small.bin', 1000);
      const answered = await get('small.bin', headers);
      expect(answered.headers.get('content-disposition')).toBe(null);
      expect(await errorOf(answered)).toEqual([500, 'DATA_LOSS']);
    }
    expect(server.failures.splice(0).length).toBe(2);
  });

  test('never arrive as a whole file', async () => {
    await damage('large.bin', 3 << 20);
    const isWhole = await new Promise<boolean>((resolve, reject) => {
      const request = send(`${proxy}/artifacts/large.bin`, (response) => {
        response.resume();
        response.once('close', () => resolve(response.complete));
      });
      request.once('error', reject);
      request.end();
    });
    expect(isWhole).toBe(false);
  });
});

test('an upload that stands still is given up, and leaves nothing', async () => {
  const impatient = await startArtifactServer(undefined, { uploadIdleMs: 200 });
  const request = send(`${impatient.url}/api/2.0/mlflow-artifacts/artifacts/still`, { method: 'PUT' });
  request.write(Buffer.alloc(3 << 20));
  await expect(once(request, 'response')).rejects.toThrow(/socket hang up|ECONNRESET/);
  while ((await readdir(`${impatient.root}/temp`)).length > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(await readdir(`${impatient.root}/blobs`)).toEqual([]);
  await impatient.close();
  expect(impatient.failures).toEqual([]);
});
