/* What every endpoint takes: the role, on what, and a request that succeeds for whoever has it. */
import type { Role } from '../../src/access/index.ts';
import { makeRole, type RoleThings, roleNeeds } from './role-needs.ts';
import { basic, type Json, password, type SignInServer } from './sign-in-server.ts';

/** Things that a request is about, made for it alone. */
export interface Things extends RoleThings {
  readonly experiment: string;
  readonly run: string;
  readonly logged: string;
  readonly trace: string;
  readonly assessment: string;
  readonly model: string;
  /** A model with a protected alias and requests to move it. */
  readonly guarded: string;
  readonly webhook: string;
  readonly caller: string;
}

/** What an endpoint takes. */
export interface Need {
  /** `thing`: on the experiment or model; `everywhere`: where no grant counts; `self`: whoever signed in. */
  readonly on: 'thing' | 'everywhere' | 'self';
  readonly role: Role;
  readonly fields: (things: Things) => object | string;
  /** The path with its names filled in; default the path of the route. */
  readonly path?: (things: Things) => string;
  /** Answers 200 with less in it, or having done less, instead of a refusal. */
  readonly filters?: true;
  /** What whoever may is answered; default 200. */
  readonly answers?: number;
  /** Carried out by an admin before. */
  readonly before?: string;
  /** Of the request, beside who signs in. */
  readonly headers?: (things: Things) => Readonly<Record<string, string>>;
  /** Changes files, whose paths are no secret: always refused as what may be seen. */
  readonly changesFiles?: true;
}

const on =
  (role: Role) =>
  (fields: Need['fields'], more: Partial<Need> = {}): Need => ({ on: 'thing', role, fields, ...more });
const [reader, writer, admin] = [on('reader'), on('writer'), on('admin')];
const everywhere = (role: Role, fields: Need['fields'], more: Partial<Need> = {}): Need => ({
  ...{ on: 'everywhere', role, fields },
  ...more,
});
const self = (fields: Need['fields'], more: Partial<Need> = {}): Need => ({
  on: 'self',
  role: 'none',
  fields,
  ...more,
});

const ofExperiment = ({ experiment: experiment_id }: Things) => ({ experiment_id });
const ofRun = ({ run: run_id }: Things) => ({ run_id });
const ofModel = ({ model: name }: Things) => ({ name });
const ofVersion = ({ model: name }: Things) => ({ name, version: '1' });
const ofRequest =
  (number: number) =>
  ({ guarded: name }: Things) => ({ name, number });
const approver = on('approver');
const tag = { key: 'k', value: 'v' };
const inLogged =
  (end = '') =>
  ({ logged }: Things) =>
    `/mlflow/logged-models/${logged}${end}`;
const inWebhook =
  (end = '') =>
  ({ webhook }: Things) =>
    `/mlflow/webhooks/${webhook}${end}`;
const ofTrace =
  (end = '', version = 3) =>
  ({ trace, assessment }: Things) =>
    `/api/${version}.0/mlflow/traces/${trace}${end.replace('ASSESSMENT', assessment)}`;
