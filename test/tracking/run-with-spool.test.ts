/* Runs of a project whose tracking server is away for a while: what waits is sent by the runs themselves. */
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSpool, startSending } from '../../src/app/index.ts';
import { trackerEdge } from '../../src/cli/tracker-edge.ts';
import { newSqlite } from '../contract/databases.ts';
import { createProject, type Project } from '../engine/project.ts';
import { makeRun, serveSpool } from './spool-here.ts';
import { runsOf, tagOf } from './spool-parts.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let project: Project;
let remote: TestServer;
let front: Server;
let uri: string;
/** What the front answers instead of the server behind it; null: it lets pass. */
let refusal: (token: string | undefined) => number | null = () => null;

beforeEach(async () => {
  project = await createProject();
  remote = await startTestServer(newSqlite);
  front = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    if (request.url === '/back') refusal = () => null;
    const status = refusal(request.headers.authorization);
    if (status !== null) return void response.writeHead(status).end(`not you, ${request.headers.authorization}`);
    const answer = await fetch(`${remote.url}${request.url}`, {
      method: request.method!,
      headers: { 'content-type': 'application/json' },
      ...(pieces.length === 0 ? {} : { body: new Uint8Array(Buffer.concat(pieces)) }),
    });
    response.writeHead(answer.status).end(await answer.text());
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  uri = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
});

afterEach(async () => {
  front.close();
  await remote.close();
  await project.remove();
});

const logging = (more = ''): string => `
export async function work({ outputs, params }) {
  const { MLFLOW_TRACKING_URI: uri, MLFLOW_TRACKING_TOKEN: token, MLFLOW_RUN_ID: run_id } = process.env;
  const headers = { 'content-type': 'application/json', authorization: 'Bearer ' + token };
  const body = JSON.stringify({ run_id, key: 'loss', value: 0.25, timestamp: 1, step: 3 });
  const answer = await fetch(uri + '/api/2.0/mlflow/runs/log-metric', { method: 'POST', headers, body });
  (await import('node:fs')).writeFileSync(outputs.report.path, String(answer.status));
  ${more}
}`;
const step = `  work:\n    typescript: work.ts#work\n    outputs: {report: Report}\n`;
const timeout = 120_000;

function variables(token: string): Record<string, string> {
  return {
    MLFLOW_TRACKING_URI: uri,
    MLFLOW_TRACKING_TOKEN: token,
    MLSPEC_SPOOLS_DIR: join(project.root, 'spools'),
  };
}

async function namesThere(): Promise<string[]> {
  const runs = await runsOf(remote.url, 'tiny');
  for (const run of runs) expect(run.data.metrics).toEqual([expect.objectContaining({ key: 'loss', value: 0.25 })]);
  for (const { info } of runs) expect(info['status']).toBe('FINISHED');
  return runs.map(({ info }) => info['run_name']!).sort();
}

describe('a run whose server lets it not in', () => {
  test.for([401, 403])(
    '(%i) fails nothing, and the next one that is let in sends its calls too',
    { timeout },
    async (status) => {
      refusal = (sent) => (sent === 'Bearer right-token-of-ada' ? null : status);
      await project.write('work.ts', logging());
      await project.declare(step);
      const first = await project.run([], variables('wrong-token-of-ada'));
      expect(first.code, first.stderr).toBe(0);
      expect(first.stdout).toMatch(
        new RegExp(`was not told of the run: it answered .* with ${status}: not you, Bearer \\[secret\\]`),
      );
      expect(first.stdout).toMatch(/"\d+ calls \([^"]* wait for http:[^"]* still: [^"]*; the next run sends them/);
      expect(await namesThere()).toEqual([]);
      const second = await project.run(['--force', 'work'], variables('right-token-of-ada'));
      expect(second.code, second.stderr).toBe(0);
      expect(second.stdout.match(/"sent \d+ calls that waited for http:[^"]*"/g)).toHaveLength(1);
      const ids = [first, second].map(({ events }) => events.find((event) => event.type === 'run-started')!.runId);
      expect(await namesThere()).toEqual(ids.sort());
      const told = await project.mlspec(['spool', 'status', '--json'], variables('right-token-of-ada'));
      expect(JSON.parse(told.stdout)).toMatchObject({ waiting: 0, aside: 0 });
      const files = (await readdir(join(project.root, 'spools'), { recursive: true, withFileTypes: true })).filter(
        (file) => file.isFile(),
      );
      for (const file of files)
        expect((await readFile(join(file.parentPath, file.name))).includes('token-of-ada')).toBe(false);
      expect(first.stdout + first.stderr + second.stdout + second.stderr).not.toContain('token-of-ada');
      // Nothing waits: nothing is said, and nothing is sent a second time.
      const third = await project.run([], variables('right-token-of-ada'));
      expect(third.stdout).not.toMatch(/calls/);
    },
  );
});

test('a server that is back before a run ends gets it at its end', { timeout }, async () => {
  refusal = () => 503;
  await project.write('work.ts', logging(`await fetch('${uri}/back');`));
  await project.declare(step);
  const run = await project.run([], variables('t'));
  expect(run.code, run.stderr).toBe(0);
  expect(run.stdout).toMatch(/waits in a spool"/);
  expect(run.stdout).toMatch(/"sent \d+ calls that waited for http:/);
  expect(await namesThere()).toEqual([run.events.find((event) => event.type === 'run-started')!.runId]);
  const [there] = await runsOf(remote.url, 'tiny');
  expect(tagOf(there!, 'mlspec.spool.run')).toBeDefined();
});

describe('what waits', () => {
  const sending = (say: (message: string) => void, signal = new AbortController().signal) => ({
    ...{ sendSpool: trackerEdge.sendSpool, remote: { uri, credentials: {} }, signal, say },
    limitMs: 300,
  });

  test('is left waiting where the server does not answer in time, and where the run was interrupted', async () => {
    const folder = join(project.root, 'spool');
    await serveSpool(folder, uri, async ({ url }) => void (await makeRun(url, 'e')));
    const pending: (() => void)[] = [];
    front.removeAllListeners('request').on('request', (_request, response) => pending.push(() => response.destroy()));
    const said: string[] = [];
    await startSending(
      () => openSpool(folder, uri),
      sending((message) => said.push(message)),
    ).settle();
    expect(said).toEqual([
      expect.stringMatching(/^2 calls \(.*\) wait for .* still: it took longer than 0.3 s; the next run/),
    ]);
    await startSending(
      () => openSpool(folder, uri),
      sending((message) => said.push(message), AbortSignal.abort()),
    ).settle();
    expect(said[1]).toMatch(/^2 calls .* still: the run was interrupted;/);
    for (const close of pending) close();
    const spool = await openSpool(folder, uri);
    expect(await spool.journal.status()).toMatchObject({ waiting: 2, aside: 0, sender: null });
    await spool.close();
  });

  test('in a folder that is broken fails nothing', async () => {
    const said: string[] = [];
    const open = () => openSpool(join(project.root, 'none'), null);
    await startSending(
      open,
      sending((message) => said.push(message)),
    ).settle();
    expect(said).toEqual([expect.stringMatching(/expected .* to be a spool/)]);
  });
});
