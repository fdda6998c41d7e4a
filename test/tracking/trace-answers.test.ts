/* Every answer of the endpoints of traces is what the OpenAPI document says: the requests that MLflow was asked, asked of ours. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { newSqlite } from '../contract/databases.ts';
import { ask, type GoldenRequest } from './golden-request.ts';
import { startTestServer } from './test-server.ts';

const read = (path: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, path), 'utf8'));
const document = read('../../schemas/openapi.json') as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
};
const ajv = new Ajv({ strict: false, validateFormats: false });
ajv.addSchema(document, 'document');

/** A part of a JSON pointer. */
const pointed = (name: string): string => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));

/** The operation of a request, by its method and a path of the document; the one with fewest parameters. */
function operationOf(request: string): { readonly path: string; readonly method: string } | null {
  const [method, path] = request.toLowerCase().split(' ') as [string, string];
  const paths = Object.keys(document.paths).filter(
    (one) =>
      new RegExp(`^${one.toLowerCase().replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path) && method in document.paths[one]!,
  );
  const [found] = paths.sort((one, other) => one.split('{').length - other.split('{').length);
  return found === undefined ? null : { path: found, method };
}

test.each(['traces', 'trace-metrics'])('%s', { timeout: 120_000 }, async (name) => {
  const { requests } = read(`../golden/tracking/${name}.json`) as { readonly requests: readonly GoldenRequest[] };
  const server = await startTestServer(newSqlite);
  const symbols = new Map<string, unknown>();
  const wrong: unknown[] = [];
  let checked = 0;
  for (const one of requests) {
    const { status, text } = await ask(server.url, one, symbols);
    const operation = operationOf(one.request);
    if (status !== 200 || operation === null) continue;
    const answer = JSON.parse(text) as Readonly<Record<string, unknown>>;
    for (const [symbol, path] of Object.entries(one.keep ?? {})) {
      const kept = path.split('.').reduce<unknown>((of, part) => (of as Record<string, unknown>)[part], answer);
      symbols.set(symbol, kept);
    }
    const place = [
      'paths',
      operation.path,
      operation.method,
      'responses',
      '200',
      'content',
      'application/json',
      'schema',
    ];
    const isRight = ajv.getSchema(`document#/${place.map(pointed).join('/')}`)!;
    checked++;
    if (!isRight(answer))
      wrong.push({ request: one.request, errors: isRight.errors?.slice(0, 2), text: text.slice(0, 300) });
  }
  await server.close();
  expect(wrong).toEqual([]);
  expect(checked).toBeGreaterThan(150);
});
