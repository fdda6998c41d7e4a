/*
 * Requests that no client would send, from a seed: right endpoints with wrong values, wrong bodies, wrong paths, wrong
 * headers, and bytes that are no HTTP. What is right in them makes them reach the code behind the first check.
 */
import { seededRandom } from '../../src/encoding/index.ts';

/** An endpoint with the fields of its message: `max_results:int64`, `tags:RunTag[]`, `run_id:string*`. */
export interface FuzzedEndpoint {
  readonly method: string;
  readonly path: string;
  readonly fields: readonly string[];
}

/** Bytes for a connection. */
export interface MalformedRequest {
  readonly bytes: Buffer;
  /** Whether it is HTTP, so that an answer has to come. */
  readonly isHttp: boolean;
}

/** What a request may name that is there, by the name of the field: ids of runs, experiments, models. */
export type KnownNames = Readonly<Record<string, string>>;

type Pick = <Value>(values: readonly Value[]) => Value;

const filterParts =
  'metrics.acc|params.lr|tags.`a b`|attributes.status|run_id|name|dataset.name|start_time|=|!=|>|<=|LIKE|ILIKE|IN|NOT IN|IS NULL|IS NOT NULL|AND|OR|NOT|(|)|,|\'x\'|"y"|0.5|-1e999|\'|"|`|;|--|/*|\\|%|_|\0|metrics.|.a|creation_time|version_number|1 = 1'.split(
    '|',
  );
const texts = [
  '',
  ' ',
  'a',
  '0',
  '-1',
  '9223372036854775808',
  '1e5',
  'NaN',
  'null',
  'true',
  '../../etc/passwd',
  '/',
  '\0',
  '\ud800',
  '🙂',
  "'; drop table tracked_runs; --",
  '%',
  '%00',
  '{"a": 1}',
  'e30=',
  'WyJ4IiwxXQ==',
  'models:/m@a',
  'runs:/x/y',
  'constructor',
  '__proto__',
  'a'.repeat(300),
  'b'.repeat(9000),
];
const values: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  2 ** 53,
  1e308,
  -0,
  [],
  {},
  [[]],
  [null],
  { a: { b: [] } },
  ...texts,
];
const oddNumbers = [0, -1, 50_001, 1.5, Number.MAX_SAFE_INTEGER, '9223372036854775807', 'NaN'];
const hosts = [
  '127.0.0.1',
  'localhost',
  '',
  'evil.example',
  'localhost:99999',
  '[::1]',
  '127.0.0.1\\@x',
  '127.0.0.1/..',
];
const types = [
  'application/json',
  'application/json',
  'application/json; charset=utf-16',
  'text/plain',
  '',
  ';',
  'a/b/c',
  'multipart/form-data; boundary=x',
];
const oddHeaders = [
  'Transfer-Encoding: chunked',
  'Expect: 100-continue',
  'Range: bytes=-1-5,0-',
  'Range: bytes=0-18446744073709551616',
  'Authorization: Basic %%%',
  'Origin: https://evil.example',
  'Origin: null',
  'X-MLFLOW-WORKSPACE: ../x',
  `Cookie: ${'c'.repeat(9000)}`,
  `X-Long: ${'x'.repeat(20_000)}`,
  'If-None-Match: *',
  'Content-Encoding: gzip',
  'Connection: upgrade',
  'Upgrade: h2c',
  'Bad Name: x',
  ': empty',
];
const otherPaths = [
  '/',
  '/get-artifact',
  '/model-versions/get-artifact',
  '/health',
  '/varz',
  '/ok',
  '/version',
  '/graphql',
  '/api/3.0/mlflow/server-info',
  '/ajax-api/2.0/mlflow/upload-artifact',
  '/ajax-api/2.0/mlflow/metrics/get-history-bulk',
  '/ajax-api/2.0/mlspec/metrics/buckets',
  '/v1/traces',
];

/** So many of them; equal seeds give equal ones. */
export function* malformedRequests(
  endpoints: readonly FuzzedEndpoint[],
  { seed, count, known }: { readonly seed: number; readonly count: number; readonly known: KnownNames },
): Generator<MalformedRequest> {
  const random = seededRandom(seed);
  const pick: Pick = (list) => list[Math.floor(random() * list.length)]!;
  for (let index = 0; index < count; index++) {
    const make = { random, pick, known, wrong: pick([0, 0.02, 0.1, 0.4]) };
    if (random() < 0.04) yield { bytes: noise(make), isHttp: false };
    else yield requestTo(pick(endpoints), make);
  }
}

interface Making {
  readonly random: () => number;
  readonly pick: Pick;
  readonly known: KnownNames;
  /** Share of wrong values in this request. */
  readonly wrong: number;
}

