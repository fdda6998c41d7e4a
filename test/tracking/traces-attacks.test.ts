/* What is sent to the endpoints of traces by programs that are wrong, or mean harm: refused, never a failure of the server. */
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { exported, message, type SpanParts, span, type WireField } from './otlp-message.ts';
import { describeOnServers, type TestServer } from './test-server.ts';

const protobuf = { 'content-type': 'application/x-protobuf', 'x-mlflow-experiment-id': '0' };
const json = { 'content-type': 'application/json', 'x-mlflow-experiment-id': '0' };
const v3 = '/api/3.0/mlflow/traces';
const idOf = (trace: number) => Buffer.from(trace.toString(16).padStart(32, '0'), 'hex');

describeOnServers((started) => {
  let server: TestServer;
  let errors: readonly unknown[];
  beforeAll(() => {
    ({ server, errors } = started());
  });

  async function send(body: Uint8Array | string, headers: Readonly<Record<string, string>> = protobuf) {
    const answer = await fetch(`${server.url}/v1/traces`, { method: 'POST', headers, body: body as string });
    return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
  }

  async function ask(method: string, path: string, body?: unknown) {
    const headers = { 'content-type': 'application/json' };
    const sent = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
    const answer = await fetch(`${server.url}${path}`, sent);
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }

  const found = async (trace: number) =>
    (await ask('GET', `${v3}/get?trace_id=tr-${idOf(trace).toString('hex')}`)).body['trace'] as {
      trace_info: { tags: Record<string, string> };
      spans: Record<string, unknown>[];
    };

  test('spans packed in any of the ways that the protocol has', async () => {
    const packed = [
      ['gzip', gzipSync(exported(span({ traceId: idOf(1) })))],
      ['deflate', deflateSync(exported(span({ traceId: idOf(2) })))],
      ['deflate', deflateRawSync(exported(span({ traceId: idOf(3) })))],
      ['identity', exported(span({ traceId: idOf(4) }))],
    ] as const;
    for (const [encoding, body] of packed) {
      expect((await send(body, { ...protobuf, 'content-encoding': encoding })).status).toBe(200);
    }
    for (const trace of [1, 2, 3, 4]) expect((await found(trace)).spans).toHaveLength(1);
  });

  test('ten thousand spans of one trace at once, and back', { timeout: 60_000 }, async () => {
    const of = (index: number): SpanParts => {
      const spanId = Buffer.alloc(8);
      spanId.writeUInt32BE(index + 1, 4);
      const parentId = Buffer.alloc(8);
      parentId.writeUInt32BE(index, 4);
      return {
        traceId: idOf(5),
        spanId,
        ...(index === 0 ? {} : { parentId }),
        more: [
          [
            9,
            [
              [1, 'n'],
              [2, [[3, index]]],
            ],
          ],
        ],
      };
    };
    const spans = Array.from({ length: 10_000 }, (_, index) => span(of(index)));
    expect((await send(exported(...spans))).status).toBe(200);
    const trace = await found(5);
    expect(trace.spans).toHaveLength(10_000);
    expect(new Set(trace.spans.map((one) => one['span_id'])).size).toBe(10_000);
  });

  test('some spans that cannot be kept: the others are, and the answer says how many were not', async () => {
    const bad = span({ traceId: Buffer.alloc(3, 1) });
    const { status, body } = await send(exported(span({ traceId: idOf(6) }), bad, bad));
    expect(status).toBe(200);
    expect(body.subarray(2, 4)).toEqual(Buffer.from([0x08, 2]));
    expect(body.toString('utf8')).toContain('trace_id of 16 bytes');
    expect((await found(6)).spans).toHaveLength(1);
    const part = { resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: 'xyz', spanId: '1' }, jsonSpan(7)] }] }] };
    const answer = await send(JSON.stringify(part), json);
    expect(JSON.parse(answer.body.toString('utf8')).partialSuccess.rejectedSpans).toBe('1');
  });

  const jsonSpan = (trace: number) => ({
    ...{ traceId: idOf(trace).toString('hex'), spanId: '0000000000000001', name: 's' },
    ...{ startTimeUnixNano: '1700000000000000000', endTimeUnixNano: '1700000000500000000' },
  });

  test('nothing that came with a span changes what the server says of itself', async () => {
    const attribute = (key: string, value: string): WireField => [
      9,
      [
        [1, key],
        [2, [[1, value]]],
      ],
    ];
    const more = [
      attribute('mlflow.traceTag.mlflow.trace.spansLocation', 'ELSEWHERE'),
      attribute('mlflow.traceRequestId', 'tr-of-somebody-else'),
      attribute('__proto__', 'x'),
      attribute('mlflow.traceTag.../../x', 'y'),
    ];
    expect((await send(exported(span({ traceId: idOf(8), more })))).status).toBe(200);
    const { trace_info, spans } = await found(8);
    expect(trace_info.tags['mlflow.trace.spansLocation']).toBe('TRACKING_STORE');
    expect(Object.keys(trace_info.tags)).not.toContain('../../x');
    const attributes = spans[0]!['attributes'] as { key: string; value: { string_value: string } }[];
    const value = (key: string) => attributes.find((one) => one.key === key)?.value.string_value;
    expect(value('mlflow.traceRequestId')).toBe(`tr-${idOf(8).toString('hex')}`);
    expect(value('__proto__')).toBe('x');
  });

  const deep = (levels: number): Buffer => {
    let value = message([1, 'end']);
    for (let level = 0; level < levels; level++) value = message([5, message([1, value])]);
    return value;
  };
  const deepJson = (levels: number) => {
    const value = `${'{"arrayValue":{"values":['.repeat(levels)}{"stringValue":"x"}${']}}'.repeat(levels)}`;
    const body = JSON.stringify({
      resourceSpans: [{ scopeSpans: [{ spans: [{ ...jsonSpan(9), attributes: [{ key: 'a', value: 'VALUE' }] }] }] }],
    });
    return body.replace('"VALUE"', value);
  };
  const whole = exported(span());
  const huge = () => gzipSync(Buffer.alloc(200 * 1024 * 1024));
  const refused: readonly [string, () => Uint8Array | string, Readonly<Record<string, string>>][] = [
    ['nothing', () => '', protobuf],
    ['no protobuf', () => 'hello', protobuf],
    ['a message cut off', () => whole.subarray(0, whole.length - 3), protobuf],
    ['a length of 2^63', () => Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), protobuf],
    ['a group', () => Buffer.from([0x0b, 0x0c]), protobuf],
    [
      'values deeper than anybody reads',
      () =>
        exported(
          span({
            more: [
              [
                9,
                [
                  [1, 'a'],
                  [2, deep(5000)],
                ],
              ],
            ],
          }),
        ),
      protobuf,
    ],
    ['text that is not UTF-8', () => exported([...span(), [5, Buffer.from([0xff, 0xfe])]]), protobuf],
    ['a span without ids', () => exported([[5, 'x']]), protobuf],
    ['a trace id of nothing but zeros', () => exported(span({ traceId: Buffer.alloc(16) })), protobuf],
    ['a time of 2^63', () => exported(span({ start: 2n ** 63n, end: 2n ** 63n })), protobuf],
    ['a time of 2^64 - 1', () => exported(span({ end: 2n ** 64n - 1n })), protobuf],
    ['an experiment that is not there', () => whole, { ...protobuf, 'x-mlflow-experiment-id': '987654' }],
    ['an experiment that is no number', () => whole, { ...protobuf, 'x-mlflow-experiment-id': "0' or '1" }],
    ['an experiment beyond 2^53', () => whole, { ...protobuf, 'x-mlflow-experiment-id': '9223372036854775808' }],
    ['no experiment', () => whole, { 'content-type': 'application/x-protobuf' }],
    ['another type', () => whole, { ...protobuf, 'content-type': 'text/plain' }],
    ['gzip that is none', () => whole, { ...protobuf, 'content-encoding': 'gzip' }],
    ['gzip cut off', () => gzipSync(whole).subarray(0, 20), { ...protobuf, 'content-encoding': 'gzip' }],
    ['200 MB packed into 200 kB', huge, { ...protobuf, 'content-encoding': 'gzip' }],
    ['a packing that nobody knows', () => whole, { ...protobuf, 'content-encoding': 'br' }],
    ['no JSON', () => '{', json],
    ['JSON of another form', () => '[]', json],
    ['JSON of other forms inside', () => '{"resourceSpans": [{"scopeSpans": [7]}]}', json],
    ['JSON deeper than anybody reads', () => deepJson(5000), json],
    [
      'ids that are not hexadecimal',
      () =>
        JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ ...jsonSpan(9), traceId: 'z'.repeat(32) }] }] }] }),
      json,
    ],
    [
      'a negative time',
      () =>
        JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ ...jsonSpan(9), startTimeUnixNano: '-1' }] }] }] }),
      json,
    ],
  ];
  test.each(refused)('refused: %s', async (_name, body, headers) => {
    const { status, body: said } = await send(body(), headers);
    expect([status, String(said)]).toEqual([
      expect.toSatisfy((one: number) => one >= 400 && one < 500),
      expect.stringContaining('message'),
    ]);
  });

  test('a time that no calendar has, in every endpoint that takes one', async () => {
    const experiment = { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } };
    const info = { trace_id: 'tr-time', trace_location: experiment };
    const calls = [
      ask('POST', v3, { trace: { trace_info: { ...info, request_time: '99999-01-01T00:00:00Z' } } }),
      ask('POST', v3, { trace: { trace_info: { ...info, execution_duration: '999999999999999s' } } }),
      ask('POST', '/api/2.0/mlflow/traces', { experiment_id: '0', timestamp_ms: '9223372036854775807' }),
      ask('POST', '/api/2.0/mlflow/traces', { experiment_id: '0', timestamp_ms: -(2 ** 52) * 100 }),
    ];
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([400, 400, 400, 400]);
    const upTo = { experiment_id: '0', max_timestamp_millis: '9223372036854775807' };
    expect((await ask('POST', `${v3}/delete-traces`, upTo)).status).toBe(200);
  });

  test('what a database cannot keep is kept as the mark of an unknown character', async () => {
    const location = { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } };
    const info = { trace_id: 'tr-nul', trace_location: location, tags: { 'a\0': 'b\0' }, request_preview: '\0\ud800' };
    expect((await ask('POST', v3, { trace: { trace_info: info } })).status).toBe(200);
    const attribute: WireField = [
      9,
      [
        [1, 'k\0'],
        [
          2,
          [
            [
              6,
              [
                [
                  1,
                  [
                    [1, 'a\0'],
                    [2, [[1, 'v\0']]],
                  ],
                ],
              ],
            ],
          ],
        ],
      ],
    ];
    const quoted: WireField = [
      9,
      [
        [1, 'quoted'],
        [2, [[1, '"\\u0000 and \\ud800"']]],
      ],
    ];
    expect((await send(exported(span({ traceId: idOf(10), more: [attribute, quoted] })))).status).toBe(200);
    const filter = "span.attributes.quoted LIKE '%and%' AND span.name = 'span'";
    const search = await ask('POST', `${v3}/search`, { locations: [location], filter });
    expect([search.status, (search.body['traces'] as unknown[]).length]).toEqual([200, 1]);
  });

  test('a trace cannot be taken into another experiment once its client told it', async () => {
    const made = await ask('POST', '/api/2.0/mlflow/experiments/create', { name: 'other' });
    const at = (id: unknown) => ({ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: id } });
    const info = (id: unknown) => ({ trace: { trace_info: { trace_id: 'tr-mine', trace_location: at(id) } } });
    expect((await ask('POST', v3, info('0'))).status).toBe(200);
    expect((await ask('POST', v3, info(made.body['experiment_id']))).status).toBe(404);
  });

  test('the empty message is refused, and no error was one of the server', async () => {
    expect((await send(message())).status).toBe(400);
    expect(errors).toEqual([]);
  });
});
