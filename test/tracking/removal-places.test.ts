/* `mlspec gc` of a server whose artifacts lie elsewhere: there it removes, and in a place of somebody else nothing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hasPostgres } from '../contract/databases.ts';
import { newPostgresDatabase } from '../contract/postgres-database.ts';
import { program } from '../program.ts';
import { startServerProcess } from './server-process.ts';

const withPostgres = await hasPostgres();
const longAgo = new Date('2026-01-01T00:00:00Z');
const timeoutMs = 60_000;
let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'removal-places-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** A server that took a file of a run that was deleted then, and content that looks old. */
async function serveAndDelete(store: string, artifacts: string): Promise<void> {
  const server = await startServerProcess(store, home, { options: ['--artifacts', artifacts] });
  const call = (path: string, body: object) =>
    fetch(`${server.url}/api/2.0/mlflow/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  const made = (await (await call('runs/create', { experiment_id: '0' })).json()) as {
    run: { info: { run_id: string } };
  };
  const { run_id } = made.run.info;
  const file = `${server.url}/api/2.0/mlflow-artifacts/artifacts/0/${run_id}/artifacts/own`;
  expect((await fetch(file, { method: 'PUT', body: 'content' })).status).toBe(200);
  await call('runs/delete', { run_id });
  expect(await server.stop()).toBe(0);
  for (const path of await contentOf(artifacts)) await utimes(path, longAgo, longAgo);
}

/** The files that hold what was uploaded. */
async function contentOf(folder: string): Promise<string[]> {
  const found = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  return paths.filter((_, index) => texts[index] === 'content');
}

async function gc(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(program, ['gc', '--older-than', '0d', '--yes', ...args], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home },
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (part) => (said.stdout += String(part)));
  child.stderr.on('data', (part) => (said.stderr += String(part)));
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...said };
}

test(
  'content is removed where the server put it, and nowhere else',
  async () => {
    const [store, used] = [join(home, 'store'), join(home, 'used')];
    await serveAndDelete(store, used);
    const stranger = join(home, 'stranger');
    await cp(used, stranger, { recursive: true, preserveTimestamps: true });
    const content = (await contentOf(stranger)).length;
    expect(content).toBe(1);

    const refused = await gc('--store', store, '--artifacts', stranger);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('ARTIFACTS_ELSEWHERE');
    expect(refused.stderr).toContain(used);
    expect((await contentOf(stranger)).length).toBe(content);

    const beside = await gc('--store', store);
    expect(beside.code).toBe(0);
    expect(beside.stdout).toContain(`not looked at: the content at ${used}`);
    expect((await contentOf(used)).length).toBe(content);

    const cleaned = await gc('--store', store, '--artifacts', used);
    expect(cleaned.stdout).toContain('removed 1 item');
    expect(await contentOf(used)).toEqual([]);
  },
  timeoutMs,
);

describe.skipIf(!withPostgres)('a record on PostgreSQL', () => {
  test(
    'never empties the folder of the project in which the command happens to be called',
    async () => {
      const database = await newPostgresDatabase();
      try {
        const [used, mine] = [join(home, 'used'), join(home, '.mlspec', 'artifacts')];
        await serveAndDelete(database.url, used);
        await cp(used, mine, { recursive: true, preserveTimestamps: true });
        const refused = await gc('--store', database.url);
        expect(refused.stderr).toContain('ARTIFACTS_ELSEWHERE');
        expect((await contentOf(mine)).length).toBe(1);
        expect((await gc('--store', database.url, '--artifacts', used)).code).toBe(0);
        expect(await contentOf(used)).toEqual([]);
        expect((await contentOf(mine)).length).toBe(1);
      } finally {
        await database.remove();
      }
    },
    timeoutMs,
  );
});
