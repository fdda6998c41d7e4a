import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MadePackage, makePackage, python, runPython } from '../../../test/packages/make-package.ts';
import { type RunningServer, startServer } from '../index.ts';

let root: string;
let made: MadePackage;
let original: RunningServer;
let onnx: RunningServer;
let failures: unknown[];

/** The batch predictions of all raw rows, by MLflow: what every answer must equal. */
interface BatchRow {
  readonly prediction: boolean;
  readonly score_false: number;
  readonly score_true: number;
}
let batch: readonly BatchRow[];
let split: { columns: string[]; data: unknown[][] };

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'mlspec-serving-'));
  made = await makePackage(root, {
    label: 'late',
    task: { kind: 'binary', threshold: 0.3 },
    train: 'from lightgbm import LGBMClassifier\nmodel = LGBMClassifier(n_estimators=20, verbose=-1).fit(X, y)',
    formats: ['mlmodel', 'onnx'],
  });
  const answers = JSON.parse(
    runPython(
      `import sys, json, mlflow, pandas as pd
loaded = mlflow.pyfunc.load_model(sys.argv[1])
frame = pd.read_parquet(sys.argv[2])[loaded.metadata.signature.inputs.input_names()]
split = json.loads(frame.to_json(orient="split", date_format="iso", double_precision=15))
exact = [[None if pd.isna(value) else (value.isoformat() if hasattr(value, "isoformat") else value.item() if hasattr(value, "item") else value) for name, value in zip(frame.columns, row)] for row in frame.itertuples(index=False)]
print(json.dumps({"split": {"columns": list(frame.columns), "data": exact}, "batch": loaded.predict(frame).to_dict(orient="records")}))`,
      made.folder,
      made.raw,
    ),
  );
  ({ split, batch } = answers);
  failures = [];
  const common = { packageDir: made.folder, port: 0, onError: (error: unknown) => failures.push(error) };
  original = await startServer({ ...common, python, runtime: 'original', limits: { rowCount: 500 } });
  onnx = await startServer({ ...common, python: null, version: '1.0.0' });
}, 180_000);

afterAll(async () => {
  await original?.close();
  await onnx?.close();
  await rm(root, { recursive: true, force: true });
});

async function post(server: RunningServer, path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: JSON.parse(text) };
}

const get = async (server: RunningServer, path: string) => await fetch(`${server.url}${path}`);
const datatypes: Record<string, string> = { whole: 'INT64', gaps: 'INT64', wave: 'FP64', flag: 'BOOL' };

function tensors(rows: readonly unknown[][]): object[] {
  return split.columns.map((name, index) => ({
    name,
    datatype: datatypes[name] ?? 'BYTES',
    shape: [rows.length],
    data: rows.map((row) => row[index]),
  }));
}

describe('answers', () => {
  it('equal the batch predictions to the last bit in /invocations, in one request and row by row', async () => {
    const whole = await post(original, '/invocations', { dataframe_split: split });
    expect(whole.status).toBe(200);
    expect(whole.body.predictions).toEqual(batch);
    for (const row of [0, 7, 13, 399]) {
      const record = Object.fromEntries(split.columns.map((name, index) => [name, split.data[row]![index]]));
      for (const body of [
        { dataframe_records: [record] },
        { instances: [record] },
        { inputs: Object.fromEntries(Object.entries(record).map(([name, value]) => [name, [value]])) },
      ]) {
        expect((await post(original, '/invocations', body)).body.predictions).toEqual([batch[row]]);
      }
    }
  });

  it('equal them in the Open Inference Protocol, with ids, chosen outputs and nested data', async () => {
    const path = '/v2/models/example/infer';
    const { status, body } = await post(original, path, { id: 'seven', inputs: tensors(split.data.slice(0, 50)) });
    expect(status).toBe(200);
    expect(body).toMatchObject({ model_name: 'example', model_version: '1', id: 'seven' });
    expect(body.outputs).toEqual([
      { name: 'prediction', datatype: 'BOOL', shape: [50], data: batch.slice(0, 50).map((row) => row.prediction) },
      { name: 'score_false', datatype: 'FP64', shape: [50], data: batch.slice(0, 50).map((row) => row.score_false) },
      { name: 'score_true', datatype: 'FP64', shape: [50], data: batch.slice(0, 50).map((row) => row.score_true) },
    ]);
    const nested = tensors(split.data.slice(0, 2)).map((tensor) => ({
      ...tensor,
      shape: [2, 1],
      data: (tensor as { data: unknown[] }).data.map((value) => [value]),
    }));
    const chosen = await post(original, path, { inputs: nested, outputs: [{ name: 'score_true' }] });
    expect(chosen.body.outputs).toHaveLength(1);
    expect(chosen.body.id).toMatch(/^req_/);
  });

  it('of the ONNX form lie within the tolerance, without Python', async () => {
    const { body } = await post(onnx, '/invocations', { dataframe_split: split });
    const largest = Math.max(
      ...batch.map((row, index) => Math.abs(row.score_true - body.predictions[index].score_true)),
    );
    expect(largest).toBeLessThan(1e-5);
    expect(
      (await post(onnx, '/v2/models/example/versions/1.0.0/infer', { inputs: tensors(split.data.slice(0, 1)) })).status,
    ).toBe(200);
  });

  it('answer what the package itself gives as its example', async () => {
    const example = JSON.parse(await readFile(join(made.folder, 'serving_input_example.json'), 'utf8'));
    const { body } = await post(original, '/invocations', example);
    expect(body.predictions).toEqual(batch.slice(0, 5));
  });
});

