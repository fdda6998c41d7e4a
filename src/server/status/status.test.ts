import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../../../test/program.ts';

const spec = `mlspec: 1
name: slow
secrets: [TOKEN_FOR_TEST]
task: {kind: custom}
ingestion: {sources: {rows: {csv: rows.csv}}}
steps:
  first: {command: [sh, -c, "echo printed words"]}
  slow:
    command: [sh, -c, "echo '{\\"type\\":\\"metric\\",\\"name\\":\\"loss\\",\\"value\\":0.25,\\"step\\":3,\\"atMs\\":1}' >> $MLSPEC_EVENTS; sleep 30"]
    secrets: [TOKEN_FOR_TEST]
`;

describe('mlspec run --http', () => {
  let home = '';
  let folder = '';
  let address = '';
  let stop: () => Promise<number | null> = async () => null;

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'mlspec-http-'));
    folder = join(home, 'project');
    mkdirSync(folder);
    writeFileSync(join(folder, 'mlspec.yaml'), spec);
    writeFileSync(join(folder, 'rows.csv'), 'a\n1\n');
    const env = { PATH: process.env['PATH'], HOME: home, TOKEN_FOR_TEST: 'very-secret-words' };
    const child = spawn(program, ['run', '--only', 'first', '--only', 'slow', '--http', '0'], {
      cwd: folder,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    stop = async () => {
      child.kill('SIGINT');
      return (await once(child, 'exit'))[0] as number | null;
    };
    address = await new Promise<string>((resolve, reject) => {
      let text = '';
      child.stderr.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
        const found = /metrics at (http:\/\/127\.0\.0\.1:\d+)/.exec(text);
        if (found !== null) resolve(found[1]!);
      });
      child.on('exit', () => reject(new Error(text)));
    });
    await waitFor(async () => (await (await fetch(`${address}/metrics`)).text()).includes('metric="loss"'));
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it('answers /ok', async () => {
    const answer = await fetch(`${address}/ok`);
    expect([answer.status, await answer.text()]).toEqual([200, 'ok\n']);
  });

  it('answers /varz with every step and without secrets and printed words', async () => {
    const text = await (await fetch(`${address}/varz`)).text();
    const status = JSON.parse(text);
    expect(status).toMatchObject({ name: 'slow', state: 'RUNNING', runId: expect.stringMatching(/^run_/) });
    const steps = Object.fromEntries(status.steps.map((step: { step: string }) => [step.step, step]));
    expect(steps['first']).toMatchObject({ events: { output: 1 } });
    expect(steps['slow']).toMatchObject({ state: 'running', metrics: { loss: 0.25 } });
    expect(steps['slow'].durationMs).toBeGreaterThan(0);
    expect(text).not.toContain('very-secret-words');
    expect(text).not.toContain('printed words');
  });

  it('answers /metrics in the text format of Prometheus', async () => {
    const answer = await fetch(`${address}/metrics`);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    const text = await answer.text();
    expect(text).toContain('mlspec_step_metric{step="slow",metric="loss"} 0.25');
    expect(text).toMatch(/mlspec_run_info\{run="run_\w+",name="slow",state="RUNNING"\} 1/);
    expect(text).toContain('mlspec_steps{state="running"} 1');
    expect(text).toContain('# TYPE mlspec_engine_process_resident_memory_bytes gauge');
    expect(text).not.toContain('very-secret-words');
  });

  it('answers no page whose name was made to point here', async () => {
    const { port } = new URL(address);
    const sent = request({ host: '127.0.0.1', port, path: '/varz', headers: { host: 'evil.example' } }).end();
    const [answer] = await once(sent, 'response');
    expect(answer.statusCode).toBe(403);
  });

  it('says that a port is taken', () => {
    const options = { cwd: folder, env: { PATH: process.env['PATH'], HOME: home }, encoding: 'utf8' as const };
    const refused = spawnSync(program, ['run', '--http', new URL(address).port], options);
    expect(refused.stderr).toContain('STATUS_CANNOT_LISTEN');
    expect(refused.status).toBe(1);
  });

  it('ends with the run', async () => {
    expect(await stop()).toBe(130);
    await expect(fetch(`${address}/ok`)).rejects.toThrow();
  });
});

async function waitFor(isTrue: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200 && !(await isTrue()); tries++)
    await new Promise((resolve) => setTimeout(resolve, 50));
}
