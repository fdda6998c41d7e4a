/* Who asked, in the log of requests: by name and the beginning of a token, never by a secret. */
import { afterEach, expect, test } from 'vitest';
import { type RequestRecord, textLog } from '../../src/server/mlflow/request-log.ts';
import { newSqlite } from '../contract/databases.ts';
import { basic, bearer, password, type SignInServer, setUp, startSignInServer } from './sign-in-server.ts';

let server: SignInServer | undefined;
afterEach(() => server?.close());

test('a line names whoever signed in, and nobody where nobody did', async () => {
  const records: RequestRecord[] = [];
  server = await startSignInServer(newSqlite, { ada: 'writer' }, { onAnswer: (record) => records.push(record) });
  const wanted = { user: 'ada', name: 'ci', role: 'writer', scope: null, expiresAtMs: null } as const;
  const { secret, token } = await server.access.addToken(wanted, setUp);
  const [forged, wrong] = [`${token.prefix}_${'0'.repeat(43)}`, 'a wrong password'];
  const ask = async (as: object): Promise<RequestRecord> => {
    await fetch(`${server!.url}/api/2.0/mlflow/experiments/get?experiment_id=0`, { headers: { ...as } });
    await expect.poll(() => records.length).toBeGreaterThan(0);
    return records.splice(0)[0]!;
  };
  expect(await ask(basic('ada'))).toMatchObject({ status: 200, user: 'ada' });
  const byToken = await ask(bearer(secret));
  expect(byToken).toMatchObject({ status: 200, user: 'ada', token: token.prefix });
  // What somebody only says of themselves is not who they are.
  const refused = [await ask(basic('ada', wrong)), await ask(bearer(forged)), await ask({})];
  for (const record of refused) {
    expect(record.status).toBe(401);
    expect(Object.keys(record)).not.toContain('user');
    expect(Object.keys(record)).not.toContain('token');
  }
  const said = JSON.stringify([byToken, ...refused]);
  for (const hidden of [secret, secret.slice(token.prefix.length), password, wrong]) expect(said).not.toContain(hidden);

  const lines: string[] = [];
  const log = textLog((line) => lines.push(line));
  log.answered(byToken);
  log.answered({ ...byToken, user: 'a\u001b[2J' });
  expect(lines[0]!.endsWith(`  ada by ${token.prefix}`)).toBe(true);
  expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});
