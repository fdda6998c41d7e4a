/* The search in words as clients and users ask it: the endpoint, and `mlspec search` beside the server. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { program } from '../program.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

let home: string;
let server: ServerProcess;
let run_id: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'search-'));
  server = await startServerProcess(join(home, 'state'), home);
  const made = await post('runs/create', { experiment_id: '0', run_name: 'brave-owl' });
  run_id = (made as { run: { info: { run_id: string } } }).run.info.run_id;
  const tags = [{ key: 'mlflow.note.content', value: 'tried \u001b[31mwarm restarts' }];
  await post('runs/log-batch', { run_id, params: [{ key: 'lr', value: '0.01' }], tags });
});
afterAll(async () => {
  await server.kill();
  await rm(home, { recursive: true, force: true });
});

async function post(path: string, body: object): Promise<unknown> {
  const answer = await fetch(`${server.url}/api/2.0/mlflow/${path}`, {
    ...{ method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } },
  });
  expect(answer.status).toBe(200);
  return await answer.json();
}

const ask = (query: string): Promise<Response> => fetch(`${server.url}/api/2.0/mlspec/search?${query}`);

test('the endpoint answers with what was found and where', async () => {
  expect(await (await ask('q=restarts&kind=run&kind=model')).json()).toEqual({
    matches: [
      {
        ...{ kind: 'run', key: run_id, experiment_id: '0', experiment_name: 'Default', title: 'brave-owl' },
        ...{ uri: `runs:/${run_id}`, place: `#/experiments/0/runs/${run_id}`, is_cut: false },
        found_in: [
          {
            ...{ field: 'note', label: 'note' },
            parts: [
              { text: 'tried \u001b[31mwarm ', is_match: false },
              { text: 'restarts', is_match: true },
            ],
          },
        ],
      },
    ],
    is_up_to_date: true,
  });
});

test('a mistake in a question is told with its place, and a word that is not there with the nearest', async () => {
  const answer = await ask(`q=${encodeURIComponent('lr "warm')}`);
  expect(answer.status).toBe(400);
  const { message } = (await answer.json()) as { message: string };
  expect(message).toContain('at offset 3:\n  lr "warm\n     ^');
  expect(await (await ask('q=restrats')).json()).toMatchObject({ matches: [], did_you_mean: 'restarts' });
});

test('no question is an error of the server', async () => {
  for (const q of ['', '"', '*:*', "';--", '%00', '%F0%9F%99%82', '(a OR', 'a'.repeat(5000)])
    expect([q, (await ask(`q=${q}`)).status < 500]).toEqual([q, true]);
  for (const wrong of ['', 'q=a&kind=nothing', 'q=a&max_results=-1', 'q=a&max_results=100000'])
    expect([wrong, (await ask(wrong)).status]).toEqual([wrong, 400]);
});

test('the command prints a line for each match, and nothing that steers a terminal', async () => {
  const mlspec = async (args: readonly string[]): Promise<string> =>
    (
      await promisify(execFile)(program, ['search', ...args, '--store', join(home, 'state')], {
        ...{ cwd: home, env: { PATH: process.env['PATH'], HOME: home } },
      })
    ).stdout;
  const said = await mlspec(['restarts', '"lr 0.01"']);
  expect(said).toContain(`run ${run_id}  brave-owl  in Default`);
  expect(said).toContain('  param lr: 0.01');
  expect(said).not.toContain('\u001b');
  expect(JSON.parse(await mlspec(['owl', '--json']))).toMatchObject({ type: 'match', kind: 'run', key: run_id });
});
