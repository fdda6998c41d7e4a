/* A sequence of requests that MLflow's own server answered, asked of ours on both databases. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres, newPostgres, newSqlite } from '../contract/databases.ts';
import { ask, type GoldenRequest } from './golden-request.ts';
import { normalAnswer, readAnswer } from './normal-answer.ts';
import { startTestServer, type TestServer } from './test-server.ts';

const withPostgres = await hasPostgres();

/** Compares each answer of ours with the one that is kept, where the file does not say that it is another on purpose. */
export function describeGolden(requests: readonly GoldenRequest[]): void {
  for (const [kind, create] of [
    ['SQLite', newSqlite],
    ['PostgreSQL', newPostgres],
  ] as const) {
    describe.skipIf(kind === 'PostgreSQL' && !withPostgres)(`requests that MLflow answered, on ${kind}`, () => {
      let server: TestServer;
      const errors: unknown[] = [];
      const symbols = new Map<string, unknown>();
      beforeAll(async () => {
        server = await startTestServer(create, { onError: (error) => errors.push(error) });
      });
      afterAll(() => server.close());

      test.each(requests.map((one, index) => [index, one.request, one] as const))(
        '%i %s',
        async (_index, _name, one) => {
          const { status, text } = await ask(server.url, one, symbols);
          const answer = readAnswer(text);
          if (status === 200) keep(one, { answer, symbols });
          const expected = one.ours === undefined ? one.answer : one.ours.answer;
          expect([status, one.ours?.reason, normalAnswer(answer, symbols)]).toEqual([
            one.ours?.status ?? one.status,
            one.ours?.reason,
            expected === undefined ? expect.anything() : comparable(one, expected),
          ]);
        },
      );

      test('no error was one of the server', () => expect(errors).toEqual([]));
    });
  }
}

function keep(
  one: GoldenRequest,
  { answer, symbols }: { readonly answer: Readonly<Record<string, unknown>>; readonly symbols: Map<string, unknown> },
): void {
  for (const [name, path] of Object.entries(one.keep ?? {})) {
    const value = path.split('.').reduce<unknown>((found, part) => (found as Record<string, unknown>)[part], answer);
    symbols.set(name, value);
  }
}

/** Errors are a code and a message, and where the other server's is not to be copied, only what is. */
function comparable({ ours, status }: GoldenRequest, expected: Readonly<Record<string, unknown>>): unknown {
  if (ours !== undefined) return expect.objectContaining(expected);
  return status === 200 ? expected : { error_code: expected['error_code'], message: expected['message'] };
}