describe('status', () => {
  it('says in JSON that it lives and is ready, and what the model takes', async () => {
    for (const [path, body] of [
      ['/v2/health/live', { live: true }],
      ['/v2/health/ready', { ready: true }],
      ['/v2/models/example/ready', { name: 'example', ready: true }],
      ['/ok', { ok: true }],
      ['/readyz', { ready: true }],
    ] as const)
      expect(await (await get(original, path)).json()).toEqual(body);
    expect((await get(original, '/ping')).status).toBe(200);
    expect(await (await get(original, '/v2')).json()).toMatchObject({ name: 'mlspec', extensions: [] });
    const model = (await (await get(original, '/v2/models/example')).json()) as { inputs: { name: string }[] };
    expect(model.inputs.map(({ name }) => name).sort()).toEqual([...split.columns].sort());
  });

  it('counts, and tells no path and no secret', async () => {
    const metrics = await (await get(original, '/metrics')).text();
    expect(metrics).toMatch(/mlspec_requests_total\{route="invocations",error=""\} [1-9]/);
    expect(metrics).toContain('mlspec_request_seconds_bucket');
    const varz = await (await get(original, '/varz')).text();
    expect(JSON.parse(varz)).toMatchObject({ model: { name: 'example', runtime: 'original', ready: true } });
    expect(varz).not.toContain(root);
    expect(varz).not.toContain(python);
  });
});

