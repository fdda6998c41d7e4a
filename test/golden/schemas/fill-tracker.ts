/** What a client of MLflow asks a server for, under a name that is free there. Ages whose server lacks an endpoint answer 404, which is passed over. */
export async function fillTracker(url: string, name = 'golden'): Promise<void> {
  const ask = async (path: string, body: object, method = 'POST'): Promise<unknown> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text);
    if (answer.status === 404 && text.includes('ENDPOINT_NOT_FOUND')) return {};
    throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  };
  const at = '/api/2.0/mlflow';
  const tags = [{ key: 'team', value: 'blue' }];
  const { experiment_id } = (await ask(`${at}/experiments/create`, { name, tags })) as { experiment_id?: string };
  if (experiment_id === undefined) return;
  await ask(`${at}/webhooks`, {
    name: 'chat',
    url: 'http://127.0.0.1:9/',
    secret: 'golden secret',
    events: [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }],
  });
  const run = await ask(`${at}/runs/create`, { experiment_id, run_name: 'first', start_time: 1_700_000_000_000, tags });
  const run_id = (run as { run: { info: { run_id: string } } }).run.info.run_id;
  const metrics = Array.from({ length: 40 }, (_, step) => ({ key: 'loss', value: 1 / (step + 1), timestamp: 1_700_000_000_000 + step, step }));
  await ask(`${at}/runs/log-batch`, { run_id, metrics, params: [{ key: 'rate', value: '0.5' }], tags });
  await ask(`${at}/runs/log-inputs`, {
    run_id,
    datasets: [{ dataset: { name: 'rows', digest: 'abc', source_type: 'local', source: '{}' }, tags: [] }],
  });
  await ask(`${at}/runs/update`, { run_id, status: 'FINISHED', end_time: 1_700_000_001_000 });
  await ask(`${at}/logged-models`, { experiment_id, name: 'net', source_run_id: run_id, params: [{ key: 'a', value: '1' }] });
  await ask(`${at}/registered-models/create`, { name, tags });
  await ask(`${at}/model-versions/create`, { name, source: `runs:/${run_id}/model`, run_id });
  await ask(`${at}/registered-models/alias`, { name, alias: 'champion', version: '1' });
  await ask(`${at}/model-versions/transition-stage`, { name, version: '1', stage: 'Production' });
  const path = `/api/2.0/mlflow-artifacts/artifacts/${experiment_id}/${run_id}/artifacts/notes.txt`;
  await fetch(`${url}${path}`, { method: 'PUT', body: 'golden' });
  await ask('/api/3.0/mlflow/traces', {
    trace: {
      trace_info: {
        trace_id: `tr-${Buffer.from(name).toString('hex').padEnd(32, '0')}`,
        trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id } },
        request_time: '2026-01-01T00:00:00Z',
        state: 'OK',
      },
    },
  });
}
