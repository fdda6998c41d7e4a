/* The files of a web interface that a server shows: what they say of themselves, and paths that are none of theirs. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findUi, loadConfig } from '../../src/app/index.ts';
import { readUiFiles } from '../../src/server/mlflow/index.ts';
import { newSqlite } from '../contract/databases.ts';
import { startTestServer, type TestServer } from './test-server.ts';

const python = process.env['MLSPEC_TEST_PYTHON'] ?? 'python3';
let folder: string;
let build: string;
let server: TestServer;
let plain: TestServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ui-'));
  build = join(folder, 'build');
  await mkdir(join(build, 'static', 'js'), { recursive: true });
  await mkdir(join(build, 'lib', 'notebook-trace-renderer'), { recursive: true });
  await mkdir(join(folder, 'beside'));
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await writeFile(join(folder, 'beside', 'inside.txt'), 'secret');
  await writeFile(join(build, 'index.html'), '<!doctype html><title>shown</title>');
  await writeFile(join(build, 'static', 'js', 'main.c2f5f8d4.js'), 'let a = 1;\n'.repeat(1000));
  await writeFile(join(build, 'favicon.ico'), 'icon');
  await writeFile(join(build, 'gone.txt'), 'here');
  await writeFile(join(build, 'swapped.txt'), 'own');
  await writeFile(join(build, 'lib', 'notebook-trace-renderer', 'index.html'), '<p>trace</p>');
  await symlink(join(folder, 'secret.txt'), join(build, 'link.txt'));
  await symlink(join(folder, 'beside'), join(build, 'links'));
  server = await startTestServer(newSqlite, { ui: await readUiFiles(build) });
  plain = await startTestServer(newSqlite);
});
afterAll(async () => {
  await Promise.all([server.close(), plain.close()]);
  await rm(folder, { recursive: true });
});

test('the page is at the address of the server; without a web interface a page says what this is', async () => {
  const page = await fetch(server.url);
  expect(await page.text()).toContain('<title>shown</title>');
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('x-frame-options')).toBe('SAMEORIGIN');
  expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  expect(page.headers.get('cache-control')).toBe('no-cache');
  const policy = page.headers.get('content-security-policy');
  for (const part of [
    "object-src 'none'",
    "frame-ancestors 'self'",
    "connect-src 'self' data: blob:",
    "base-uri 'self'",
  ])
    expect(policy).toContain(part);
  expect(await (await fetch(plain.url)).text()).toContain('This is the tracking server of MLSpec');
  expect((await fetch(`${plain.url}/static-files/index.html`)).status).toBe(404);
});

test('what is named by its content is kept for a year, all else is asked for again', async () => {
  const script = await fetch(`${server.url}/static-files/static/js/main.c2f5f8d4.js`);
  expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  const icon = await fetch(`${server.url}/static-files/favicon.ico`);
  expect(icon.headers.get('cache-control')).toBe('no-cache');
  expect(icon.headers.get('content-type')).toBe('image/x-icon');
  const again = { headers: { 'if-none-match': icon.headers.get('etag')! } };
  expect((await fetch(`${server.url}/static-files/favicon.ico`, again)).status).toBe(304);
  await utimes(join(build, 'favicon.ico'), 1, 1);
  expect((await fetch(`${server.url}/static-files/favicon.ico`, again)).status).toBe(200);
});

test('it is compressed for whoever takes that', async () => {
  const path = '/static-files/static/js/main.c2f5f8d4.js';
  const packed = await get(path, { 'accept-encoding': 'br, gzip;q=0.8' });
  expect(packed.headers['content-encoding']).toBe('gzip');
  expect(packed.headers['vary']).toBe('accept-encoding');
  expect(packed.body.length).toBeLessThan(200);
  expect(String(gunzipSync(packed.body))).toBe('let a = 1;\n'.repeat(1000));
  for (const accept of ['', 'identity', 'gzip;q=0', 'br, gzip; q=0.0']) {
    const whole = await get(path, { 'accept-encoding': accept });
    expect(whole.headers['content-encoding']).toBeUndefined();
    expect(whole.body.length).toBe(11_000);
  }
  expect(
    (await get('/static-files/favicon.ico', { 'accept-encoding': 'gzip' })).headers['content-encoding'],
  ).toBeUndefined();
});

test('a page that Jupyter frames may be framed', async () => {
  const page = await fetch(`${server.url}/static-files/lib/notebook-trace-renderer/index.html`);
  expect(page.headers.get('x-frame-options')).toBeNull();
  expect(page.headers.get('content-security-policy')).not.toContain('frame-ancestors');
});

test.each([
  '../secret.txt',
  'static/../../secret.txt',
  '%2e%2e/secret.txt',
  '%2e%2e%2fsecret.txt',
  '..%2fsecret.txt',
  '..%5csecret.txt',
  '..\\secret.txt',
  '%252e%252e%252fsecret.txt',
  '/etc/passwd',
  '%2fetc%2fpasswd',
  'link.txt',
  'links/inside.txt',
  'index.html%00.js',
  'static',
  'static/js/',
  './index.html',
  'constructor',
  '__proto__',
  `${'a'.repeat(3000)}`,
  '%ff',
  '',
])('%s is none of its files', async (path) => {
  const { status, body } = await get(`/static-files/${path}`);
  expect([400, 404, 414]).toContain(status);
  expect(String(body)).not.toBe('secret');
  expect(JSON.parse(String(body))).toHaveProperty('message');
});

test('what was taken away or made a link since is not there', async () => {
  await rm(join(build, 'gone.txt'));
  expect((await get('/static-files/gone.txt')).status).toBe(404);
  expect(String((await get('/static-files/swapped.txt')).body)).toBe('own');
  await symlink(join(folder, 'secret.txt'), join(build, 'new.txt'));
  await rename(join(build, 'new.txt'), join(build, 'swapped.txt'));
  expect((await get('/static-files/swapped.txt')).status).toBe(404);
});

test('a folder that is no web interface is refused', async () => {
  const refused = expect.objectContaining({ code: 'CONFIG_BAD_VALUE' });
  await expect(readUiFiles(join(folder, 'beside'))).rejects.toEqual(refused);
  await expect(readUiFiles(join(folder, 'nowhere'))).rejects.toEqual(refused);
});

test('--ui finds the package of a Python environment without importing it', { timeout: 60_000 }, async () => {
  const signal = new AbortController().signal;
  const config = { ...loadConfig({ env: process.env, cwd: folder }), python };
  const environment = join(folder, 'venv');
  execFileSync(python, ['-m', 'venv', '--without-pip', environment]);
  await expect(findUi(environment, config, signal)).rejects.toThrow('to find the package mlflow, found none');
  const packages = execFileSync(join(environment, 'bin', 'python'), [
    '-c',
    'import sysconfig; print(sysconfig.get_path("purelib"))',
  ]);
  const mlflow = join(String(packages).trim(), 'mlflow');
  const built = join(mlflow, 'server', 'js', 'build');
  await mkdir(mlflow, { recursive: true });
  await writeFile(join(mlflow, '__init__.py'), 'raise RuntimeError("imported")');
  await expect(findUi(environment, config, signal)).rejects.toThrow('mlflow-skinny has none');
  await mkdir(built, { recursive: true });
  await writeFile(join(built, 'index.html'), '');
  await writeFile(join(mlflow, 'version.py'), 'import x\nVERSION = "3.17.2"\n');
  const found = { folder: built, mlflowVersion: '3.17.2' };
  expect(await findUi(environment, config, signal)).toEqual(found);
  expect(await findUi('mlflow', { ...config, python: join(environment, 'bin', 'python') }, signal)).toEqual(found);
  expect(await findUi(build, config, signal)).toEqual({ folder: build, mlflowVersion: null });
  await expect(findUi(join(folder, 'beside'), config, signal)).rejects.toThrow('expected --ui to be mlflow');
});

/** Asks for a path as it is written: `fetch` would tidy it. */
function get(
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; headers: Readonly<Record<string, unknown>>; body: Buffer }> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () =>
        resolve({ status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(parts) }),
      );
    })
      .on('error', reject)
      .end();
  });
}
