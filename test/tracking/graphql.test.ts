/*
 * `/graphql`, on both databases: what MLflow's own server answers to the same queries over the same data
 * (test/golden/tracking/make_graphql.py), queries that were made to cost much, and some thousand that no client would send.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, isEnumType, isInputObjectType, isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/encoding/index.ts';
import { schemaText } from '../../src/server/mlflow/graphql/schema.ts';
import { hasPostgres, newPostgres, newSqlite } from '../contract/databases.ts';
import { startTestServer, type TestServer } from './test-server.ts';

type Json = Readonly<Record<string, unknown>>;

interface GoldenQuery {
  readonly query: string;
  readonly variables?: Json;
  readonly operationName?: string;
  readonly answer: Json;
  readonly ours?: { readonly answer?: Json; readonly reason: string };
}

const file = join(import.meta.dirname, '../golden/tracking/graphql.json');
const { types, setup, queries } = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly types: Json;
  readonly setup: readonly (readonly [string, string, Json, Readonly<Record<string, string>>])[];
  readonly queries: readonly GoldenQuery[];
};
const withPostgres = await hasPostgres();

test('the schema is the published one', () => {
  const own = Object.values(buildSchema(schemaText).getTypeMap()).flatMap((type) => {
    if (type.name.startsWith('__') || ['String', 'Int', 'Float', 'Boolean', 'ID'].includes(type.name)) return [];
    if (isEnumType(type)) return [[type.name, type.getValues().map(({ name }) => name)] as const];
    if (!isObjectType(type) && !isInputObjectType(type)) return [[type.name, 'scalar'] as const];
    const fields = Object.values(type.getFields()).map((field) => {
      const args =
        'args' in field
          ? field.args.map((one: { readonly name: string; readonly type: unknown }) => [one.name, String(one.type)])
          : [];
      return [field.name, [String(field.type), Object.fromEntries(args)]];
    });
    return [[type.name, Object.fromEntries(fields)] as const];
  });
  expect(Object.fromEntries(own)).toEqual(types);
});

for (const [kind, create] of [
  ['SQLite', newSqlite],
  ['PostgreSQL', newPostgres],
] as const) {
  describe.skipIf(kind === 'PostgreSQL' && !withPostgres)(`queries that MLflow answered, on ${kind}`, () => {
    let server: TestServer;
    const errors: unknown[] = [];
    const symbols = new Map<string, string>();
    beforeAll(async () => {
      server = await startTestServer(create, { onError: (error) => errors.push(error) });
      for (const [method, path, fields, keep] of setup) {
        const { status, answer } = await ask(`${server.url}/api/2.0/mlflow/${path}`, fill(fields, symbols), method);
        expect([path, status]).toEqual([path, 200]);
        for (const [name, place] of Object.entries(keep)) {
          const value = place.split('.').reduce<unknown>((found, part) => (found as Json)[part], answer);
          symbols.set(name, String(value));
        }
      }
    });
    afterAll(() => server.close());

    test.each(queries.map((one) => [one.query.slice(0, 80), one] as const))('%s', async (_name, one) => {
      const { answer: _answer, ours, ...asked } = one;
      const found = await ask(`${server.url}/graphql`, fill(asked, symbols));
      expect(found.status).toBe(200);
      const answer = normal(found.answer, symbols) as Json;
      if (ours === undefined) expect(answer).toEqual(normal(one.answer, symbols));
      else if (ours.answer !== undefined) expect(answer).toMatchObject(normal(ours.answer, symbols) as Json);
      else {
        expect(answer['errors']).toEqual([expect.any(String), ...(answer['errors'] as string[]).slice(1)]);
        expect(answer['data']).toEqual(one.answer['data'] ?? null);
      }
    });

    test('many runs share searches for their versions', async () => {
      const query = `{ mlflowSearchRuns(input: {experimentIds: ["${symbols.get('exp')}"]}) { runs { info { runId } modelVersions { runId } } } }`;
      const { answer } = await ask(`${server.url}/graphql`, { query });
      const { runs } = (answer['data'] as { mlflowSearchRuns: { runs: { info: Json; modelVersions: Json[] }[] } })
        .mlflowSearchRuns;
      expect(runs.map(({ modelVersions }) => modelVersions.length)).toEqual([0, 1]);
      for (const run of runs) for (const one of run.modelVersions) expect(one['runId']).toBe(run.info['runId']);
    });

    test('no error was one of the server', () => expect(errors).toEqual([]));
  });
}

describe('what nobody would ask', () => {
  let server: TestServer;
  const errors: unknown[] = [];
  beforeAll(async () => {
    server = await startTestServer(newSqlite, { onError: (error) => errors.push(error) });
  });
  afterAll(() => server.close());

  const spread = (count: number): string => {
    const twice = Array.from(
      { length: count },
      (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} a${i}: __typename }`,
    );
    return `${twice.join(' ')} fragment F${count} on Query { __typename }`;
  };
  test.each([
    ['nested brackets', '{a'.repeat(100_000)],
    ['nested lists', `{ test(inputString: ${'['.repeat(100_000)}`],
    ['nested types', `query Q($a: ${'['.repeat(100_000)}`],
    ['nested fragments', `{ ${'... { '.repeat(50_000)}`],
    ['closing brackets', '}'.repeat(500_000)],
    ['many tokens', `{ ${'__typename '.repeat(60_000)} }`],
    ['many operations', 'query { __typename } '.repeat(1200)],
    ['fragments that use fragments twice', `{ ...F0 } ${spread(200)}`],
    ['a ring of fragments', '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }'],
    ['one field under many names', `{ ${Array.from({ length: 900 }, (_, i) => `a${i}: __typename`).join(' ')} }`],
    ['types of types of types', `{ __schema { types { ${'fields { type { '.repeat(6)} name ${'} } '.repeat(6)} } } }`],
    ['a long text', `{ test(inputString: "${'a'.repeat(900_000)}") { output } }`],
  ])('%s', { timeout: 30_000 }, async (_name, query) => {
    const { status, answer } = await ask(`${server.url}/graphql`, { query });
    expect(status).toBe(200);
    expect(answer['errors'] === null || (answer['errors'] as string[]).length <= 6).toBe(true);
  });

  test('fields of equal names that have to be compared', { timeout: 30_000 }, async () => {
    const query = `{ mlflowGetRun(input: {}) { ${'run { info { runId } } '.repeat(300)} } }`;
    expect((await ask(`${server.url}/graphql`, { query })).status).toBe(200);
  });

  test.each([
    ['', 400],
    ['null', 400],
    ['[]', 400],
    ['"{}"', 400],
    ['{"query": 1}', 400],
    ['{"query": null}', 400],
    ['{"query": ""}', 400],
    ['[{"query": "{ __typename }"}, {"query": "{ __typename }"}]', 400],
    ['['.repeat(200_000), 400],
    ['{"query": "{ __typename }", "variables": [1]}', 200],
    ['{"query": "{ __typename }", "variables": "x", "operationName": null}', 200],
    ['{"query": "{ __typename }", "operationName": 5}', 400],
    [`{"query": "${'x'.repeat(1_100_000)}"}`, 413],
  ])('a body %.40s', async (text, status) => {
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: text,
    });
    expect(answer.status).toBe(status);
  });

  test('only JSON, only by POST', async () => {
    const body = JSON.stringify({ query: '{ __typename }' });
    const form = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body,
    });
    expect(form.status).toBe(400);
    expect((await fetch(`${server.url}/graphql?query={__typename}`)).status).toBe(404);
  });

  test('queries of random pieces', { timeout: 120_000 }, async () => {
    const random = seededRandom(20_261_122);
    const pieces =
      'query|mutation|subscription|fragment|F|on|Query|MlflowRunExtension|{|}|(|)|[|]|:|!|$|a|...|@|@skip(if: true)|@component(name: "x")|=|input|mlflowGetRun|mlflowSearchRuns|mlflowSearchModelVersions|mlflowListArtifacts|mlflowGetMetricHistoryBulkInterval|run|runs|info|runId|experiment|modelVersions|maxResults|filter|"x"|""" block """|1|-1|9223372036854775808|1e400|true|null|ENUM|\\|\u0000|"\\ud800"|#|,|mlflowGetRun(input: {runId: "x"}) { run { info { runId } } }|mlflowSearchRuns(input: {experimentIds: ["0"]}) { runs { info { runId } experiment { name } } }|mlflowSearchModelVersions(input: {maxResults: 5}) { modelVersions { name } }|mlflowSearchModelVersions(input: {maxResults: "x"}) { nextPageToken }'.split(
        '|',
      );
    const whole = pieces.filter((piece) => piece.endsWith('}') && piece.length > 5);
    const variables = [undefined, null, {}, { a: 1 }, { a: 'x' }, { a: null }, { a: [[[]]] }, { __proto__: { a: 1 } }];
    const pick = <Value>(from: readonly Value[]): Value => from[Math.floor(random() * from.length)]!;
    const statuses = new Set<number>();
    let answered = 0;
    for (let count = 0; count < 1500; count++) {
      const inner = Array.from({ length: 1 + Math.floor(random() * 12) }, () => pick(pieces)).join(' ');
      const query = random() < 0.3 ? `{ ${pick(whole)} ${pick(whole)} ${pick(pieces)} }` : `{ ${inner} }`;
      const { status, answer } = await ask(`${server.url}/graphql`, { query, variables: pick(variables) });
      statuses.add(status);
      if (answer['data'] !== null && answer['data'] !== undefined) answered++;
    }
    expect([...statuses]).toEqual([200]);
    // Some of it gets past the first check.
    expect(answered).toBeGreaterThan(20);
    expect(errors).toEqual([]);
  });
});

async function ask(url: string, body: unknown, method = 'POST'): Promise<{ status: number; answer: Json }> {
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, answer: (await answer.json()) as Json };
}

function fill(value: unknown, symbols: ReadonlyMap<string, string>): unknown {
  const text = JSON.stringify(value);
  return JSON.parse(text.replaceAll(/\$\{(\w+)\}/g, (all, name: string) => symbols.get(name) ?? all));
}

/** An answer without what differs between two servers; as make_graphql.py writes it. */
function normal(value: unknown, symbols: ReadonlyMap<string, string>, key = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((one) => normal(one, symbols));
    const isUnordered = ['metrics', 'params', 'tags'].includes(key);
    return isUnordered ? items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items;
  }
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(([name, one]) => [name, normal(one, symbols, name)] as const);
    return Object.fromEntries(fields.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
  if (typeof value !== 'string') return value;
  if (/Time(stamp)?$/.test(key) && value.length > 12) return '<time>';
  let found = value;
  for (const [name, one] of symbols) if (one.length > 30) found = found.replaceAll(one, `\${${name}}`);
  return found;
}
