/* Paths that lead elsewhere, as no client library would send them: byte by byte, over a socket. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseFolderPath } from '../../src/tracking/index.ts';
import { type ArtifactServer, startArtifactServer } from './artifact-server.ts';

const canary = 'nobody may read or write this';
let folder: string;
let server: ArtifactServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostile-'));
  await writeFile(join(folder, 'canary'), canary);
  server = await startArtifactServer(folder);
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Ways out of a folder, before anybody encodes them. */
const waysOut = [
  '../canary',
  '../../canary',
  'a/../../canary',
  'a/..',
  '..',
  '.',
  './a',
  'a/./b',
  'a/b/../../../../../../../../etc/passwd',
  '/etc/passwd',
  '//etc/passwd',
  '///etc/passwd',
  '/',
  'file:///etc/passwd',
  '/dev/zero',
  '/proc/self/environ',
  '/proc/self/fd/0',
  '\\etc\\passwd',
  '..\\canary',
  'a\\..\\..\\canary',
  '\\\\server\\share\\x',
  '\\\\.\\PhysicalDrive0',
  '\\\\?\\C:\\x',
  'C:\\windows\\win.ini',
  'C:/windows/win.ini',
  'c:',
  'a\0.txt',
  '\0',
  'a\r\nX-Injected: yes',
  'a\nb',
  'a\tb',
  'a\x1b[31m',
  'a\x7f',
  'a\u0085b',
  'a#b',
  '#',
  '#../canary',
  `${'../'.repeat(60)}etc/passwd`,
  'x'.repeat(256),
  `${'x/'.repeat(101)}x`,
  'é'.repeat(1001),
];
const hexOf = (byte: number): string => `%${byte.toString(16).padStart(2, '0')}`;
const encodeAll = (path: string): string => [...Buffer.from(path)].map(hexOf).join('');
const encodeTwice = (path: string): string => encodeAll(path).replaceAll('%', '%25');
/** Spellings of one path in a URL. */
const spellings: Readonly<Record<string, (path: string) => string>> = {
  usual: (path) => path.split('/').map(encodeURIComponent).join('/'),
  encoded: encodeAll,
  'encoded twice': encodeTwice,
  'encoded three times': (path) => encodeTwice(path).replaceAll('%', '%25'),
};
/** What only exists as bytes: raw, overlong, half encoded. */
const rawTargets = [
  '../../canary',
  'a//b',
  '..;/canary',
  '..\\..\\canary',
  '%2e%2e/canary',
  '.%2e/canary',
  '%2e./canary',
  '..%2fcanary',
  '..%5ccanary',
  '..%c0%afcanary',
  '..%252fcanary',
  '%c0%ae%c0%ae/canary',
  '%u002e%u002e/canary',
  '%2e%2e%u2215canary',
  '%e0%80%ae%e0%80%ae/canary',
  '%',
  '%2',
  '%zz/canary',
  '%ff%fe',
  '%00',
  '%0d%0aX-Injected:%20yes',
  'a?path=../canary',
  'a#../canary',
  '..#/canary',
  '..?/canary',
  'a/%2e%2e%2f%2e%2e%2fcanary',
  'a/..%00/canary',
  '....//canary',
  '..././canary',
  '.../canary',
  '%2f%2e%2e%2fcanary',
  'x'.repeat(20_000),
];
/** Names that mean something to some system and nothing here. */
const oddNames = [
  'CON',
  'nul',
  'aux.txt',
  'COM1',
  'dev/null',
  'proc/self/environ',
  '~',
  '~root',
  '$HOME',
  '`id`',
  '-rf',
  '...',
  '%24%7bjndi:ldap:x%7d',
  'a%2520b',
  'a:$DATA',
  '.git/config',
  '__proto__',
  'constructor',
];

const targets: readonly string[] = [
  ...waysOut.flatMap((path) => Object.values(spellings).map((spell) => spell(path))),
  ...rawTargets,
];
const artifacts = '/api/2.0/mlflow-artifacts';
const requests: Readonly<Record<string, (path: string) => readonly [string, string, string]>> = {
  get: (path) => ['GET', `${artifacts}/artifacts/${path}`, ''],
  head: (path) => ['HEAD', `${artifacts}/artifacts/${path}`, ''],
  put: (path) => ['PUT', `${artifacts}/artifacts/${path}`, 'overwritten'],
  delete: (path) => ['DELETE', `${artifacts}/artifacts/${path}`, ''],
  list: (path) => ['GET', `${artifacts}/artifacts?path=${path}`, ''],
  presign: (path) => ['GET', `${artifacts}/presigned/${path}`, ''],
  'begin an upload': (path) => ['POST', `${artifacts}/mpu/create/${path}`, '{"path":"canary","num_parts":1}'],
};

/** One request as bytes, and the whole answer. */
async function exchange(method: string, target: string, body: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  const head = `${method} ${target} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
  socket.write(head + body);
  return await text(socket);
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? Number.NaN);

test.each(Object.keys(requests))('%s: no path leads out, and none makes the server fail', async (name) => {
  expect(targets.length).toBeGreaterThan(180);
  for (const path of targets) {
    const [method, target, body] = requests[name]!(path);
    const answer = await exchange(method, target, body);
    const status = statusOf(answer);
    expect(status, `${method} ${target}`).toBeGreaterThanOrEqual(200);
    expect(status, `${method} ${target}`).toBeLessThan(500);
    expect(answer).not.toContain(canary);
    expect(answer).not.toMatch(/root:|X-Injected: yes\r\n/);
  }
  expect(server.failures).toEqual([]);
});

test('the ways out are refused, however they are spelt, not only without effect', async () => {
  for (const path of waysOut.filter((way) => !way.startsWith('#'))) {
    for (const [name, spell] of Object.entries(spellings)) {
      const answer = await exchange('PUT', `${artifacts}/artifacts/${spell(path)}`, 'x');
      expect([400, 404, 431], `${name}: ${JSON.stringify(path)}`).toContain(statusOf(answer));
    }
  }
});

test('odd names are names: their files are found under them', async () => {
  for (const path of oddNames) {
    expect(statusOf(await exchange('PUT', `${artifacts}/artifacts/odd/${path}`, path)), path).toBe(200);
    expect(await exchange('GET', `${artifacts}/artifacts/odd/${path}`, ''), path).toMatch(
      new RegExp(`\\r\\n\\r\\n${RegExp.escape(path)}$`),
    );
  }
});

test('afterwards nothing is where it should not be', async () => {
  expect(await readFile(join(folder, 'canary'), 'utf8')).toBe(canary);
  expect((await readdir(folder)).filter((name) => !name.startsWith('metadata.db')).sort()).toEqual([
    'canary',
    'content',
  ]);
  const files = await readdir(join(folder, 'content'), { recursive: true, withFileTypes: true });
  expect(files.filter((file) => !(file.isFile() || file.isDirectory()))).toEqual([]);
  const names = files.filter((file) => file.isFile()).map((file) => file.name);
  expect(names.filter((name) => name !== 'format.json' && !/^[0-9a-f]{62}$/.test(name))).toEqual([]);
  const { files: top } = (await (await fetch(`${server.url}${artifacts}/artifacts`)).json()) as {
    files: { path: string }[];
  };
  for (const { path } of top) expect(parseFolderPath(path)).toBe(path);
});
