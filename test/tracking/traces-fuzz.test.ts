/* Requests about traces that nobody means: none of them is a failure of the server, on either database. */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { mlflowRoutes } from '../../src/server/mlflow/index.ts';
import { hasPostgres, newPostgres, newSqlite } from '../contract/databases.ts';
import { isFull } from '../full.ts';
import { exported, span } from './otlp-message.ts';
import { sameChoices } from './same-choices.ts';
import { startTestServer } from './test-server.ts';

const { choose, pick } = sameChoices();
const count = isFull ? 10_000 : 1500;
const withPostgres = await hasPostgres();
const routes = mlflowRoutes.filter(({ path }) => path.startsWith('/mlflow/traces'));
const location = { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } };
const texts = [
  ...['tr-1', 'tr-2', '', '0', '1', '-1', '99999999999999999999', '9007199254740993', 'a\0b', '\ud800', '%', "'", '..'],
  ...["status = 'OK'", "span.attributes.`a\0` LIKE '%'", 'timestamp_ms > 99999999999999999999', 'feedback.x > 1e400'],
  ...[
    "span.name = 'x' OR NOT span.type = 'y'",
    'tags.a IS NULL',
    "text LIKE '%\\u0000%'",
    "issue.id = 'x'",
    'name DESC',
  ],
  ...['2020-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '0.5s', '-315576000000s', 'OK', 'ERROR'],
  ...['a-1', 'rationale', 'feedback,metadata', 'JSON_FORMAT', '{"a": [1]}', 'eyJ', 'W10', 'x'.repeat(5000)],
];
const feedback = {
  assessment_name: 'x',
  assessment_id: 'a-1',
  source: { source_type: 'HUMAN' },
  feedback: { value: 1 },
};
const info = { trace_id: 'tr-1', trace_location: location, request_time: '2020-01-01T00:00:00Z' };
const objects = [
  ...[location, feedback, { trace_info: info }, { trace_info: { ...info, assessments: [feedback, feedback] } }],
  ...[
    { ...feedback, feedback: { value: { a: ['\0', null, 1e300] }, error: {} } },
    { ...feedback, expectation: {} },
  ],
  ...[
    { key: 'k\0', value: 'v' },
    { name: 'p', version: '1' },
    { trace_info: { ...info, trace_metadata: { 'a\0': '\ud800' } } },
  ],
];
const values: unknown[] = [
  ...texts,
  ...objects,
  null,
  true,
  5,
  -1,
  1e300,
  2 ** 53,
  ['tr-1'],
  [null],
  [['a']],
  [location],
];
const names = [
  ...[
    'trace_id',
    'request_id',
    'trace_ids',
    'request_ids',
    'assessment_id',
    'assessment',
    'update_mask',
    'trace',
    'key',
  ],
  ...[
    'value',
    'locations',
    'experiment_ids',
    'experiment_id',
    'filter',
    'order_by',
    'max_results',
    'page_token',
    'run_id',
  ],
  ...['prompt_versions', 'timestamp_ms', 'status', 'request_metadata', 'tags', 'max_timestamp_millis', 'max_traces'],
  ...['filter_string1', 'filter_string2', 'base_filter'],
];

test.each([
  ['SQLite', newSqlite],
  ['PostgreSQL', newPostgres],
] as const)('on %s', { timeout: 300_000 }, async (kind, create) => {
  if (kind === 'PostgreSQL' && !withPostgres) return;
  const server = await startTestServer(create);
  const statuses = new Set<number>();
  const failures: string[] = [];
  try {
    for (let index = 0; index < count; index++) {
      const sent = index % 5 === 0 ? await sendSpans(server.url) : await askRandomly(server.url);
      statuses.add(sent.status);
      if (sent.status >= 500) failures.push(`${sent.status} ${sent.what}`);
    }
  } finally {
    await server.close();
  }
  expect(failures).toEqual([]);
  expect([...statuses].sort()).toEqual([200, 400, 404, 414]);
});

/** A message of spans in which some bytes are others, sometimes packed. */
async function sendSpans(url: string): Promise<{ status: number; what: string }> {
  const traceId = Buffer.from(`${choose(3) + 1}`.padStart(32, '0'), 'hex');
  const more = [
    [
      9,
      [
        [1, pick(texts)],
        [2, [[pick([1, 5, 6, 7]), pick(texts)]]],
      ],
    ],
  ] as const;
  const body = exported(
    span({ traceId, more: choose(2) === 0 ? [] : more }),
    span({ traceId, spanId: Buffer.alloc(8, choose(256)) }),
  );
  for (let changes = choose(3); changes > 0; changes--) body[choose(body.length)] = choose(256);
  const isPacked = choose(3) === 0;
  const headers = {
    ...{ 'content-type': 'application/x-protobuf', 'x-mlflow-experiment-id': pick(['0', '0', '0', '7', 'x']) },
    ...(isPacked ? { 'content-encoding': 'gzip' } : {}),
  };
  const sent = (isPacked ? gzipSync(body) : body).subarray(0, choose(4) === 0 ? choose(body.length) : undefined);
  const answer = await fetch(`${url}/v1/traces`, { method: 'POST', headers, body: sent as unknown as string });
  await answer.arrayBuffer();
  return { status: answer.status, what: `POST /v1/traces ${body.toString('hex')}` };
}

async function askRandomly(url: string): Promise<{ status: number; what: string }> {
  const { method, path, version } = pick(routes);
  // `get` waits for spans that are on their way, and there are none.
  const fields: Record<string, unknown> = { ...usual(), allow_partial: true };
  for (let odd = choose(4); odd > 0; odd--) fields[pick(names)] = pick(values);
  const place = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(partOf(fields[name])));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of [value].flat()) query.append(name, typeof one === 'string' ? one : JSON.stringify(one));
  }
  const full = `${url}/api/${version}.0${place}`;
  const isQuery = method === 'GET';
  const answer = await fetch(isQuery ? `${full}?${query}` : full, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(isQuery ? {} : { body: JSON.stringify(fields) }),
  });
  await answer.arrayBuffer();
  return { status: answer.status, what: `${method} ${place} ${JSON.stringify(fields).slice(0, 500)}` };
}

function partOf(value: unknown): string {
  return typeof value === 'string' && value !== '' && value.isWellFormed() && !value.includes('..') ? value : 'tr-1';
}

/** Mostly what works, so that requests come further than the first check. */
function usual(): Readonly<Record<string, unknown>> {
  return {
    ...{ trace_id: pick(['tr-1', 'tr-2']), request_id: 'tr-1', trace_ids: ['tr-1', 'tr-2'], assessment_id: 'a-1' },
    ...{ assessment: feedback, update_mask: pick(['rationale', 'feedback', 'assessmentName']), key: 'k', value: 'v' },
    ...{ trace: { trace_info: info }, locations: [location], experiment_ids: ['0'], experiment_id: '0' },
    ...{ filter_string1: pick(texts), filter_string2: "status = 'OK'", max_results: 5, max_traces: 1 },
    ...{ prompt_versions: [{ name: 'p', version: '1' }], timestamp_ms: 5, status: 'OK' },
  };
}
