/* The answers of MLflow's own server to three hundred questions about registered models, and ours. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres, newPostgres, newSqlite } from '../contract/databases.ts';
import { startTestServer, type TestServer } from './test-server.ts';

type Fields = Readonly<Record<string, unknown>>;
type Question = readonly [method: string, path: string, fields: Fields, status: number, answer: Fields];
const folder = join(import.meta.dirname, '../golden/tracking');
const questions = JSON.parse(readFileSync(join(folder, 'registry.json'), 'utf8')) as Question[];
const withPostgres = await hasPostgres();

/** Where we answer with another status on purpose: why, which questions, and ours. */
const differences: readonly (readonly [why: string, is: (question: Question) => boolean, status: number])[] = [
  ["a user's mistake is no failure of the server", ([, , , status]) => status === 500, 400],
  [
    'fewer than one model is refused, as fewer than one version is',
    ([, path, { max_results }]) => path.endsWith('search') && Number(max_results) < 1,
    400,
  ],
  [
    'more can be searched and ordered by',
    ([, path, { filter, order_by }]) =>
      path.endsWith('search') &&
      (filter === "source_path IN ('a')" || /^\["(tags\.k|run_id)"\]$/.test(JSON.stringify(order_by))),
    200,
  ],
];

/** Errors in words of ours: searches tell the place in the filter, addresses what to do. */
function isInOwnWords([, path, { source }, status]: Question): boolean {
  return (
    status !== 200 &&
    (path.endsWith('search') || /^(https?|s?ftp|hdfs|mlflow-artifacts|file):\/\//.test(String(source)))
  );
}

for (const [kind, create] of [
  ['sqlite', newSqlite],
  ['postgres', newPostgres],
] as const) {
  describe.skipIf(kind === 'postgres' && !withPostgres)(`registered models as MLflow answers, on ${kind}`, () => {
    let server: TestServer;
    const known: Record<string, string> = { long: 'v'.repeat(100_001) };
    beforeAll(async () => {
      server = await startTestServer(create);
    });
    afterAll(async () => await server.close());

    const fill = <Value>(value: Value): Value =>
      JSON.parse(JSON.stringify(value).replaceAll(/\$(\w+)/g, (_all, name: string) => known[name]!)) as Value;

    test.each(questions.map((question, index) => [`${index}: ${question.slice(0, 2).join(' ')}`, question] as const))(
      '%s',
      async (_name, question) => {
        const [method, path, fields, status, expected] = question;
        const found = await ask(server.url, { method, path: fill(path), fields: fill(fields) });
        if (remember(path, found.answer, known)) return;
        known['token'] = String(found.answer['next_page_token'] ?? '');
        const difference = differences.find(([, is]) => is(question));
        expect([found.status, fields]).toEqual([difference?.[2] ?? status, fields]);
        if (difference !== undefined) return;
        const isUnordered = path.endsWith('get-latest-versions');
        if (path.startsWith('logged-models/')) {
          const { model } = found.answer as unknown as Made;
          expect(comparable({ tags: model.info['tags'] }, known)).toEqual(comparable(expected, known));
          return;
        }
        const shown = (answer: Fields): Fields => {
          const { model_versions: versions, ...rest } = comparable(answer, known);
          return { ...rest, model_versions: isUnordered ? inOrder(versions) : versions };
        };
        const [ours, theirs] = [shown(found.answer), shown(expected)];
        if (isInOwnWords(question)) expect(ours['error_code']).toBe(theirs['error_code']);
        else expect(ours).toEqual(theirs);
      },
    );
  });
}

type Made = Readonly<Record<'run' | 'model', { readonly info: Readonly<Record<string, string>> }>>;

/** Keeps what the first questions made. @returns whether it was one of them */
function remember(path: string, answer: Fields, known: Record<string, string>): boolean {
  const made = answer as unknown as Made;
  const place = (uri: string | undefined): string => uri!.replace('mlflow-artifacts:', '');
  if (path === 'runs/create') {
    const { run_id: run, artifact_uri: uri } = made.run.info;
    Object.assign(known, { run, artifacts: place(uri) });
  } else if (path === 'logged-models') {
    const { model_id: model, artifact_uri: uri } = made.model.info;
    Object.assign(known, { model, files: place(uri) });
  } else return false;
  return true;
}

async function ask(
  base: string,
  { method, path, fields }: { readonly method: string; readonly path: string; readonly fields: Fields },
): Promise<{ readonly status: number; readonly answer: Fields }> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) query.append(name, String(one));
  const response = await fetch(`${base}/api/2.0/mlflow/${path}${method === 'GET' ? `?${query}` : ''}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(method === 'GET' ? {} : { body: JSON.stringify(fields) }),
  });
  return { status: response.status, answer: (await response.json()) as Fields };
}

/**
 * An answer without what differs from time to time, and without what ours tells besides: the number of a version, the
 * aliases of versions also in lists. The order of what has none is by version.
 */
function comparable(answer: Fields, known: Readonly<Record<string, string>>): Fields {
  let text = JSON.stringify(answer);
  for (const name of ['artifacts', 'run', 'files', 'model', 'token'])
    if (known[name]) text = text.replaceAll(known[name], `$${name}`);
  return JSON.parse(text, (key, value: unknown) => {
    if (key.endsWith('_timestamp')) return 0;
    if (key === 'model_id') return undefined;
    if (key === 'value' && String(value).startsWith('[{')) return JSON.parse(String(value)) as unknown;
    if (key === 'aliases' && Array.isArray(value) && value.every((one) => typeof one === 'string')) return undefined;
    if (key === 'tags' && Array.isArray(value)) return withoutNumber(value);
    if (key === 'latest_versions') return inOrder(value);
    if (key === 'message') return String(value).replace(/ Error: \(.*/s, '');
    return value;
  }) as Fields;
}

function withoutNumber(tags: readonly { readonly key: string }[]): unknown {
  const own = tags.filter(({ key }) => key !== 'mlspec.version').toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return own.length === 0 ? undefined : own;
}

function inOrder(versions: unknown): unknown {
  return (versions as { version: string }[] | undefined)?.toSorted((a, b) => Number(a.version) - Number(b.version));
}