function requestTo(endpoint: FuzzedEndpoint, make: Making): MalformedRequest {
  const { random, pick } = make;
  const method = random() < 0.9 ? endpoint.method : pick(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']);
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody || random() < 0.05 ? bodyOf(endpoint, make) : Buffer.alloc(0);
  const path = pathOf(endpoint, make) + (hasBody && random() < 0.9 ? '' : queryOf(endpoint, make));
  const headers = [`Host: ${random() < 0.93 ? '127.0.0.1' : pick(hosts)}`];
  if (random() < 0.95) headers.push(`Content-Type: ${pick(random() < 0.8 ? types.slice(0, 1) : types)}`);
  if (hasBody || body.length > 0) headers.push(`Content-Length: ${body.length}`);
  const isOdd = random() < 0.06;
  if (isOdd) headers.push(pick(oddHeaders));
  const head = `${method} ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\nConnection: close\r\n\r\n`;
  return { bytes: Buffer.concat([Buffer.from(head, 'latin1'), body]), isHttp: !isOdd };
}

function pathOf({ path }: FuzzedEndpoint, { random, pick, known }: Making): string {
  if (random() < 0.03) return pick(otherPaths);
  const part = () =>
    encodeURIComponent((random() < 0.5 ? pick(Object.values(known)) : pick(texts).slice(0, 300)).toWellFormed());
  const filled = path.replaceAll(/\{[\w.]+\}/g, () =>
    random() < 0.9 ? part() : pick(['%zz', '%2e%2e%2f', '..%5c', '', '.', '%C0%AF']),
  );
  const whole = `${random() < 0.8 ? '/api' : '/ajax-api'}/${random() < 0.97 ? '' : '9'}${filled}`;
  return random() < 0.97 ? whole : whole + pick(['/', '//', '/x', '%00', '?', ';a', '/../..']);
}

function queryOf(endpoint: FuzzedEndpoint, make: Making): string {
  const pairs = endpoint.fields.flatMap((field) => {
    const name = field.split(':')[0]!;
    const given = Array.from({ length: make.random() < 0.9 ? 1 : 3 }, () => fieldValue(field, make));
    return given.map((value) => `${name}=${encodeURIComponent(String(value).toWellFormed().slice(0, 2000))}`);
  });
  if (make.random() < 0.1)
    pairs.push(make.pick(['%zz=1', '=&=', '__proto__=1', '&&&', 'a[b]=c', 'max_results=1&max_results=2']));
  return `?${pairs.join('&')}`;
}

function bodyOf(endpoint: FuzzedEndpoint, make: Making): Buffer {
  const { random, pick } = make;
  const fields = endpoint.fields.filter((field) => field.endsWith('*') || random() < 0.7);
  const record = Object.fromEntries(fields.map((field) => [field.split(':')[0]!, fieldValue(field, make)]));
  const text = JSON.stringify(record);
  if (random() < 0.85) return Buffer.from(text);
  const ways = [
    () => Buffer.from(text.slice(0, Math.floor(random() * text.length))),
    () => Buffer.from(JSON.stringify(text)),
    () => Buffer.from(JSON.stringify(JSON.stringify(text))),
    () => Buffer.from(text.replaceAll(/"[^"]*"/g, () => pick(['NaN', '-Infinity', '1e999', '[', '"\\ud800"']))),
    () => Buffer.from(pick(['', 'null', '[]', '7', '"', '{"__proto__": {"a": 1}}', '\ufeff{}', '{"a":1}{"b":2}'])),
    () => Buffer.from('['.repeat(20_000)),
    () => Buffer.from(`{"a": ${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`),
    () => Buffer.from(text, 'utf16le'),
    () => noise(make),
    () => Buffer.from(JSON.stringify({ ...record, tags: Array.from({ length: 3000 }, () => ({ key: pick(texts) })) })),
  ];
  return pick(ways)();
}

/** A value for a field: mostly of its type, at times of another one. */
function fieldValue(field: string, make: Making): unknown {
  const { random, pick, known } = make;
  const [name = '', kind = ''] = field.replace('*', '').split(':');
  if (random() < make.wrong) return pick(values);
  if (kind.endsWith('[]')) {
    return Array.from({ length: Math.floor(random() * 4) }, () => fieldValue(`${name}:${kind.slice(0, -2)}`, make));
  }
  if (/filter/.test(name))
    return random() < make.wrong + 0.3 ? filterOf(make) : pick(['', "name = 'a'", "name LIKE 'r%'"]);
  if (/order_by/.test(name) && random() < make.wrong + 0.2)
    return `${filterOf(make).slice(0, 60)} ${pick(['ASC', 'DESC', '', 'x'])}`;
  if (/token/.test(name))
    return random() > make.wrong + 0.1
      ? ''
      : Buffer.from(JSON.stringify([pick(texts), pick(values), 3])).toString('base64');
  if (/int|double|float/.test(kind)) return random() > make.wrong ? pick([1, 5, 1000, '7']) : pick(oddNumbers);
  if (/^[A-Z]/.test(kind)) return random() < 0.8 ? entity(make) : pick(values);
  if (kind === 'bool') return pick([true, false, 'true', 'maybe']);
  return random() < make.wrong ? pick([...texts, ...Object.values(known)]) : (known[name.replace(/s$/, '')] ?? 'a');
}

function entity(make: Making): object {
  const { pick, random } = make;
  const odd = () => (random() < 0.1 ? [entity(make)] : random() < 0.5 ? pick(texts) : pick(values));
  const right = { key: 'a', value: '1', timestamp: 1, step: 1, model_id: make.known['model_id'], field_name: 'name' };
  const dataset = { name: 'd', digest: '1', source: 's', source_type: 'local' };
  const names = Object.entries({ ...right, dataset, tags: [{ key: 'a', value: 'b' }], ascending: true });
  return Object.fromEntries(
    names.flatMap(([name, value]) =>
      random() < make.wrong ? (random() < 0.5 ? [] : [[name, odd()]]) : [[name, value]],
    ),
  );
}

function filterOf({ random, pick, known }: Making): string {
  const parts = Array.from({ length: Math.floor(random() * 12) }, () =>
    random() < 0.9 ? pick(filterParts) : `'${pick(Object.values(known))}'`,
  );
  return random() < 0.02 ? '('.repeat(3000) : parts.join(random() < 0.8 ? ' ' : '');
}

function noise({ random, pick }: Making): Buffer {
  const bytes = Buffer.from(Array.from({ length: Math.floor(random() * 400) }, () => Math.floor(random() * 256)));
  const starts = [
    '',
    'GET / HTTP/1.1\r\n',
    'POST /api/2.0/mlflow/runs/create HTTP/1.1\r\nContent-Length: 99\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    '\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
  ];
  return Buffer.concat([Buffer.from(pick(starts)), bytes]);
}
