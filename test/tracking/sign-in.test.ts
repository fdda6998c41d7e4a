/* Signing in: what does, what does not, and what an attacker learns. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { newSqlite } from '../contract/databases.ts';
import { basic, bearer, password, type SignInServer, setUp, startSignInServer } from './sign-in-server.ts';

const search = 'GET /api/2.0/mlflow/experiments/search';

describe('who comes in', () => {
  let server: SignInServer;

  beforeAll(async () => {
    server = await startSignInServer(newSqlite, { ada: 'writer', zoé: 'reader' });
  });

  afterAll(() => server.close());

  const status = async (as: Record<string, string>, what = search): Promise<number> =>
    (await server.ask(what, { as, fields: { max_results: 5 } })).status;
  const token = async (more: object = {}) =>
    await server.access.addToken({ user: 'ada', name: 't', role: 'writer', expiresAtMs: null, ...more }, setUp);

  test('a name with its password, and a token', async () => {
    expect(await status(basic('ada'))).toBe(200);
    expect(await status(basic('zoé'))).toBe(200);
    expect(
      await status({ authorization: `Basic ${Buffer.from(`zoé:${password}`, 'latin1').toString('base64')}` }),
    ).toBe(200);
    expect(await status(bearer((await token()).secret))).toBe(200);
    expect(await status({ authorization: basic('ada')['authorization']!.replace('Basic', 'bAsIc') })).toBe(200);
  });

  test('nothing else, with one answer for all of it', async () => {
    const { secret } = await token();
    const told = new Set<string>();
    for (const as of [
      ...[basic('ada', 'wrong password'), basic('nobody'), basic('ADA'), basic('', password), basic('ada', '')],
      ...[bearer(`${secret}x`), bearer(secret.toUpperCase()), bearer(secret.slice(0, 18)), bearer('x')],
      ...[basic('ada', `${password}\0`), { authorization: `Bearer ${basic('ada')['authorization']!.slice(6)}` }],
    ]) {
      const { status: found, text, headers } = await server.ask(search, { as });
      expect(found, JSON.stringify(as)).toBe(401);
      expect(headers.get('www-authenticate')).toBe('Basic realm="mlflow", charset="UTF-8"');
      told.add(text);
    }
    // What is not even of the form is told how to sign in; the rest cannot be told apart.
    expect(told.size).toBe(2);
    for (const text of told) expect(JSON.parse(text)).toMatchObject({ error_code: 'UNAUTHENTICATED' });
  });

  test.each([
    '',
    'Basic',
    'Bearer',
    'Basic !!!!',
    'Basic YWRh',
    'Negotiate x',
    'Digest username="ada"',
    'Basic OmE=',
    `Basic ${'A'.repeat(20_000)}`,
  ])('the header %j signs nobody in', async (authorization) => {
    expect([401, 431]).toContain(await status({ authorization }));
  });

  test('a token in the query or in a body signs nobody in', async () => {
    const { secret } = await token();
    for (const name of ['token', 'access_token', 'Authorization', 'authorization', 'api_key'])
      expect(await status({}, `${search}?${name}=${secret}`), name).toBe(401);
    const posted = await server.ask('POST /api/2.0/mlflow/experiments/search', {
      fields: { token: secret, max_results: 1 },
    });
    expect(posted.status).toBe(401);
    expect(await status({ cookie: `token=${secret}`, 'x-api-key': secret, 'x-forwarded-user': 'admin' })).toBe(401);
    expect(await status({ 'proxy-authorization': `Bearer ${secret}`, 'x-remote-user': 'admin' })).toBe(401);
  });

  test('of two headers none counts', async () => {
    const lines = [
      'GET /api/2.0/mlflow/users/current HTTP/1.1',
      `host: ${new URL(server.url).host}`,
      `authorization: ${basic('ada')['authorization']}`,
      `Authorization: ${basic('admin')['authorization']}`,
      'connection: close',
    ];
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.end(`${lines.join('\r\n')}\r\n\r\n`);
    let said = '';
    socket.on('data', (piece) => {
      said += String(piece);
    });
    await once(socket, 'close');
    expect(said).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('a token ends when it expires, is revoked, or its user goes', async () => {
    const [expiring, revoked] = [await token({ expiresAtMs: Date.now() + 1000 }), await token()];
    expect([await status(bearer(expiring.secret)), await status(bearer(revoked.secret))]).toEqual([200, 200]);
    await server.access.revokeToken(revoked.token.prefix, setUp);
    expect(await status(bearer(revoked.secret))).toBe(401);
    await vi.waitFor(async () => expect(await status(bearer(expiring.secret))).toBe(401), 3000);
    await server.access.addUser({ name: 'gone', password, role: 'admin' }, setUp);
    const own = await server.access.addToken({ user: 'gone', name: 't', role: 'admin', expiresAtMs: null }, setUp);
    expect([await status(basic('gone')), await status(bearer(own.secret))]).toEqual([200, 200]);
    await server.access.removeUser('gone', setUp);
    expect([await status(basic('gone')), await status(bearer(own.secret))]).toEqual([401, 401]);
  });

  test('only whether it lives and its version is told to everybody', async () => {
    const open: string[] = [];
    for (const path of [
      '/',
      '/ok',
      '/livez',
      '/healthz',
      '/readyz',
      '/health',
      '/version',
      '/varz',
      '/metrics',
      '/nowhere',
    ])
      if ((await server.ask(`GET ${path}`)).status !== 401) open.push(path);
    expect(open).toEqual(['/ok', '/livez', '/healthz', '/readyz', '/health', '/version']);
    expect((await server.ask('GET /api/3.0/mlflow/server-info')).status).toBe(401);
    expect((await server.ask('GET /nowhere', { as: basic('ada') })).status).toBe(404);
  });

  test('a run and a model are of whoever signed in, whatever the client says', async () => {
    const as = basic('ada');
    const { run } = await server.make('POST runs/create', { experiment_id: '0', user_id: 'admin' }, as);
    expect(run.info.user_id).toBe('ada');
    const { registered_model: model } = await server.make('POST registered-models/create', { name: 'of ada' }, as);
    expect(model.user_id).toBe('ada');
  });
});

describe('guessing', () => {
  test('ends after ten wrong tries for a name, also for the right password, and others still come in', async () => {
    const server = await startSignInServer(newSqlite, { ada: 'writer', eve: 'reader' });
    try {
      for (let count = 0; count < 10; count++)
        expect((await server.ask(search, { as: basic('ada', `wrong password ${count}`) })).status).toBe(401);
      const { status, text, headers } = await server.ask(search, { as: basic('ada') });
      expect([status, text]).toEqual([401, expect.stringContaining('Too many wrong tries')]);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await server.ask(search, { as: basic('eve'), fields: { max_results: 1 } })).status).toBe(200);
      const log = await server.access.readLog({ limit: 100 });
      const refused = log.filter(({ action }) => action === 'sign in');
      expect(refused.map(({ user, resource }) => [user, resource])).toEqual(Array(10).fill([null, 'user ada']));
      expect(JSON.stringify(log)).not.toContain('wrong password');
    } finally {
      await server.close();
    }
  });

  test('a name that nobody has is not written down: it may be a password in the wrong place', async () => {
    const server = await startSignInServer(newSqlite);
    try {
      await server.ask(search, { as: basic('my secret password', 'x') });
      await server.ask(search, { as: basic('admin'), fields: { max_results: 1 } });
      await vi.waitFor(async () =>
        expect(await server.access.readLog({ limit: 1 })).toMatchObject([{ action: 'sign in' }]),
      );
      expect(JSON.stringify(await server.access.readLog({ limit: 100 }))).not.toContain('secret password');
    } finally {
      await server.close();
    }
  });

  test('an unknown name takes as long as a wrong password', async () => {
    const server = await startSignInServer(newSqlite, { ada: 'writer' });
    const millisecondsOf = async (name: string): Promise<number> => {
      const times: number[] = [];
      for (let count = 0; count < 5; count++) {
        const start = performance.now();
        await server.ask(search, { as: basic(name, `wrong password ${count}`) });
        times.push(performance.now() - start);
      }
      return Math.min(...times);
    };
    try {
      const [known, unknown] = [await millisecondsOf('ada'), await millisecondsOf('nobody')];
      // One that skipped the verification would answer fifty times as fast.
      expect(unknown).toBeGreaterThan(known / 3);
      expect(known).toBeGreaterThan(unknown / 3);
    } finally {
      await server.close();
    }
  });
});
