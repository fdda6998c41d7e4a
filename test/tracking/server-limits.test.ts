/*
 * What one client may cost the tracking server: connections that say nothing, headers and bodies that never end or are too large, many
 * at once. Each is refused in the form of every other error, and the others are served.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { type ArtifactServer, startArtifactServer } from './artifact-server.ts';
import { type RawConnection, rawConnection } from './raw-connection.ts';

const open: ArtifactServer[] = [];
const connections: RawConnection[] = [];
async function start(options: Parameters<typeof startArtifactServer>[1] = {}): Promise<string> {
  open.push(await startArtifactServer(undefined, options));
  return open.at(-1)!.url;
}
function say(url: string, words: string | Buffer = ''): RawConnection {
  connections.push(rawConnection(url, words));
  return connections.at(-1)!;
}
afterEach(async () => {
  for (const { socket } of connections.splice(0)) socket.destroy();
  for (const one of open.splice(0)) await one.close();
});

const create = '/api/2.0/mlflow/experiments/create';
const batch = '/api/2.0/mlflow/runs/log-batch';
const complete = '/api/2.0/mlflow-artifacts/mpu/complete';
const spans = '/v1/traces';
const headers = { 'content-type': 'application/json' };
const post = async (url: string, body: string): Promise<Response> =>
  await fetch(url, { method: 'POST', headers, body });

function begin(path: string, ...more: string[]): string {
  return [`POST ${path} HTTP/1.1`, 'Host: localhost', 'Content-Type: application/json', ...more, '', ''].join('\r\n');
}

/** Status and error code of the last answer on a connection. */
function lastAnswer(text: string): [number, string] {
  const last = text.slice(text.lastIndexOf('HTTP/1.1 '));
  return [Number(last.slice(9, 12)), JSON.parse(last.slice(last.indexOf('\r\n\r\n') + 4)).error_code];
}

