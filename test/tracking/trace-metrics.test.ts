/* Figures over traces beside what MLflow's server is asked too: pages, figures that no sum may break on, rows of earlier versions. */
import { beforeAll, expect, test } from 'vitest';
import { migrate } from '../../src/database/index.ts';
import { openTraces, traceSchema, trackingSchema } from '../../src/tracking/index.ts';
import { describeOnServers, type TestServer } from './test-server.ts';

const v3 = '/api/3.0/mlflow/traces';
const count = { experiment_ids: ['0'], view_type: 'TRACES', metric_name: 'trace_count' };
const counted = { ...count, aggregations: [{ aggregation_type: 'COUNT' }] };
const all = ['SUM', 'AVG', 'MIN', 'MAX'].map((aggregation_type) => ({ aggregation_type }));
const median = { aggregation_type: 'PERCENTILE', percentile_value: 50 };

interface Answer {
  readonly data_points?: readonly {
    readonly dimensions?: Readonly<Record<string, string>>;
    readonly values: Readonly<Record<string, number>>;
  }[];
  readonly next_page_token?: string;
  readonly error_code?: string;
}

describeOnServers((started, create) => {
  let server: TestServer;
  let errors: readonly unknown[];
  beforeAll(() => {
    ({ server, errors } = started());
  });

  async function ask(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    const sent = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
    const answer = await fetch(`${server.url}${path}`, { ...sent, body: JSON.stringify(body) });
    return { status: answer.status, body: (await answer.json()) as Answer };
  }

  async function metrics(fields: object): Promise<Answer> {
    const { status, body } = await ask(`${v3}/metrics`, { ...counted, ...fields });
    expect([status, body]).toEqual([200, body]);
    return body;
  }

  async function start(trace_id: string, more: object = {}): Promise<void> {
    const trace_location = { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } };
    const trace_info = { trace_id, trace_location, request_time: '2026-01-01T00:00:00Z', state: 'OK', ...more };
    expect(await ask(v3, { trace: { trace_info } })).toMatchObject({ status: 200 });
  }

  async function say(trace_id: string, value: unknown): Promise<void> {
    const assessment = { assessment_name: 'said', source: { source_type: 'HUMAN' }, feedback: { value } };
    expect(await ask(`${v3}/${trace_id}/assessments`, { assessment })).toMatchObject({ status: 200 });
  }

  async function cost(traceId: string, spanId: string, attributes: Readonly<Record<string, string>>): Promise<void> {
    const times = { startTimeUnixNano: '1767225600000000000', endTimeUnixNano: '1767225600500000000' };
    const listed = Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }));
    const span = { traceId, spanId, name: 'ask', ...times, attributes: listed };
    const body = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] };
    expect(await ask('/v1/traces', body, { 'x-mlflow-experiment-id': '0' })).toMatchObject({ status: 200 });
  }

  test('every page together is the whole, in its order, and a token serves its own question alone', async () => {
    for (let index = 0; index < 23; index++) {
      const at = new Date(Date.UTC(2026, 0, 1, index)).toISOString();
      await start(`tr-page-${index}`, { request_time: at, tags: { 'mlflow.traceName': `n${index % 3}` } });
    }
    const range = { start_time_ms: Date.UTC(2026, 0, 1), end_time_ms: Date.UTC(2026, 0, 2) };
    const question = { dimensions: ['trace_name'], time_interval_seconds: 7200, ...range };
    const whole = (await metrics(question)).data_points!;
    const pages: unknown[] = [];
    let token: string | undefined;
    do {
      const page = await metrics({
        ...question,
        max_results: 4,
        ...(token === undefined ? {} : { page_token: token }),
      });
      expect(page.data_points!.length).toBeLessThanOrEqual(4);
      pages.push(...page.data_points!);
      token = page.next_page_token;
    } while (token !== undefined);
    expect(pages).toEqual(whole);
    expect(whole.length).toBeGreaterThan(20);
    expect(whole.reduce((sum, { values }) => sum + values['COUNT']!, 0)).toBe(23);
    const { next_page_token: page_token } = await metrics({ ...question, max_results: 4 });
    for (const other of [{ dimensions: [] }, { time_interval_seconds: 3600 }, { filters: ["trace.status = 'OK'"] }]) {
      const { status, body } = await ask(`${v3}/metrics`, { ...counted, ...question, ...other, page_token });
      expect([status, body.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE']);
    }
  });

  test('a time before 1970 lies in the group that holds it', async () => {
    await start('tr-early', { request_time: '1969-12-31T23:30:00Z' });
    const range = { start_time_ms: -(10 ** 7), end_time_ms: 0 };
    expect((await metrics({ time_interval_seconds: 3600, ...range })).data_points).toEqual([
      { metric_name: 'trace_count', dimensions: { time_bucket: '1969-12-31T23:00:00+00:00' }, values: { COUNT: 1 } },
    ]);
  });

  test('no figure of a client breaks a sum', async () => {
    const tokens = ['9223372036854775807', '1e999', '"7"', '2.5', 'true', 'null', '"a"', '{}', '-3'];
    for (const [index, text] of tokens.entries()) {
      const told = `{"input_tokens": ${text}, "output_tokens": 9223372036854775807}`;
      await start(`tr-tokens-${index}`, { trace_metadata: { 'mlflow.trace.tokenUsage': told } });
    }
    for (const told of ['{', '[]', '7', '{"input_tokens"}', 'NaN'])
      await start('tr-tokens-none', { trace_metadata: { 'mlflow.trace.tokenUsage': told } });
    const used = { metric_name: 'input_tokens', aggregations: [...all, median] };
    const least = (await metrics(used)).data_points![0]!.values;
    expect([least['MIN'], least['MAX'], least['P50.0']]).toEqual([-3, 2 ** 63, 7]);
    const many = (await metrics({ ...used, metric_name: 'output_tokens' })).data_points![0]!.values;
    expect(many['SUM']).toBe(tokens.length * 2 ** 63);
    const costs = ['1.7e308', '1.7e308', '-1.7e308', '1e999', '0.25', '"0.5"', 'null', '{}'];
    for (const [index, text] of costs.entries()) {
      const model = index === 0 ? 'x\0y' : '"quoted"';
      const given = { 'mlflow.llm.cost': `{"total_cost": ${text}}`, 'mlflow.llm.model': model };
      await cost('ab'.repeat(16), `00000000000000a${index}`, { ...given, 'mlflow.llm.provider': 'p'.repeat(9000) });
    }
    const spent = { view_type: 'SPANS', metric_name: 'total_cost', aggregations: [...all, median] };
    expect((await metrics({ ...spent, dimensions: ['span_model_name'] })).data_points).toEqual([
      {
        metric_name: 'total_cost',
        dimensions: { span_model_name: 'quoted' },
        values: { SUM: 0.75, AVG: 0.375, MIN: 0.25, MAX: 0.5, 'P50.0': 0.375 },
      },
    ]);
    await start('tr-said');
    for (const value of [1e308, 1e308, -1e308, true, 'no', ' Yes ', 'other', { a: 1e308 }, [1], 3])
      await say('tr-said', value);
    const judged = { view_type: 'ASSESSMENTS', metric_name: 'assessment_value', aggregations: all.slice(1) };
    expect((await metrics(judged)).data_points![0]!.values).toEqual({ AVG: 1.25, MIN: 0, MAX: 3 });
    const values = await metrics({
      ...judged,
      metric_name: 'assessment_count',
      aggregations: [{ aggregation_type: 'COUNT' }],
      dimensions: ['assessment_value'],
    });
    expect(values.data_points!.map(({ dimensions }) => dimensions!['assessment_value'])).toContain('[1.0]');
  });

  test('what is asked wrongly is refused', async () => {
    const wrong = [
      { experiment_ids: ['1e3'] },
      { filters: ["trace.status = 'OK' OR"] },
      { filters: ["trace.tag.a LIKE '%'".repeat(300)] },
      { aggregations: Array.from({ length: 51 }, () => ({ aggregation_type: 'COUNT' })) },
      { metric_name: 'constructor' },
      { metric_name: '__proto__' },
      { dimensions: ['toString'] },
      { metric_name: 'latency', aggregations: [{ ...median, percentile_value: 'NaN' }] },
      { metric_name: 'latency', aggregations: [{ ...median, percentile_value: 'Infinity' }] },
      { time_interval_seconds: '9223372036854775807', start_time_ms: 0, end_time_ms: 1 },
      { max_results: 2 ** 53 - 1 },
    ];
    for (const fields of wrong) {
      const { status, body } = await ask(`${v3}/metrics`, { ...counted, ...fields });
      expect([fields, status, body.error_code]).toEqual([fields, 400, 'INVALID_PARAMETER_VALUE']);
    }
    const keys = [['x'], [null], [1e300], ['2026', 'n1', 'n2']];
    for (const forged of keys) {
      const page_token = Buffer.from(JSON.stringify(['0000000000000000', ...forged])).toString('base64url');
      expect(await ask(`${v3}/metrics`, { ...counted, page_token })).toMatchObject({ status: 400 });
    }
  });

  test('no error was one of the server', () => expect(errors).toEqual([]));

  test('figures of traces from before are read from their texts', async () => {
    const place = await create();
    const database = await place.open();
    await migrate(database, trackingSchema);
    await migrate(database, { ...traceSchema, migrations: traceSchema.migrations.slice(0, 1) });
    await database.run(
      `insert into experiments (name, artifact_location, lifecycle, created_at_ms, updated_at_ms) values ('old', 'x', 'active', 1, 1)`,
    );
    const { id } = (await database.first<{ id: number }>("select id from experiments where name = 'old'"))!;
    const used = ['{"input_tokens": 5, "output_tokens": 7, "total_tokens": 12}', '{"input_tokens": 1e9999}', 'no JSON'];
    const spent = ['{"input_cost": 0.5, "output_cost": 2.5e-1, "total_cost": 1e400}', '{}', null];
    for (const [index, text] of used.entries()) {
      const trace = `tr-${index}`;
      const row = [trace, id, 1000, 'OK', 1];
      await database.run(
        'insert into traces (trace_id, experiment_id, started_at_ms, state, is_final) values (?, ?, ?, ?, ?)',
        row,
      );
      const metadata = 'insert into trace_metadata (trace_id, key, value) values (?, ?, ?)';
      await database.run(metadata, [trace, 'mlflow.trace.tokenUsage', text]);
      const attributes = [{ 'mlflow.llm.model': '"model-a"' }, { 'mlflow.llm.model': '{"a": 1}' }, {}][index];
      await database.run(
        `insert into spans (trace_id, span_id, name, type, status, started_at_ns, cost, content) values (?, 's', 'n', 'LLM', 'OK', 5, ?, ?)`,
        [trace, spent[index]!, JSON.stringify({ attributes }).replaceAll('":', '": ')],
      );
    }
    const traces = await openTraces(database);
    const question = { experimentIds: [String(id)], filters: [], limit: 10, pageToken: undefined };
    const sum = {
      aggregations: [{ type: 'SUM', percentile: null }],
      intervalSeconds: null,
      fromMs: null,
      toMs: null,
    } as const;
    const ofTraces = { ...question, ...sum, view: 'TRACES', dimensions: [] } as const;
    expect((await traces.metrics({ ...ofTraces, metric: 'input_tokens' })).items[0]!.values).toEqual({ SUM: 5 });
    expect((await traces.metrics({ ...ofTraces, metric: 'total_tokens' })).items[0]!.values).toEqual({ SUM: 12 });
    const ofSpans = { ...question, ...sum, view: 'SPANS', dimensions: ['span_model_name'] } as const;
    expect((await traces.metrics({ ...ofSpans, metric: 'output_cost' })).items).toEqual([
      { startMs: null, dimensions: { span_model_name: 'model-a' }, values: { SUM: 0.25 } },
    ]);
    expect((await traces.metrics({ ...ofSpans, metric: 'total_cost' })).items).toEqual([]);
    await database.close();
    await place.dispose();
  });
});
