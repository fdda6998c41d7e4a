/*
 * A release that is approved over a server: its evidence is verified there, MLflow's own client is told what is missing, and
 * the command line asks, approves and looks.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/index.ts';
import type { Ended, Project } from '../engine/project.ts';
import { type ServerProcess, startServerProcess } from '../tracking/server-process.ts';
import { basic, password } from '../tracking/sign-in-server.ts';
import { createPenguinsProject } from './penguins-project.ts';

const python = process.env['MLSPEC_TEST_PYTHON'] ?? 'python3';

describe('a released version at a server to which people sign in', () => {
  let project: Project;
  let server: ServerProcess;
  let secret: string;

  const as = (user: string): NodeJS.ProcessEnv => ({
    ...project.env,
    MLFLOW_TRACKING_URI: server.url,
    ...{ MLFLOW_TRACKING_USERNAME: user, MLFLOW_TRACKING_PASSWORD: user === 'admin' ? secret : password },
  });
  const approvals = (user: string, ...given: string[]): Promise<Ended> =>
    project.mlspec(['approvals', ...given], as(user));
  /** What MLflow's own client says when it points an alias at the version. */
  const stock = async (user: string, alias: string): Promise<string> => {
    const script = `
import sys, mlflow
from mlflow.exceptions import MlflowException
client = mlflow.MlflowClient()
try:
    client.set_registered_model_alias("penguins", sys.argv[1], "1")
    print("points at", client.get_model_version_by_alias("penguins", sys.argv[1]).version)
except MlflowException as error:
    print(error.error_code, error.get_http_status_code(), error)`;
    const env = { ...process.env, ...as(user), MLFLOW_DISABLE_TELEMETRY: 'true', MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0' };
    return (await promisify(execFile)(python, ['-c', script, alias], { env })).stdout.trim();
  };

  beforeAll(async () => {
    project = await createPenguinsProject();
    const released = await project.mlspec(['release', '--yes']);
    expect(released.code, released.stderr).toBe(0);
    const store = join(project.root, '.mlspec');
    const env = project.env as Record<string, string>;
    server = await startServerProcess(store, project.root, { env, options: ['--sign-in'] });
    secret = (await readFile(join(store, 'admin-password'), 'utf8')).trim();
    for (const [username, mlspec_role] of Object.entries({ ada: 'writer', ben: 'approver', cat: 'approver' })) {
      const made = await fetch(`${server.url}/api/2.0/mlflow/users/create`, {
        method: 'POST',
        headers: { ...basic('admin', secret), 'content-type': 'application/json' },
        body: JSON.stringify({ username, password, mlspec_role }),
      });
      expect(made.status).toBe(200);
    }
  }, 300_000);

  afterAll(async () => {
    await server.stop();
    await project.remove();
  });

  it('moves an alias once others approved it and its evidence holds', async () => {
    const protect = [
      'models',
      'protect',
      'penguins',
      'champion',
      '--require',
      'evidence,contract',
      '--server',
      server.url,
    ];
    const refused = await project.mlspec(protect, as('ada'));
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/TRACKING_REFUSED.*takes the role admin/s),
    ]);
    const set = await project.mlspec(protect, as('admin'));
    expect([set.code, set.stdout]).toEqual([0, expect.stringContaining('takes 1 approval')]);
    expect(await stock('ada', 'champion')).toMatch(
      /^PERMISSION_DENIED 403 .*nobody asked.*mlspec approvals ask 'penguins\/1\.0\.0' --alias champion/s,
    );
    const asked = await approvals('ada', 'ask', 'penguins/1.0', '--alias', 'champion', '--why', 'better on slices');
    expect([asked.code, asked.stdout]).toEqual([0, expect.stringContaining('champion to 1.0.0, open')]);
    // Nobody who signs in released it, so that one of those who approve may have.
    expect(await stock('ada', 'champion')).toMatch(/^PERMISSION_DENIED 403 .*request 1 .*approvals: 0 of 2/s);
    expect((await approvals('ben', 'list')).stdout).toMatch(/penguins +1 +champion +1\.0\.0 +open +0 of 2 +ada/);
    expect(await approvals('ben', 'approve', 'penguins', '1', '--comment', 'looked at it')).toMatchObject({ code: 0 });
    const own = await approvals('ada', 'approve', 'penguins', '1');
    expect([own.code, own.stderr]).toEqual([1, expect.stringContaining('takes the role approver')]);
    const moved = await approvals('cat', 'approve', 'penguins', '1', '--json');
    const { state, decisions } = JSON.parse(moved.stdout) as {
      state: string;
      decisions: { kind: string; checks: { check: string; state: string }[] }[];
    };
    expect([state, decisions.map(({ kind }) => kind)]).toEqual(['moved', ['approve', 'approve', 'move']]);
    expect(decisions[2]!.checks.map((one) => [one.check, one.state])).toEqual([
      ['evidence', 'holds'],
      ['gate', 'fails'],
      ['contract', 'holds'],
    ]);
    expect(await stock('ada', 'champion')).toBe('points at 1');
    const told = await project.mlspec(['models', 'decisions', 'penguins', '--server', server.url], as('ben'));
    expect(told.stdout).toMatch(/protect +champion +1 approvals +user:admin.*move +champion +version 1 +user:cat/s);
  }, 300_000);

  it('does not move where a gate is asked for and none was passed, or where its evidence does not hold', async () => {
    const protect = ['models', 'protect', 'penguins', 'gated', '--require', 'gate', '--server', server.url];
    expect(await project.mlspec(protect, as('admin'))).toMatchObject({ code: 0 });
    await approvals('ada', 'ask', 'penguins', '--alias', 'gated', '--why', 'now');
    await approvals('ben', 'approve', 'penguins', '2');
    const approved = await approvals('cat', 'approve', 'penguins', '2');
    expect(approved.stdout).toContain('missing  gate: it passed no gate');
    expect((await approvals('ada', 'move', 'penguins', '2')).stderr).toContain('gate: it passed no gate');
    expect(await stock('admin', 'gated')).toMatch(/^PERMISSION_DENIED 403 .*missing: gate: it passed no gate/s);
    const lifted = ['models', 'protect', 'penguins', 'gated', '--server', server.url];
    expect(await project.mlspec(lifted, as('admin'))).toMatchObject({ code: 0 });
    await approvals('ada', 'ask', 'penguins', '--alias', 'gated', '--why', 'now');
    const database = await openDatabase({ kind: 'sqlite', path: join(project.root, '.mlspec', 'metadata.db') });
    await database.run("update run_statements set signatures = '[]' where predicate_type like '%/svr/%'");
    await database.close();
    await approvals('ben', 'approve', 'penguins', '3');
    const broken = await approvals('cat', 'approve', 'penguins', '3');
    expect(broken.stdout).toMatch(/gated to 1\.0\.0, open.*missing {2}evidence: .*model\/registered/s);
    expect(await stock('admin', 'gated')).toMatch(/^PERMISSION_DENIED 403 .*missing: evidence: /s);
  }, 300_000);

  it('is told what is wrong with a command, and withdrawn by who asked', async () => {
    const wrong = await approvals('ada', 'ask', 'penguins');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--why')]);
    expect((await approvals('ada', 'vote')).code).toBe(2);
    expect((await approvals('ada', 'show', 'penguins', 'x')).code).toBe(2);
    expect((await approvals('ada', 'show', 'penguins', '77')).stderr).toContain('none with the number 77');
    expect((await approvals('ada', 'ask', 'penguins/9', '--why', 'w')).stderr).toContain('REGISTRY_VERSION_UNKNOWN');
    expect((await approvals('ada', 'withdraw', 'penguins', '3', '--comment', 'no')).stdout).toContain('withdrawn');
    expect((await approvals('ada', 'list')).stdout).toContain('no requests');
    expect((await approvals('ada', 'list', 'penguins', '--all')).stdout).toMatch(
      /3 .*withdrawn.*2 .*lapsed.*1 .*moved/s,
    );
    const nowhere = await project.mlspec(['approvals', 'list', '--server', 'http://127.0.0.1:9'], as('ada'));
    expect(nowhere.stderr).toContain('TRACKING_UNREACHABLE');
    const none = await project.mlspec(['approvals', 'list'], { ...project.env });
    expect(none.stderr).toContain('MLFLOW_TRACKING_URI');
  }, 300_000);
});