describe('wrong requests', () => {
  it('get a clear error each', async () => {
    const infer = '/v2/models/example/infer';
    const one = tensors(split.data.slice(0, 1));
    const record = Object.fromEntries(split.columns.map((name, index) => [name, split.data[0]![index]]));
    const cases: [string, unknown, number, RegExp][] = [
      ['/v2/models/other/infer', { inputs: one }, 404, /Request for unknown model/],
      ['/v2/models/example/versions/9/infer', { inputs: one }, 404, /unknown model/],
      [infer, { inputs: one.slice(1) }, 400, /lacks the columns/],
      [infer, { inputs: [...one, { name: 'more', datatype: 'FP64', shape: [1], data: [1] }] }, 400, /no input more/],
      [infer, { inputs: [...one, one[0]] }, 400, /twice/],
      [infer, { inputs: one.map((tensor) => ({ ...tensor, shape: [2] })) }, 400, /expected 2 values/],
      [infer, { inputs: one, outputs: [{ name: 'nothing' }] }, 400, /no output nothing/],
      [infer, '{"inputs": ', 400, /JSON/],
      [infer, '', 400, /empty/i],
      [infer, [], 400, /expected the request to be an object/],
      ['/invocations', {}, 400, /exactly one/],
      ['/invocations', { instances: [record], inputs: [] }, 400, /exactly one/],
      ['/invocations', { dataframe_records: [{ ...record, whole: 'x' }] }, 400, /whole/],
      ['/invocations', { dataframe_records: [{ ...record, whole: 9007199254740994 }] }, 400, /whole/],
      ['/invocations', { dataframe_split: { ...split, data: [[1]] } }, 400, /values in/],
      [
        '/invocations',
        { dataframe_split: { ...split, data: [...split.data, ...split.data] } },
        413,
        /at most 500 rows/,
      ],
      ['/nowhere', {}, 404, /nothing at/],
    ];
    for (const [path, body, status, message] of cases) {
      const answer = await post(original, path, body);
      expect([path, answer.status, answer.body.error]).toEqual([path, status, expect.stringMatching(message)]);
    }
    for (const [path, body, code] of [
      [infer, { inputs: [] }, 'none'],
      [infer, { inputs: {} }, 'SERVING_BAD_REQUEST'],
      ['/v2/models/other/infer', {}, 'SERVING_UNKNOWN_MODEL'],
      ['/nowhere', {}, 'SERVING_UNKNOWN_ROUTE'],
      ['/invocations', { instances: Array(501).fill(record) }, 'SERVING_TOO_LARGE'],
      ['/invocations', { instances: [{ ...record, day: 'yesterday' }] }, 'TRANSFORM_INPUT_TYPE'],
    ] as const)
      expect((await post(original, path, body)).body.error_code ?? 'none').toBe(code);
    const text = await post(original, '/invocations', 'a,b\n1,2', { 'content-type': 'text/csv' });
    expect(text.status).toBe(415);
    expect((await post(original, infer, `{"x": "${'y'.repeat(17 * 1024 * 1024)}"}`)).status).toBe(413);
    expect((await get(original, infer)).status).toBe(404);
  });

  it('of any shape never end the server, and never are its fault', async () => {
    const path = fc.constantFrom('/v2/models/example/infer', '/invocations');
    const tensor = fc.record(
      {
        name: fc.oneof(fc.constantFrom(...split.columns, '__proto__', 'constructor'), fc.string()),
        datatype: fc.oneof(fc.constantFrom('FP64', 'INT64', 'BYTES', 'BOOL'), fc.string()),
        shape: fc.oneof(fc.constant([1]), fc.array(fc.integer()), fc.anything()),
        data: fc.oneof(fc.array(fc.anything()), fc.constant([null])),
      },
      { requiredKeys: [] },
    );
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc.record({ inputs: fc.oneof(fc.array(tensor), fc.anything()), id: fc.anything() }).map(stringify),
      fc
        .record({ dataframe_records: fc.array(fc.dictionary(fc.constantFrom(...split.columns), fc.anything())) })
        .map(stringify),
      fc.record({ dataframe_split: fc.record({ columns: fc.anything(), data: fc.anything() }) }).map(stringify),
    );
    failures.length = 0;
    await fc.assert(
      fc.asyncProperty(path, body, async (where, text) => {
        const { status, body: answer } = await post(original, where, text);
        expect(status).toBeLessThan(500);
        if (status !== 200) expect(answer.error).toEqual(expect.any(String));
      }),
      { numRuns: 1_000 },
    );
    expect(failures).toEqual([]);
    expect((await get(original, '/v2/health/ready')).status).toBe(200);
  });

  it('that are no HTTP, or stop halfway, are survived', async () => {
    const { hostname, port } = new URL(original.url);
    for (const text of ['nonsense\r\n\r\n', 'POST /invocations HTTP/1.1\r\nContent-Length: 100\r\n\r\n{"x"', '\0\0\0'])
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), hostname, () => socket.end(text));
        socket.on('error', () => undefined).on('close', () => resolve());
        socket.resume();
        setTimeout(() => socket.destroy(), 300);
      });
    expect((await get(original, '/ok')).status).toBe(200);
  });
});

function stringify(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

describe('the model', () => {
  it('is started again where its process ends', async () => {
    const server = await startServer({ packageDir: made.folder, port: 0, python: null, limits: { timeoutMs: 1 } });
    const { body, status } = await post(server, '/invocations', { dataframe_split: split });
    expect([status, body.error_code]).toEqual([504, 'MODEL_TIMEOUT']);
    const soon = await post(server, '/invocations', { dataframe_split: split });
    expect([soon.status, soon.body.error_code]).toEqual([503, 'SERVING_NOT_READY']);
    expect((await get(server, '/ping')).status).toBe(503);
    await expect
      .poll(async () => (await get(server, '/v2/health/ready')).status, { timeout: 10_000, interval: 50 })
      .toBe(200);
    expect(await (await get(server, '/metrics')).text()).toContain('mlspec_model_restarts_total 1');
    await server.close();
  });

  it('takes no more requests than it is told to hold', async () => {
    const server = await startServer({ packageDir: made.folder, port: 0, python: null, limits: { waiting: 0 } });
    const { body, status } = await post(server, '/invocations', { dataframe_split: split });
    expect([status, body.error_code]).toEqual([429, 'SERVING_OVERLOADED']);
    await server.close();
  });

  it('is refused where it is no package, needs Python, or the port is taken', async () => {
    await expect(startServer({ packageDir: root, port: 0, python })).rejects.toMatchObject({
      code: 'MODEL_NOT_A_PACKAGE',
    });
    const without = startServer({ packageDir: made.folder, port: 0, python: null, runtime: 'original' });
    await expect(without).rejects.toMatchObject({ code: 'MODEL_NEEDS_PYTHON' });
    const taken = startServer({ packageDir: made.folder, port: Number(new URL(onnx.url).port), python: null });
    await expect(taken).rejects.toMatchObject({ code: 'SERVING_CANNOT_LISTEN' });
  });
});