describe('ids of requests', () => {
  test('a well-formed one is taken over, another one replaced', async () => {
    const url = await start();
    const idOf = async (id: string) =>
      (await fetch(`${url}/ok`, { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await idOf('4bf92f3577b34da6-a.b:c@d/e+f=g')).toBe('4bf92f3577b34da6-a.b:c@d/e+f=g');
    for (const wrong of ['', ' ', '-x', 'a b', '"x"', 'a'.repeat(129), 'ü']) expect(await idOf(wrong)).toMatch(/^req_/);
  });
});

describe('bodies', () => {
  test('beyond the limit of their endpoint they are refused with 413, after they were received (SERVER_BODY_TOO_LARGE)', async () => {
    const url = await start();
    const large = JSON.stringify({ name: 'x', padding: 'a'.repeat(5 << 20) });
    const refused = await post(url + create, large);
    expect([refused.status, await refused.json()]).toEqual([
      413,
      { error_code: 'INVALID_PARAMETER_VALUE', message: expect.stringContaining('4194304 bytes') },
    ]);
    // The same to an endpoint by which users log is only wrong for what it says.
    expect((await post(url + batch, large)).status).toBe(400);
    const chunked = say(url, begin(create, 'Transfer-Encoding: chunked', 'Connection: close'));
    const piece = Buffer.from(`100000\r\n${'a'.repeat(1 << 20)}\r\n`);
    for (let count = 0; count < 6; count++) chunked.socket.write(piece);
    chunked.socket.write('0\r\n\r\n');
    expect(lastAnswer(await chunked.closed)).toEqual([413, 'INVALID_PARAMETER_VALUE']);
  });

  test('that do not come, or not to their end, are given up (SERVER_BODY_TOO_SLOW)', async () => {
    const url = await start({ messageLimits: { messageTimeoutMs: 300, heldBytes: 1 << 20 } });
    const announced = say(url, `${begin(create, 'Content-Length: 9')}{`);
    const endless = say(url, begin(create, 'Transfer-Encoding: chunked'));
    const drip = setInterval(() => endless.socket.write('1\r\n \r\n'), 50);
    expect(lastAnswer(await announced.closed)).toEqual([408, 'REQUEST_TIMEOUT']);
    expect(lastAnswer(await endless.closed)).toEqual([408, 'REQUEST_TIMEOUT']);
    clearInterval(drip);
    expect((await post(url + create, '{"name": "x"}')).status).toBe(200);
  });

  test.each([
    ['of uploads in parts', '/api/2.0/mlflow-artifacts/mpu/create/0/x', 16 << 20],
    ['that complete them', '/ajax-api/2.0/mlflow-artifacts/mpu/complete/0/x', 16 << 20],
    ['that abort them', '/api/2.0/mlflow-artifacts/mpu/abort', 16 << 20],
    ['that ask for links', '/api/2.0/mlflow/artifacts/presigned-upload-url', 64 << 10],
    ['of spans', '/v1/traces', 64 << 20],
  ])('%s have their limits of size and time too', async (_name, path, limitBytes) => {
    const url = await start({ messageLimits: { messageTimeoutMs: 5000, heldBytes: 256 << 20 } });
    const slow = say(url, begin(path, 'Transfer-Encoding: chunked'));
    const drip = setInterval(() => slow.socket.write('1\r\n \r\n'), 50);
    const announced = say(url, `${begin(path, 'Content-Length: 9')}{`);
    const large = await post(url + path, 'a'.repeat(limitBytes + 1));
    expect([large.status, await large.text()]).toEqual([413, expect.stringContaining(`${limitBytes} bytes`)]);
    expect((await post(url + path, 'a'.repeat(1000))).status).toBe(400);
    expect(lastAnswer(await announced.closed)).toEqual([408, 'REQUEST_TIMEOUT']);
    expect(lastAnswer(await slow.closed)).toEqual([408, 'REQUEST_TIMEOUT']);
    clearInterval(drip);
    expect((await fetch(`${url}/ok`)).status).toBe(200);
  });

  test('together they may take so many bytes; whoever comes then is told when to come back', async () => {
    const url = await start({ messageLimits: { messageTimeoutMs: 20_000, heldBytes: 1 << 20 } });
    const half = 'a'.repeat(600_000);
    const holding = say(url, `${begin(batch, 'Content-Length: 900000')}${half}`);
    const refused = await expect
      .poll(() => post(url + batch, half), { timeout: 20_000 })
      .toMatchObject({ status: 503 })
      .then(() => post(url + batch, half));
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([
      503,
      '5',
      { error_code: 'TEMPORARILY_UNAVAILABLE', message: expect.any(String) },
    ]);
    holding.socket.destroy();
    await expect.poll(async () => (await post(url + batch, half)).status, { timeout: 20_000 }).toBe(400);
    // Whatever the message is for.
    const other = say(url, `${begin(complete, 'Content-Length: 900000')}${half}`);
    await expect.poll(async () => (await post(url + batch, half)).status, { timeout: 20_000 }).toBe(503);
    expect((await post(url + spans, half)).status).toBe(503);
    other.socket.destroy();
    await expect.poll(async () => (await post(url + batch, half)).status, { timeout: 20_000 }).toBe(400);
    // Nothing stays counted once it is answered.
    for (let count = 0; count < 5; count++) expect((await post(url + batch, half)).status).toBe(400);
  });
});

describe('connections', () => {
  test('whoever says nothing, or its headers a byte at a time, is hung up on', async () => {
    const url = await start({ headerTimeoutMs: 400 });
    const silent = Array.from({ length: 200 }, () => say(url));
    const slow = say(url, 'GET /ok HTTP/1.1\r\n');
    const drip = setInterval(() => slow.socket.write('x: y\r\n'), 50);
    expect((await fetch(`${url}/ok`)).status).toBe(200);
    expect(lastAnswer(await slow.closed)).toEqual([408, 'REQUEST_TIMEOUT']);
    clearInterval(drip);
    await Promise.all(silent.map(({ closed }) => closed));
    expect((await fetch(`${url}/ok`)).status).toBe(200);
  });

  test.each([
    ['a megabyte of headers', `GET /ok HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(1e6)}\r\n\r\n`, 431],
    ['a thousand headers too many', `GET /ok HTTP/1.1\r\nHost: a\r\n${'a: bbbbbbbb\r\n'.repeat(9000)}\r\n`, 431],
    ['two lengths', begin(create, 'Content-Length: 2', 'Content-Length: 3'), 400],
    ['a length and chunks', begin(create, 'Content-Length: 2', 'Transfer-Encoding: chunked'), 400],
    ['an unknown coding', begin(create, 'Transfer-Encoding: gzip'), 400],
    ['a negative length', begin(create, 'Content-Length: -1'), 400],
    ['a wrong size of a chunk', `${begin(create, 'Transfer-Encoding: chunked')}zz\r\n`, 400],
    ['a folded header', 'GET /ok HTTP/1.1\r\nHost: localhost\r\n folded\r\n\r\n', 400],
    ['no host', 'GET /ok HTTP/1.1\r\n\r\n', 400],
    ['no HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ])('%s: refused as JSON, and hung up on', async (_name, words, status) => {
    const url = await start();
    const said = await say(url, Buffer.from(words, 'latin1')).closed;
    // A server that hangs up on a megabyte that it has not read may not be heard any more.
    if (said !== '' || status === 400) expect(lastAnswer(said)[0]).toBe(status);
    expect((await fetch(`${url}/ok`)).status).toBe(200);
  });

  test('five hundred requests in one breath are answered in their order', async () => {
    const url = await start();
    const ask = (id: number) => `GET /ok HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: n${id}\r\n\r\n`;
    const last = 'GET /ok HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    const asked = say(url, Array.from({ length: 500 }, (_, id) => ask(id)).join('') + last);
    const ids = [...(await asked.closed).matchAll(/x-request-id: n(\d+)/g)].map(([, id]) => Number(id));
    expect(ids).toEqual(Array.from({ length: 500 }, (_, id) => id));
  });

  test('half of a request and then silence from the other side ends with it', async () => {
    const url = await start();
    const half = say(url, begin(create, 'Content-Length: 10'));
    half.socket.end('{');
    await half.closed;
    expect((await fetch(`${url}/ok`)).status).toBe(200);
  });
});