const feedback = {
  assessment_name: 'good',
  feedback: { value: true },
  source: { source_type: 'HUMAN', source_id: 'x' },
};
const traceOf = (experiment_id: string, trace_id = `tr-${crypto.randomUUID().replaceAll('-', '')}`) => ({
  trace: {
    trace_info: {
      trace_id,
      trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id } },
      request_time: '2026-01-01T00:00:00Z',
      state: 'OK',
    },
  },
});
const deletionOf = ({ experiment, trace }: Things) => ({ experiment_id: experiment, request_ids: [trace] });
const locations = ({ experiment: experiment_id }: Things) => [
  { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id } },
];
const newSpan = () => ({
  ...{ traceId: crypto.randomUUID().replaceAll('-', ''), spanId: '0123456789abcdef', name: 'x' },
  ...{ startTimeUnixNano: '1', endTimeUnixNano: '2' },
});
const exported = (span: object) => ({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
const filters = { filters: true } as const;
const files = { changesFiles: true } as const;
const newName = () => `n${crypto.randomUUID()}`;
const hook = { name: 'w', url: 'http://127.0.0.1:9/', events: [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }] };
const grantOf = ({ experiment, caller }: Things) => ({
  ...{ username: caller, resource_type: 'experiment', resource_id: experiment, permission: 'READ' },
});

/** By the name of the route. An endpoint that is not here fails the test. */
export const needs: Readonly<Record<string, Need>> = {
  'POST /mlflow/experiments/create': everywhere('writer', () => ({ name: newName() })),
  'GET /mlflow/experiments/get': reader(ofExperiment),
  'GET /mlflow/experiments/get-by-name': reader(({ experiment }) => ({ experiment_name: `experiment ${experiment}` })),
  'POST /mlflow/experiments/search': reader(() => ({ max_results: 1000 }), filters),
  'GET /mlflow/experiments/search': reader(() => ({ max_results: 1000 }), filters),
  'POST /mlflow/experiments/search-datasets': reader(({ experiment }) => ({ experiment_ids: [experiment] }), filters),
  'POST /mlflow/experiments/delete': admin(ofExperiment),
  'POST /mlflow/experiments/restore': admin(ofExperiment, { before: 'POST experiments/delete' }),
  'POST /mlflow/experiments/update': writer((things) => ({ ...ofExperiment(things), new_name: newName() })),
  'POST /mlflow/experiments/set-experiment-tag': writer((things) => ({ ...ofExperiment(things), ...tag })),
  'POST /mlflow/experiments/delete-experiment-tag': writer((things) => ({ ...ofExperiment(things), key: 'there' })),
  'POST /mlflow/runs/create': writer(ofExperiment),
  'GET /mlflow/runs/get': reader(ofRun),
  'POST /mlflow/runs/update': writer((things) => ({ ...ofRun(things), status: 'FINISHED' })),
  'POST /mlflow/runs/delete': admin(ofRun),
  'POST /mlflow/runs/restore': admin(ofRun, { before: 'POST runs/delete' }),
  'POST /mlflow/runs/search': reader(({ experiment }) => ({ experiment_ids: [experiment] }), filters),
  'POST /mlflow/runs/log-metric': writer((things) => ({ ...ofRun(things), key: 'm', value: 1, timestamp: 1 })),
  'POST /mlflow/runs/log-parameter': writer((things) => ({ ...ofRun(things), ...tag })),
  'POST /mlflow/runs/set-tag': writer((things) => ({ ...ofRun(things), ...tag })),
  'POST /mlflow/runs/delete-tag': writer((things) => ({ ...ofRun(things), key: 'there' })),
  'POST /mlflow/runs/log-batch': writer((things) => ({ ...ofRun(things), tags: [tag] })),
  'POST /mlflow/runs/log-inputs': writer(ofRun),
  'POST /mlflow/runs/outputs': writer((things) => ({
    ...ofRun(things),
    models: [{ model_id: things.logged, step: 0 }],
  })),
  'POST /mlflow/runs/log-model': writer((things) => ({
    ...ofRun(things),
    model_json: JSON.stringify({ artifact_path: 'm', flavors: {}, utc_time_created: 'now', run_id: things.run }),
  })),
  'GET /mlflow/metrics/get-history': reader((things) => ({ ...ofRun(things), metric_key: 'seen' }), filters),
  'GET /mlflow/metrics/get-history-bulk': reader(({ run }) => ({ run_id: run, metric_key: 'seen' }), filters),
  'GET /mlflow/metrics/get-history-bulk-interval': reader(({ run }) => ({ run_ids: run, metric_key: 'seen' }), filters),
  'GET /mlspec/search': reader(({ experiment }) => ({ q: `experiment ${experiment}` }), filters),
  'POST /mlspec/protections/set': admin(({ guarded: name }) => ({ name, alias: 'other', approvals: 1 })),
  'GET /mlspec/protections/list': reader(({ guarded: name }) => ({ name })),
  'POST /mlspec/approvals/ask': writer(({ guarded: name }) => ({ name, version: '1', alias: 'guarded', why: 'w' })),
  'GET /mlspec/approvals/list': reader(() => ({ max_results: 1000 }), filters),
  'GET /mlspec/approvals/get': reader(ofRequest(1)),
  'POST /mlspec/approvals/approve': approver(ofRequest(1)),
  'POST /mlspec/approvals/reject': approver(ofRequest(2)),
  'POST /mlspec/approvals/withdraw': { ...writer(ofRequest(1)), answers: 403 },
  'GET /mlspec/metrics/buckets': reader(({ run }) => ({ run_ids: run, metric_key: 'seen' }), filters),
  'POST /mlflow/logged-models': writer(ofExperiment),
  'PATCH /mlflow/logged-models/{model_id}': writer(() => ({ status: 'LOGGED_MODEL_READY' }), { path: inLogged() }),
  'GET /mlflow/logged-models/{model_id}': reader(() => ({}), { path: inLogged() }),
  'DELETE /mlflow/logged-models/{model_id}': admin(() => ({}), { path: inLogged() }),
  'PATCH /mlflow/logged-models/{model_id}/tags': writer(() => ({ tags: [tag] }), { path: inLogged('/tags') }),
  'DELETE /mlflow/logged-models/{model_id}/tags/{tag_key}': writer(() => ({}), { path: inLogged('/tags/there') }),
  'POST /mlflow/logged-models/{model_id}/params': writer(() => ({ params: [tag] }), { path: inLogged('/params') }),
  'POST /mlflow/logged-models/search': reader(({ experiment }) => ({ experiment_ids: [experiment] }), filters),
  'POST /mlflow/registered-models/create': everywhere('writer', () => ({ name: newName() })),
  'GET /mlflow/registered-models/get': reader(ofModel),
  'POST /mlflow/registered-models/rename': writer((things) => ({ ...ofModel(things), new_name: newName() })),
  'PATCH /mlflow/registered-models/update': writer((things) => ({ ...ofModel(things), description: 'd' })),
  'DELETE /mlflow/registered-models/delete': admin(ofModel),
  'GET /mlflow/registered-models/search': reader(() => ({ max_results: 1000 }), filters),
  'POST /mlflow/registered-models/get-latest-versions': reader(ofModel),
  'GET /mlflow/registered-models/get-latest-versions': reader(ofModel),
  'POST /mlflow/registered-models/set-tag': writer((things) => ({ ...ofModel(things), ...tag })),
  'DELETE /mlflow/registered-models/delete-tag': writer((things) => ({ ...ofModel(things), key: 'there' })),
  'POST /mlflow/registered-models/alias': writer((things) => ({ ...ofVersion(things), alias: 'a' })),
  'DELETE /mlflow/registered-models/alias': writer((things) => ({ ...ofModel(things), alias: 'there' })),
  'GET /mlflow/registered-models/alias': reader((things) => ({ ...ofModel(things), alias: 'there' })),
  'POST /mlflow/model-versions/create': writer((things) => ({ ...ofModel(things), source: 's3://b/x' })),
  'GET /mlflow/model-versions/get': reader(ofVersion),
  'GET /mlflow/model-versions/get-download-uri': reader(ofVersion),
  'GET /mlflow/model-versions/search': reader(() => ({}), filters),
  'PATCH /mlflow/model-versions/update': writer((things) => ({ ...ofVersion(things), description: 'd' })),
  'POST /mlflow/model-versions/transition-stage': writer((things) => ({ ...ofVersion(things), stage: 'Staging' })),
  'DELETE /mlflow/model-versions/delete': admin(ofVersion),
  'POST /mlflow/model-versions/set-tag': writer((things) => ({ ...ofVersion(things), ...tag })),
  'DELETE /mlflow/model-versions/delete-tag': writer((things) => ({ ...ofVersion(things), key: 'there' })),
  'GET /mlflow/artifacts/list': reader(ofRun),
  'GET /mlflow/logged-models/{model_id}/artifacts/directories': reader(() => ({}), {
    path: inLogged('/artifacts/directories'),
  }),
  'POST 3 /mlflow/traces': writer(({ experiment }) => traceOf(experiment)),
  'POST 3 /mlflow/traces/search': reader((things) => ({ locations: locations(things) }), filters),
  'POST 3 /mlflow/traces/calculate-filter-correlation': reader(
    ({ experiment }) => ({
      experiment_ids: [experiment],
      filter_string1: "status = 'OK'",
      filter_string2: "name = 'x'",
    }),
    filters,
  ),
  'POST 3 /mlflow/traces/metrics': reader(
    ({ experiment }) => ({
      ...{ experiment_ids: [experiment], view_type: 'TRACES', metric_name: 'trace_count' },
      aggregations: [{ aggregation_type: 'COUNT' }],
    }),
    filters,
  ),
  'POST 3 /mlflow/traces/delete-traces': admin(deletionOf, filters),
  'POST /mlflow/traces/delete-traces': admin(deletionOf, filters),
  'GET 3 /mlflow/traces/{trace_id}': reader(() => ({}), { path: ofTrace() }),
  'GET 3 /mlflow/traces/get': reader(({ trace }) => ({ trace_id: trace, allow_partial: true })),
  'GET 3 /mlflow/traces/batchGet': reader(({ trace }) => ({ trace_ids: [trace] }), filters),
  'POST 3 /mlflow/traces/batchGetInfos': reader(({ trace }) => ({ trace_ids: [trace] }), filters),
  'PATCH 3 /mlflow/traces/{trace_id}/tags': writer(() => tag, { path: ofTrace('/tags') }),
  'DELETE 3 /mlflow/traces/{trace_id}/tags': writer(() => ({ key: 'there' }), { path: ofTrace('/tags') }),
  'PATCH /mlflow/traces/{request_id}/tags': writer(() => tag, { path: ofTrace('/tags', 2) }),
  'DELETE /mlflow/traces/{request_id}/tags': writer(() => ({ key: 'there' }), { path: ofTrace('/tags', 2) }),
  'POST /mlflow/traces/link-to-run': writer((things) => ({ ...ofRun(things), trace_ids: [things.trace] })),
  'POST /mlflow/traces/link-prompts': writer(({ trace }) => ({
    ...{ trace_id: trace, prompt_versions: [{ name: 'p', version: '1' }] },
  })),
  'POST /mlflow/traces': writer((things) => ({ ...ofExperiment(things), timestamp_ms: 1 })),
  'PATCH /mlflow/traces/{request_id}': writer(() => ({ timestamp_ms: 2, status: 'OK' }), { path: ofTrace('', 2) }),
  'GET /mlflow/traces/{request_id}/info': reader(() => ({}), { path: ofTrace('/info', 2) }),
  'GET /mlflow/traces': reader(({ experiment }) => ({ experiment_ids: experiment }), filters),
  'POST 3 /mlflow/traces/{trace_id}/assessments': writer(() => ({ assessment: feedback }), {
    path: ofTrace('/assessments'),
  }),
  'GET 3 /mlflow/traces/{trace_id}/assessments/{assessment_id}': reader(() => ({}), {
    path: ofTrace('/assessments/ASSESSMENT'),
  }),
  'PATCH 3 /mlflow/traces/{trace_id}/assessments/{assessment_id}': writer(
    () => ({ assessment: { rationale: 'so' }, update_mask: 'rationale' }),
    { path: ofTrace('/assessments/ASSESSMENT') },
  ),
  'DELETE 3 /mlflow/traces/{trace_id}/assessments/{assessment_id}': writer(() => ({}), {
    ...{ ...filters, path: ofTrace('/assessments/ASSESSMENT') },
  }),
  'POST /mlflow/webhooks': everywhere('admin', () => hook),
  'GET /mlflow/webhooks': everywhere('admin', () => ({})),
  'GET /mlflow/webhooks/{webhook_id}': everywhere('admin', () => ({}), { path: inWebhook() }),
  'PATCH /mlflow/webhooks/{webhook_id}': everywhere('admin', () => ({ name: 'x' }), { path: inWebhook() }),
  'DELETE /mlflow/webhooks/{webhook_id}': everywhere('admin', () => ({}), { path: inWebhook() }),
  'POST /mlflow/webhooks/{webhook_id}/test': everywhere('admin', () => ({}), { path: inWebhook('/test') }),
  'POST /mlflow/users/create': everywhere('admin', () => ({ username: newName(), password })),
  'GET /mlflow/users/get': everywhere('admin', () => ({ username: 'somebody' })),
  'GET /mlflow/users/list': everywhere('admin', () => ({})),
  'GET /mlflow/users/current': self(() => ({})),
  'PATCH /mlflow/users/update-password': everywhere('admin', () => ({ username: 'somebody', password })),
  'PATCH /mlflow/users/update-admin': everywhere('admin', () => ({ username: 'somebody', is_admin: false })),
  'DELETE /mlflow/users/delete': everywhere('admin', ({ model }) => ({ username: `of.${model}` })),
  'POST 3 /mlflow/users/permissions/grant': admin((things) => ({ ...grantOf(things), username: 'somebody' })),
  'POST 3 /mlflow/users/permissions/revoke': admin((things) => ({ ...grantOf(things), username: 'somebody' })),
  'GET 3 /mlflow/users/permissions/get': admin((things) => ({ ...grantOf(things), username: 'somebody' })),
  'GET 3 /mlflow/users/current/permissions': self(() => ({})),
  ...roleNeeds,
  'GET 3 /mlflow/users/permissions/list': everywhere('admin', () => ({ username: 'somebody' })),
  'POST /mlspec/tokens/create': self(() => ({ name: 't' })),
  'GET /mlspec/tokens/list': self(() => ({})),
  'POST /mlspec/tokens/revoke': self(() => ({ prefix: 'mlst_000000000000' }), { answers: 404 }),
};

/** Routes outside the table of MLflow's messages: files, and what the server says of itself. */
export const otherNeeds: Readonly<Record<string, Need>> = {
  'GET /api/2.0/mlflow-artifacts/artifacts/*': reader(() => ({}), { path: (things) => `${fileOf(things)}` }),
  'HEAD /api/2.0/mlflow-artifacts/artifacts/*': reader(() => ({}), { path: (things) => `${fileOf(things)}` }),
  'PUT /api/2.0/mlflow-artifacts/artifacts/*': writer(() => 'bytes', {
    ...files,
    path: (things) => `${fileOf(things)}2`,
  }),
  'DELETE /api/2.0/mlflow-artifacts/artifacts/*': admin(() => '', { ...files, path: (things) => `${fileOf(things)}` }),
  'GET /api/2.0/mlflow-artifacts/artifacts': reader(({ experiment }) => ({ path: experiment }), filters),
  'GET /api/2.0/mlflow-artifacts/presigned/*': reader(() => ({}), {
    path: (things) => fileOf(things).replace('/artifacts/', '/presigned/'),
  }),
  'POST /api/2.0/mlflow-artifacts/mpu/create': everywhere('writer', () => ({ path: 'x', num_parts: 1 }), {
    path: () => '/api/2.0/mlflow-artifacts/mpu/create',
  }),
  'POST /api/2.0/mlflow-artifacts/mpu/create/*': writer(() => ({ path: 'x', num_parts: 1 }), {
    ...files,
    path: ({ experiment }) => `/api/2.0/mlflow-artifacts/mpu/create/${experiment}`,
  }),
  'POST /api/2.0/mlflow-artifacts/mpu/complete': everywhere(
    'writer',
    () => ({ path: 'x', upload_id: 'u', parts: [] }),
    {
      path: () => '/api/2.0/mlflow-artifacts/mpu/complete',
      answers: 404,
    },
  ),
  'POST /api/2.0/mlflow-artifacts/mpu/complete/*': writer(() => ({ path: 'x', upload_id: 'u', parts: [] }), {
    ...{ ...files, answers: 404 },
    path: ({ experiment }) => `/api/2.0/mlflow-artifacts/mpu/complete/${experiment}`,
  }),
  'POST /api/2.0/mlflow-artifacts/mpu/abort': everywhere('writer', () => ({ path: 'x', upload_id: 'u' }), {
    path: () => '/api/2.0/mlflow-artifacts/mpu/abort',
    answers: 200,
  }),
  'POST /api/2.0/mlflow-artifacts/mpu/abort/*': writer(() => ({ path: 'x', upload_id: 'u' }), {
    ...{ ...files, answers: 200 },
    path: ({ experiment }) => `/api/2.0/mlflow-artifacts/mpu/abort/${experiment}`,
  }),
  'GET /api/2.0/mlflow-artifacts/mpu/status/*': writer(() => ({ upload_id: 'u' }), {
    ...{ ...files, answers: 404 },
    path: ({ experiment }) => `/api/2.0/mlflow-artifacts/mpu/status/${experiment}/x`,
  }),
  'POST /v1/traces': writer(() => exported(newSpan()), {
    headers: ({ experiment }) => ({ 'x-mlflow-experiment-id': experiment }),
  }),
  'POST /api/2.0/mlflow/upload-artifact': writer(() => 'bytes', {
    path: ({ run }) => `/api/2.0/mlflow/upload-artifact?run_uuid=${run}&path=u.txt`,
  }),
  'POST /api/2.0/mlflow/artifacts/presigned-download-url': reader(({ run }) => ({ run_id: run, path: 'f.txt' })),
  'POST /api/2.0/mlflow/artifacts/presigned-upload-url': writer(({ run }) => ({ run_id: run, path: 'n.txt' })),
  'GET /get-artifact': reader(({ run }) => ({ run_uuid: run, path: 'f.txt' })),
  'HEAD /get-artifact': reader(({ run }) => ({ run_uuid: run, path: 'f.txt' })),
  'GET /model-versions/get-artifact': reader(({ model }) => ({ name: model, version: '2', path: 'f.txt' })),
  'HEAD /model-versions/get-artifact': reader(({ model }) => ({ name: model, version: '2', path: 'f.txt' })),
  'GET /ajax-api/2.0/mlflow/logged-models/:model/artifacts/files': reader(() => ({ artifact_file_path: 'f.txt' }), {
    path: ({ logged }) => `/ajax-api/2.0/mlflow/logged-models/${logged}/artifacts/files`,
  }),
  'HEAD /ajax-api/2.0/mlflow/logged-models/:model/artifacts/files': reader(() => ({ artifact_file_path: 'f.txt' }), {
    path: ({ logged }) => `/ajax-api/2.0/mlflow/logged-models/${logged}/artifacts/files`,
  }),
  ...Object.fromEntries(
    ['GET', 'HEAD'].flatMap((method) =>
      ['2.0', '3.0'].map((version) => [
        `${method} /ajax-api/${version}/mlflow/get-trace-artifact`,
        reader(({ trace }) => ({ request_id: trace })),
      ]),
    ),
  ),
  'GET /': self(() => ({})),
  'GET /openapi.json': self(() => ({})),
  'GET /varz': self(() => ({})),
  'GET /metrics': self(() => ({})),
  'GET /api/3.0/mlflow/server-info': self(() => ({})),
  'GET /ajax-api/3.0/mlflow/ui-telemetry': self(() => ({})),
  'POST /ajax-api/3.0/mlflow/ui-telemetry': self(() => ({})),
  'GET /ajax-api/3.0/mlflow/assistant/config': self(() => ({})),
  'GET /ajax-api/3.0/mlflow/assistant/providers': self(() => ({})),
  'GET /ajax-api/2.0/mlflow/gateway-proxy': self(() => ({})),
  // What a question asks for goes through the endpoints above, as whoever asked.
  'POST /graphql': self(() => ({ query: '{ __typename }' })),
};

/** Where the file of the run lies. */
function fileOf({ experiment, run }: Things): string {
  return `/api/2.0/mlflow-artifacts/artifacts/${experiment}/${run}/artifacts/f.txt`;
}

/** Makes things for one request: an experiment `experiment ID` with a run, a logged model and files, a model with two versions, a webhook. */
export async function makeThings({ make, ask, access }: SignInServer, caller: string): Promise<Things> {
  const { experiment_id: experiment } = await make('POST experiments/create', {
    name: newName(),
    tags: [{ key: 'there', value: 'v' }],
  });
  await make('POST experiments/update', { experiment_id: experiment, new_name: `experiment ${experiment}` });
  const { run }: Json = await make('POST runs/create', {
    experiment_id: experiment,
    tags: [{ key: 'there', value: 'v' }],
  });
  const run_id = run.info.run_id as string;
  await make('POST runs/log-metric', { run_id, key: 'seen', value: 1, timestamp: 1 });
  const { model: made }: Json = await make('POST logged-models', {
    experiment_id: experiment,
    tags: [{ key: 'there', value: 'v' }],
  });
  const logged = made.info.model_id as string;
  const as = basic('admin');
  for (const root of [run.info.artifact_uri, made.info.artifact_uri] as string[]) {
    const path = root.replace(/^mlflow-artifacts:\/+/, '');
    await ask(`PUT /api/2.0/mlflow-artifacts/artifacts/${path}/f.txt`, { as, fields: 'content' });
  }
  const span = newSpan();
  const trace = `tr-${span.traceId}`;
  const inExperiment = { ...as, 'x-mlflow-experiment-id': experiment as string };
  await ask('POST /v1/traces', { as: inExperiment, fields: exported(span) });
  await ask('POST /api/3.0/mlflow/traces', { as, fields: traceOf(experiment, trace) });
  await ask(`PATCH /api/3.0/mlflow/traces/${trace}/tags`, { as, fields: { key: 'there', value: 'v' } });
  const said = await ask(`POST /api/3.0/mlflow/traces/${trace}/assessments`, { as, fields: { assessment: feedback } });
  const assessment = (said.json as Json)['assessment'].assessment_id as string;
  const model = newName();
  await make('POST registered-models/create', { name: model, tags: [{ key: 'there', value: 'v' }] });
  await make('POST model-versions/create', { name: model, source: 's3://b/x', tags: [{ key: 'there', value: 'v' }] });
  await make('POST model-versions/create', { name: model, source: run.info.artifact_uri, run_id });
  await make('POST registered-models/alias', { name: model, alias: 'there', version: '1' });
  const { webhook } = await make('POST webhooks', hook);
  const guarded = newName();
  await make('POST registered-models/create', { name: guarded });
  for (const source of ['s3://b/1', 's3://b/2', 's3://b/3'])
    await make('POST model-versions/create', { name: guarded, source });
  const own = async (path: string, fields: object): Promise<void> => {
    const { status, text } = await ask(`POST /api/2.0/mlspec/${path}`, { as, fields: { name: guarded, ...fields } });
    if (status !== 200) throw new Error(text);
  };
  await own('protections/set', { alias: 'guarded', approvals: 5 });
  for (const version of ['2', '3']) await own('approvals/ask', { alias: 'guarded', version, why: 'w' });
  const role = await makeRole(access, `of.${model}`);
  const named = { experiment, run: run_id, logged, trace, assessment, model, guarded, caller };
  return { ...named, ...role, webhook: webhook.webhook_id };
}
