/* Ways around what somebody may do: by other spellings, by what points elsewhere, by what is left behind. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { newSqlite } from '../contract/databases.ts';
import { basic, bearer, type Json, type SignInServer, setUp, startSignInServer } from './sign-in-server.ts';
import { startTestServer } from './test-server.ts';

describe('ways around', () => {
  let server: SignInServer;
  let hidden: string;
  let run: string;
  const eve = basic('eve');
  const files = '/api/2.0/mlflow-artifacts/artifacts';

  beforeAll(async () => {
    server = await startSignInServer(newSqlite, { eve: 'writer' });
    hidden = (await server.make('POST experiments/create', { name: 'hidden' })).experiment_id;
    run = (await server.make('POST runs/create', { experiment_id: hidden })).run.info.run_id;
    await server.ask(`PUT ${files}/${hidden}/${run}/artifacts/f.txt`, { as: basic('admin'), fields: 'secret content' });
    await server.make('POST registered-models/create', { name: 'hidden model' });
    await server.access.grant('eve', { kind: 'experiment', id: hidden, role: 'none' }, setUp);
    await server.access.grant('eve', { kind: 'model', id: 'hidden model', role: 'none' }, setUp);
  });

  afterAll(() => server.close());

  test.each(['', '0', '00', '+', ' ', '  +0'])(
    'an experiment whose id is spelled with %j before it',
    async (before) => {
      const id = `${before}${hidden}`;
      for (const ask of [
        server.ask('GET /api/2.0/mlflow/experiments/get', { as: eve, fields: { experiment_id: id } }),
        server.ask('POST /api/2.0/mlflow/runs/create', { as: eve, fields: { experiment_id: id } }),
      ])
        expect((await ask).status).toBe(404);
      const { json } = await server.ask('POST /api/2.0/mlflow/runs/search', {
        as: eve,
        fields: { experiment_ids: [id] },
      });
      expect(json).toEqual({});
    },
  );

  test.each([
    (id: string) => `${id}/`,
    (id: string) => `./${id}/`,
    (id: string) => `x/../${id}/`,
    (id: string) => `/${id}/`,
    (id: string) => `0${id}/`,
    (id: string) => `%2e/${id}/`,
    (id: string) => `${id}%2f`,
    (id: string) => `${id}//`,
    (id: string) => `${id}%5c`,
  ])('a file by the path %s', async (spelled) => {
    const path = `${files}/${spelled(hidden)}${run}/artifacts/f.txt`;
    const { status, text } = await server.ask(`GET ${path}`, { as: eve });
    expect([404, 400]).toContain(status);
    expect(text).not.toContain('secret content');
  });

  test('an experiment that says its artifacts are where those of another one are', async () => {
    const { experiment_id } = await server.make(
      'POST experiments/create',
      { name: 'thief', artifact_location: `mlflow-artifacts:/${hidden}` },
      eve,
    );
    const made: Json = await server.make('POST runs/create', { experiment_id }, eve);
    expect(made.run.info.artifact_uri).toContain(`/${hidden}/`);
    const root = await server.ask(`GET ${files}`, { as: eve, fields: { path: `${hidden}/${run}/artifacts` } });
    expect([root.status, root.json]).toEqual([200, { files: [] }]);
    expect((await server.ask(`GET ${files}/${hidden}/${run}/artifacts/f.txt`, { as: eve })).status).toBe(404);
    const own = `${hidden}/${made.run.info.run_id}/artifacts/x`;
    expect((await server.ask(`PUT ${files}/${own}`, { as: eve, fields: 'x' })).status).toBe(403);
  });

  test('a folder above that of an experiment that is placed elsewhere', async () => {
    const { experiment_id: id } = await server.make('POST experiments/create', {
      ...{ name: 'placed', artifact_location: 'mlflow-artifacts:/team/placed' },
    });
    await server.ask(`PUT ${files}/team/placed/f.txt`, { as: basic('admin'), fields: 'secret content' });
    await server.access.grant('eve', { kind: 'experiment', id, role: 'none' }, setUp);
    expect((await server.ask(`GET ${files}/team/placed/f.txt`, { as: eve })).status).toBe(404);
    expect((await server.ask(`GET ${files}`, { as: eve, fields: { path: 'team' } })).json).toEqual({ files: [] });
    expect((await server.ask(`DELETE ${files}/team`, { as: eve })).status).toBe(403);
    expect((await server.ask(`GET ${files}/team/placed/f.txt`, { as: basic('admin') })).text).toBe('secret content');
  });

  test('a version of a model that points at the files of a hidden run', async () => {
    await server.make('POST registered-models/create', { name: 'of eve' }, eve);
    for (const source of [`mlflow-artifacts:/${hidden}/${run}/artifacts`, `runs:/${run}/`, 'models:/hidden model/1']) {
      const { status, json } = await server.ask('POST /api/2.0/mlflow/model-versions/create', {
        ...{ as: eve, fields: { name: 'of eve', source, run_id: run } },
      });
      if (status === 200) {
        const { version } = (json as Json)['model_version'];
        const got = await server.ask('GET /model-versions/get-artifact', {
          as: eve,
          fields: { name: 'of eve', version, path: 'f.txt' },
        });
        expect(got.text).not.toContain('secret content');
      }
    }
  });

  test('points that would be written to the model of a hidden experiment', async () => {
    const { model }: Json = await server.make('POST logged-models', { experiment_id: hidden });
    const own: Json = await server.make('POST runs/create', { experiment_id: '0' }, eve);
    const point = { key: 'm', value: 1, timestamp: 1, model_id: model.info.model_id };
    const { status } = await server.ask('POST /api/2.0/mlflow/runs/log-batch', {
      ...{ as: eve, fields: { run_id: own.run.info.run_id, metrics: [point] } },
    });
    expect(status).toBe(404);
  });

  test('spans, a trace or a link that would go to a trace of a hidden experiment', async () => {
    const traceId = 'a'.repeat(32);
    const times = { startTimeUnixNano: '1', endTimeUnixNano: '2' };
    const exported = (span: object) => ({
      resourceSpans: [{ scopeSpans: [{ spans: [{ traceId, ...span, ...times }] }] }],
    });
    const within = (experiment: string, who: object) => ({ ...who, 'x-mlflow-experiment-id': experiment });
    const own = exported({ spanId: '0'.repeat(15).concat('1'), name: 'theirs' });
    const put = await server.ask('POST /v1/traces', { as: within(hidden, basic('admin')), fields: own });
    expect(put.status).toBe(200);
    const foreign = exported({ spanId: '0'.repeat(15).concat('2'), name: 'eves' });
    expect((await server.ask('POST /v1/traces', { as: within('0', eve), fields: foreign })).status).toBe(404);
    const location = { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } };
    const info = { trace_id: `tr-${traceId}`, trace_location: location, request_time: '2026-01-01T00:00:00Z' };
    const taken = await server.ask('POST /api/3.0/mlflow/traces', { as: eve, fields: { trace: { trace_info: info } } });
    expect(taken.status).toBe(404);
    const made: Json = await server.make('POST runs/create', { experiment_id: '0' }, eve);
    const link = { run_id: made.run.info.run_id, trace_ids: [`tr-${traceId}`] };
    await server.make('POST traces/link-to-run', link, eve);
    const found: Json = (
      await server.ask('GET /api/3.0/mlflow/traces/get', {
        ...{ as: basic('admin'), fields: { trace_id: `tr-${traceId}`, allow_partial: true } },
      })
    ).json!;
    expect(found.trace.trace_info.trace_location.mlflow_experiment.experiment_id).toBe(hidden);
    expect(found.trace.spans.map((span: Json) => span.name)).toEqual(['theirs']);
    expect(JSON.stringify(found)).not.toContain(link.run_id);
  });

  test('histories of many runs at once leave out the hidden ones', async () => {
    await server.make('POST runs/log-metric', { run_id: run, key: 'm', value: 42.0625, timestamp: 1 });
    for (const [path, field] of [
      ['mlflow/metrics/get-history-bulk', 'run_id'],
      ['mlflow/metrics/get-history-bulk-interval', 'run_ids'],
      ['mlspec/metrics/buckets', 'run_ids'],
    ]) {
      const fields = { [field!]: [run], metric_key: 'm' };
      expect((await server.ask(`GET /api/2.0/${path}`, { as: eve, fields })).text, path).not.toContain('42.0625');
      expect((await server.ask(`GET /api/2.0/${path}`, { as: basic('admin'), fields })).text, path).toContain(
        '42.0625',
      );
    }
  });

  test('a question in GraphQL, which asks as whoever signed in', async () => {
    const query = `query { mlflowGetRun(input: { runId: "${run}" }) { run { info { runId experimentId artifactUri } } } }`;
    const ask = async (name: string) =>
      (await server.ask('POST /graphql', { as: basic(name), fields: { query } })).text;
    expect(await ask('admin')).toContain(`mlflow-artifacts:/${hidden}`);
    expect(await ask('eve')).not.toContain('mlflow-artifacts:');
    expect((await server.ask('POST /graphql', { fields: { query } })).status).toBe(401);
  });

  test('nobody gives more than they have, by a grant or by a token', async () => {
    const grant = { username: 'eve', resource_type: 'experiment', permission: 'MANAGE' };
    const path = 'POST /api/3.0/mlflow/users/permissions/grant';
    expect((await server.ask(path, { as: eve, fields: { ...grant, resource_id: hidden } })).status).toBe(404);
    expect((await server.ask(path, { as: eve, fields: { ...grant, resource_id: '0' } })).status).toBe(403);
    expect(
      (
        await server.ask('PATCH /api/2.0/mlflow/users/update-admin', {
          as: eve,
          fields: { username: 'eve', is_admin: true },
        })
      ).status,
    ).toBe(403);
    const made = await server.ask('POST /api/2.0/mlspec/tokens/create', {
      as: eve,
      fields: { name: 't', role: 'admin' },
    });
    const token = bearer(String((made.json as Json)['secret']));
    expect((await server.ask('GET /api/2.0/mlflow/users/list', { as: token })).json?.['error_code']).toBe(
      'PERMISSION_DENIED',
    );
    expect(
      (await server.ask('GET /api/2.0/mlflow/experiments/get', { as: token, fields: { experiment_id: hidden } }))
        .status,
    ).toBe(404);
  });

  test('nobody ends the tokens of others, nor learns of them', async () => {
    const { token } = await server.access.addToken(
      { user: 'admin', name: 'of admin', role: 'admin', expiresAtMs: null },
      setUp,
    );
    const ask = async (prefix: string) =>
      await server.ask('POST /api/2.0/mlspec/tokens/revoke', { as: eve, fields: { prefix } });
    const [there, never] = [await ask(token.prefix), await ask('mlst_000000000000')];
    expect([there.status, there.text.replace(token.prefix, 'mlst_000000000000')]).toEqual([404, never.text]);
    expect(
      (await server.ask('GET /api/2.0/mlspec/tokens/list', { as: eve, fields: { username: 'admin' } })).status,
    ).toBe(403);
  });

  test('what was refused and what was changed stands in the audit log, with no secrets', async () => {
    await server.ask('POST /api/2.0/mlflow/experiments/delete', { as: eve, fields: { experiment_id: '0' } });
    await server.make('POST experiments/set-experiment-tag', { experiment_id: '0', key: 'k', value: 'value of a tag' });
    await vi.waitFor(async () => {
      const log = await server.access.readLog({ limit: 1000 });
      expect(log).toContainEqual(
        expect.objectContaining({
          user: 'eve',
          action: 'POST /mlflow/experiments/delete',
          resource: 'experiment 0',
          status: 403,
        }),
      );
      expect(log).toContainEqual(
        expect.objectContaining({ user: 'admin', action: 'POST /mlflow/experiments/set-experiment-tag', status: 200 }),
      );
      expect(JSON.stringify(log)).not.toMatch(/a password of tests|value of a tag|mlst_\w{12}_/);
    });
  });
});

test('where nobody signs in there are no users', async () => {
  const server = await startTestServer(newSqlite);
  const found = await fetch(`${server.url}/api/2.0/mlflow/users/list`);
  expect([found.status, await found.json()]).toEqual([
    404,
    expect.objectContaining({ error_code: 'ENDPOINT_NOT_FOUND' }),
  ]);
  await server.close();
});

// The codes behind these answers: ACCESS_DENIED, ACCESS_OFF, ACCESS_USER_UNKNOWN.
