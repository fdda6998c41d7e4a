/* Requests about registered models that nobody means: none of them is a failure of the server, on either database. */
import { expect, test } from 'vitest';
import { mlflowRoutes } from '../../src/server/mlflow/index.ts';
import { hasPostgres, newPostgres, newSqlite } from '../contract/databases.ts';
import { isFull } from '../full.ts';
import { sameChoices } from './same-choices.ts';
import { startTestServer } from './test-server.ts';

const { choose, pick } = sameChoices();
const count = isFull ? 10_000 : 1500;
const withPostgres = await hasPostgres();
const routes = mlflowRoutes.filter(({ path }) => /\/(registered-models|model-versions)\//.test(path));
const texts = [
  ...['a', 'b', '', '1', '2', '-1', '99999999999999999999', '9007199254740993', '1.0', '1.0.0', '999999999.1', 'v-1'],
  ...['v-999999999-999999999', 'latest', 'Staging', '\0', 'a\0b', '\ud800', '%', '_', '..', 'a/b', "'", '"', '`'],
  ...["name = 'a'", "tags.`a\0` = 'x'", 'version_number > 99999999999999999999', "name LIKE '%%%%'", 'name DESC'],
  ...['eyJ', 'W10', 'WyJ4Iiwx', 'models:/a/1', 'models:/a@x', 'models:/\0', 'models:/m-1', 'runs:/\0/x', 's3://\0'],
  ...[
    'mlflow-artifacts:/\ud800',
    'mlflow-artifacts:/0/%',
    '/tmp/\0',
    'file:///%zz',
    's3://b/x',
    '\u{1F600}'.repeat(200),
  ],
  'x'.repeat(5000),
];
const tag = { key: 'k', value: 'v\0' };
const values: unknown[] = [...texts, null, true, 5, -1, 1e300, ['a'], [null], [['a']], tag, [tag], [{ key: 'k\0' }]];
const names =
  'name new_name alias version key value source run_id model_id tags filter max_results order_by page_token stages stage archive_existing_versions description run_link'.split(
    ' ',
  );

for (const [kind, create] of [
  ['sqlite', newSqlite],
  ['postgres', newPostgres],
] as const) {
  test.skipIf(kind === 'postgres' && !withPostgres)(`on ${kind}`, { timeout: 300_000 }, async () => {
    const server = await startTestServer(create);
    const statuses = new Set<number>();
    const failures: string[] = [];
    try {
      for (let index = 0; index < count; index++) {
        const { method, path } = pick(routes);
        const fields = randomFields();
        const status = await ask(`${server.url}/api/2.0${path}`, method, fields);
        statuses.add(status);
        if (status >= 500) failures.push(`${status} ${method} ${path} ${JSON.stringify(fields).slice(0, 500)}`);
      }
    } finally {
      await server.close();
    }
    expect(failures).toEqual([]);
    expect([...statuses].sort()).toEqual([200, 400, 404]);
  });
}

/** Mostly what works, so that requests come further than the first check. */
function randomFields(): Readonly<Record<string, unknown>> {
  const usual = { name: pick(['a', 'b']), version: pick(['1', '2', '3']), alias: 'x', key: 'k', source: 's3://b/c' };
  const odd = Array.from({ length: choose(4) }, () => [pick(names), pick(values)] as const);
  return { ...usual, stage: 'Staging', ...Object.fromEntries(odd) };
}

async function ask(url: string, method: string, fields: Readonly<Record<string, unknown>>): Promise<number> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of [value].flat()) query.append(name, typeof one === 'string' ? one : JSON.stringify(one));
  }
  const response = await fetch(method === 'GET' ? `${url}?${query}` : url, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(method === 'GET' ? {} : { body: JSON.stringify(fields) }),
  });
  await response.arrayBuffer();
  return response.status;
}
