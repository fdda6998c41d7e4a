/* Steps that log with a client of MLflow: into the run that they belong to, on a tracker that nobody else can use. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testPython } from '../../tools/python-env.ts';
import { createProject, endOf, type Project, said } from '../engine/project.ts';
import { freePort, serve } from './spool-parts.ts';

let project: Project;
beforeEach(async () => {
  project = await createProject();
});
afterEach(async () => await project.remove());

/** A client in a few lines: what a step that logs sends. */
const client = `
const { MLFLOW_TRACKING_URI: uri, MLFLOW_TRACKING_TOKEN: token, MLFLOW_RUN_ID: run_id } = process.env;
async function post(path, body, authorization = 'Bearer ' + token) {
  const headers = { 'content-type': 'application/json', ...(authorization === null ? {} : { authorization }) };
  const answer = await fetch(uri + '/api/2.0/mlflow/' + path, { method: 'POST', headers, body: JSON.stringify({ run_id, ...body }) });
  return answer.status;
}
`;
const logging = `${client}
export async function work({ outputs }) {
  const { writeFileSync } = await import('node:fs');
  const statuses = [
    await post('runs/log-metric', { key: 'loss', value: 0.25, timestamp: 1, step: 3 }),
    await post('runs/log-parameter', { key: 'alpha', value: '0.5' }),
    await post('runs/update', { status: 'FINISHED' }),
    await post('runs/log-metric', { key: 'loss', value: 9, timestamp: 1, step: 9 }, null),
    await post('runs/log-metric', { key: 'loss', value: 9, timestamp: 1, step: 9 }, 'Bearer 0'),
  ];
  console.log('the token is ' + token);
  writeFileSync(outputs.report.path, JSON.stringify(statuses));
}
`;
const step = `  work:\n    typescript: work.ts#work\n    outputs: {report: Report}\n`;

/** Asks a server of this project, which runs for as long as that takes. */
async function asked<T>(ask: (url: string) => Promise<T>): Promise<T> {
  const server = project.start(['server', '--port', '0', '--json']);
  const ended = endOf(server);
  let text = '';
  server.stdout!.on('data', (chunk) => {
    text += String(chunk);
  });
  await said(server, /"ready"/);
  try {
    return await ask((JSON.parse(text) as { url: string }).url);
  } finally {
    server.kill('SIGINT');
    expect((await ended).code).toBe(0);
  }
}

interface Answer {
  readonly runs: readonly {
    readonly info: { readonly run_id: string; readonly run_name: string; readonly status: string };
    readonly data: {
      readonly metrics?: readonly { readonly key: string; readonly value: number }[];
      readonly params?: readonly { readonly key: string; readonly value: string }[];
      readonly tags: readonly { readonly key: string; readonly value: string }[];
    };
  }[];
}

/** All runs of the project's experiment, the newest first. */
async function runsOf(url: string): Promise<Answer['runs']> {
  const found = await fetch(`${url}/api/2.0/mlflow/experiments/get-by-name?experiment_name=tiny`);
  const { experiment } = (await found.json()) as { experiment: { experiment_id: string } };
  const answer = await fetch(`${url}/api/2.0/mlflow/runs/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ experiment_ids: [experiment.experiment_id] }),
  });
  return ((await answer.json()) as Partial<Answer>).runs ?? [];
}

describe('a step that logs', () => {
  it('logs into its own run, which ends as the engine says; nobody without the token does', async () => {
    await project.write('work.ts', logging);
    await project.declare(step);
    const ended = await project.run();
    expect(ended.code, ended.stderr).toBe(0);
    const report = await project.mlspec(['show', 'latest', 'work', '--output', 'report']);
    expect(JSON.parse(report.stdout)).toEqual([200, 200, 200, 401, 401]);
    const logs = await project.mlspec(['show', 'latest', 'work', '--logs']);
    expect(logs.stdout).toContain('the token is [secret]');
    const [run, ...others] = await asked(runsOf);
    expect(others).toEqual([]);
    expect(run).toMatchObject({
      info: { run_name: ended.events.find((event) => event.type === 'run-started')!.runId, status: 'FINISHED' },
      data: {
        metrics: [{ key: 'loss', value: 0.25 }],
        params: expect.arrayContaining([{ key: 'alpha', value: '0.5' }]),
      },
    });
  });

  it('does not end the run by ending its own: a later step that fails does', async () => {
    await project.write('work.ts', logging);
    await project.declare(`${step}  fails:\n    command: ['false']\n    needs: [work]\n    outputs: {out: Any}\n`);
    expect((await project.run()).code).toBe(1);
    expect((await asked(runsOf))[0]).toMatchObject({ info: { status: 'FAILED' } });
  });

  it('costs the run nothing but a notice where the tracker cannot be opened', async () => {
    await project.write('work.ts', logging);
    await project.declare(step);
    expect((await project.run()).code).toBe(0);
    const database = new DatabaseSync(join(project.root, '.mlspec', 'metadata.db'));
    database.exec("update mlspec_schema set version = 99 where component = 'tracking'");
    database.close();
    const ended = await project.run(['--force', 'work']);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout).toContain('expected tables of tracking of version 1 or older');
    const report = await project.mlspec(['show', 'latest', 'work', '--output', 'report']);
    // Not a status after which clients of MLflow try again for minutes.
    expect(JSON.parse(report.stdout)).toEqual([501, 501, 501, 501, 501]);
  });

  it('has the same key as before: where it logs to is no part of it', async () => {
    await project.write('work.ts', logging);
    await project.declare(step);
    expect((await project.run()).states).toEqual({ work: 'complete' });
    expect((await project.run()).states).toEqual({ work: 'cached' });
  });
});

describe('the record in the tracker', () => {
  it('shows every run with params and the metrics of its steps, also of reused ones, as it goes on', async () => {
    const measuring = `export async function work(context) {
      context.metric('loss', 2, 0);
      context.metric('loss', 1, 1);
      (await import('node:fs')).writeFileSync(context.outputs.report.path, '{}');
    }`;
    await project.write('work.ts', measuring);
    await project.declare(step);
    expect((await project.run(['--param', 'size=7'])).code).toBe(0);
    await asked(async (url) => {
      expect(await runsOf(url)).toMatchObject([{ data: { metrics: [{ key: 'work/loss', value: 1 }] } }]);
      expect((await project.run(['--param', 'size=7'])).states).toEqual({ work: 'cached' });
      await expect.poll(async () => (await runsOf(url)).length, { timeout: 20_000 }).toBe(2);
      const [newest] = await runsOf(url);
      expect(newest).toMatchObject({
        info: { status: 'FINISHED' },
        data: {
          metrics: [{ key: 'work/loss', value: 1 }],
          params: [{ key: 'size', value: '7' }],
          tags: expect.arrayContaining([{ key: 'mlflow.source.type', value: 'PROJECT' }]),
        },
      });
    });
  });
});

/** A step that logs a point under its name, and a param, in each way that it is carried out. */
const naming = (name: string, value: number): string => `${client}
export async function work({ outputs }) {
  const at = { timestamp: 5, step: ${value} };
  await post('runs/log-batch', { metrics: [{ key: '${name}', value: ${value}, ...at }, { key: 'both', value: ${value}, ...at }], params: [{ key: '${name}', value: '${value}' }] });
  (await import('node:fs')).writeFileSync(outputs.report.path, '{"${name}": ${value}}');
}
`;
const twoSteps = ['first', 'second']
  .map((name) => `  ${name}:\n    typescript: ${name}.ts#work\n    outputs: {report: Report}\n`)
  .join('');
/** What is reported of a run: its metrics and params, and whose steps it reuses. */
const loggedTo = ({ data: { metrics = [], params = [], tags } }: Answer['runs'][number]) => ({
  metrics: Object.fromEntries(metrics.map(({ key, value }) => [key, value])),
  params: Object.fromEntries(params.map(({ key, value }) => [key, value])),
  reused: Object.fromEntries(
    tags.flatMap(({ key, value }) => (key.startsWith('mlspec.reused.') ? [[key.slice(14), value]] : [])),
  ),
});
const idOf = ({ events }: Awaited<ReturnType<Project['run']>>): string =>
  events.find((event) => event.type === 'run-started')!.runId;

describe('a run that reuses steps that logged', () => {
  beforeEach(async () => {
    await project.write('first.ts', naming('first', 1));
    await project.write('second.ts', naming('second', 2));
    await project.declare(twoSteps);
  });
  const whole = { metrics: { first: 1, second: 2, both: 2 }, params: { first: '1', second: '2' } };
  const historyOf = async (url: string, run: Answer['runs'][number], key: string): Promise<number[]> => {
    const question = new URLSearchParams({ run_id: run.info.run_id, metric_key: key });
    const answer = await fetch(`${url}/api/2.0/mlflow/metrics/get-history?${question}`);
    return ((await answer.json()) as { metrics: { step: number }[] }).metrics.map(({ step: at }) => Number(at));
  };

  it('has what was logged in them, once, and says whose they are', async () => {
    const first = idOf(await project.run());
    const reused = { first, second: first };
    expect((await project.run()).states).toEqual({ first: 'cached', second: 'cached' });
    await asked(async (url) => {
      expect((await runsOf(url)).map(loggedTo)).toEqual([
        { ...whole, reused },
        { ...whole, reused: {} },
      ]);
      expect((await project.run()).states).toEqual({ first: 'cached', second: 'cached' });
      await expect.poll(async () => (await runsOf(url)).length, { timeout: 20_000 }).toBe(3);
      await expect
        .poll(async () => loggedTo((await runsOf(url))[0]!), { timeout: 20_000 })
        .toEqual({ ...whole, reused });
      for (const run of await runsOf(url)) expect(await historyOf(url, run, 'both')).toEqual([1, 2]);
    });
  });

  it('has the tag alone where one of them ran again, also of a run that had reused the other', async () => {
    const first = idOf(await project.run());
    await project.write('second.ts', naming('second', 3));
    const second = await project.run();
    expect(second.states).toEqual({ first: 'cached', second: 'complete' });
    const alone = { metrics: { second: 3, both: 3 }, params: { second: '3' }, reused: { first } };
    expect(loggedTo((await asked(runsOf))[0]!)).toEqual(alone);
    // The step that ran first is reused no more: what the second run has of it would be wrong.
    await project.write('first.ts', naming('first', 4));
    expect((await project.run()).states).toEqual({ first: 'complete', second: 'cached' });
    expect(loggedTo((await asked(runsOf))[0]!)).toEqual({
      ...{ metrics: { first: 4, both: 4 }, params: { first: '4' } },
      reused: { second: idOf(second) },
    });
  });

  it('has nothing of a run whose other step failed after it had logged', async () => {
    await project.write('second.ts', `${naming('second', 2)}`.replace(/\(await import.*/, "throw new Error('no');"));
    const failed = await project.run();
    expect(failed.states).toEqual({ first: 'complete', second: 'failed' });
    await project.write('second.ts', naming('second', 3));
    expect((await project.run()).states).toEqual({ first: 'cached', second: 'complete' });
    expect(loggedTo((await asked(runsOf))[0]!)).toEqual({
      ...{ metrics: { second: 3, both: 3 }, params: { second: '3' } },
      reused: { first: idOf(failed) },
    });
  });

  it('has the tag alone on a server that is configured', async () => {
    const remote = await serve(project.root, ['server', '--port', '0', '--store', join(project.root, 'remote')]);
    try {
      const environment = { MLFLOW_TRACKING_URI: remote.url };
      const first = idOf(await project.run([], environment));
      expect((await project.run([], environment)).states).toEqual({ first: 'cached', second: 'cached' });
      expect((await runsOf(remote.url)).map(loggedTo)).toEqual([
        { metrics: {}, params: {}, reused: { first, second: first } },
        { ...whole, reused: {} },
      ]);
    } finally {
      await remote.stop();
    }
  });
});

describe('a tracking server that is configured', () => {
  it('is told of the run, its trials and its end, and is where steps log to', async () => {
    await project.write('work.ts', logging);
    await project.declare(step);
    const other = await createProject();
    try {
      const server = other.start(['server', '--port', '0', '--json']);
      const ended = endOf(server);
      let text = '';
      server.stdout!.on('data', (chunk) => {
        text += String(chunk);
      });
      await said(server, /"ready"/);
      const { url } = JSON.parse(text) as { url: string };
      const run = await project.run(['--param', 'size=5'], {
        MLFLOW_TRACKING_URI: url,
        MLFLOW_TRACKING_TOKEN: 'abcdefgh',
      });
      expect(run.code, run.stderr).toBe(0);
      expect(await runsOf(url)).toMatchObject([
        {
          info: { status: 'FINISHED' },
          data: {
            metrics: [{ key: 'loss', value: 9 }],
            params: [
              { key: 'alpha', value: '0.5' },
              { key: 'size', value: '5' },
            ],
          },
        },
      ]);
      const logs = await project.mlspec(['show', 'latest', 'work', '--logs']);
      expect(logs.stdout).toContain('the token is [secret]');
      server.kill('SIGINT');
      await ended;
    } finally {
      await other.remove();
    }
  });

  it('that does not answer costs the run nothing: what is logged waits in a spool until it does', async () => {
    await project.write('work.ts', logging);
    await project.declare(step);
    const port = String(await freePort());
    const uri = `http://127.0.0.1:${port}`;
    const environment = { MLFLOW_TRACKING_URI: uri, MLSPEC_SPOOLS_DIR: join(project.root, 'spools') };
    const run = await project.run([], environment);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toMatch(
      /the tracking server at http:\/\/127\.0\.0\.1:\d+ was not told of the run.*waits in a spool/,
    );
    expect(run.stdout).toMatch(/\d+ calls \(.*\) wait for http:.* still: .*ECONNREFUSED; the next run sends them/);
    const report = await project.mlspec(['show', 'latest', 'work', '--output', 'report']);
    expect(JSON.parse(report.stdout)).toEqual([200, 200, 200, 401, 401]);
    expect((await project.mlspec(['spool', 'send'], environment)).code).toBe(1);
    const server = await serve(project.root, ['server', '--port', port, '--store', join(project.root, 'remote')]);
    try {
      const sent = await project.mlspec(['spool', 'send'], environment);
      expect([sent.code, sent.stdout], sent.stderr).toEqual([0, expect.stringMatching(/waiting {2}0 calls/)]);
      expect(await runsOf(server.url)).toMatchObject([
        {
          info: { status: 'FINISHED' },
          data: {
            metrics: [{ key: 'loss', value: 0.25 }],
            params: [{ key: 'alpha', value: '0.5' }],
          },
        },
      ]);
    } finally {
      await server.stop();
    }
  });

  it('that refuses what it is told costs the run nothing but a notice', async () => {
    await project.write(
      'work.ts',
      'export const work = async ({ outputs }) => (await import("node:fs")).writeFileSync(outputs.report.path, JSON.stringify(process.env.MLFLOW_RUN_ID ?? null));',
    );
    await project.declare(step);
    const server = createServer((_request, response) => response.writeHead(400).end('no'));
    server.listen({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    try {
      const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const run = await project.run([], { MLFLOW_TRACKING_URI: uri });
      expect(run.code, run.stderr).toBe(0);
      expect(run.stdout).toMatch(/was not told of the run: it answered experiments\/get-by-name with 400/);
      const report = await project.mlspec(['show', 'latest', 'work', '--output', 'report']);
      expect(report.stdout.trim()).toBe('null');
    } finally {
      server.close();
    }
  });
});

describe('mlspec exec', () => {
  it('gives the command a tracker too', async () => {
    await project.write(
      'work.mjs',
      `${client}\nconsole.log(await post('runs/log-metric', { key: 'loss', value: 0.5, timestamp: 1 }));`,
    );
    const ended = await project.mlspec(['exec', '--name', 'tiny', '--', process.execPath, 'work.mjs']);
    expect([ended.code, ended.stdout.trim()], ended.stderr).toEqual([0, '200']);
    expect(await asked(runsOf)).toMatchObject([{ data: { metrics: [{ key: 'loss', value: 0.5 }] } }]);
  });
});

describe('autologging in a step', () => {
  it('of scikit-learn lands in the run, without a line about where it logs to', { timeout: 120_000 }, async () => {
    const fit = `import sys, mlflow, sklearn.linear_model
mlflow.autolog(log_models=False, disable_for_unsupported_versions=False)
sklearn.linear_model.LogisticRegression(C=0.5).fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
open(sys.argv[1], "w").write("done")
`;
    await project.write('fit.py', fit);
    await project.declare(`  fit:\n    command: [${testPython()}, fit.py, "{outputs.out}"]\n    outputs: {out: Any}\n`);
    const ended = await project.run([], { MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0' });
    expect(ended.code, ended.stderr + ended.stdout).toBe(0);
    const [run, ...others] = await asked(runsOf);
    expect(others).toEqual([]);
    expect(run!.data.params).toContainEqual({ key: 'C', value: '0.5' });
    expect(run!.data.metrics!.map(({ key }) => key)).toContain('training_accuracy_score');
    expect(run!.info.status).toBe('FINISHED');
  });
});
