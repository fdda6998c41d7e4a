/* Signing in by a provider of OpenID Connect, under attack: nothing but an honest sign-in of this browser opens a session. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { newSqlite } from '../contract/databases.ts';
import { basic, type SignInServer, setUp, startSignInServer } from './sign-in-server.ts';
import {
  type Browser,
  beginSignIn,
  clientSecret,
  hmac,
  json,
  newBrowser,
  newKey,
  type Said,
  signInBy,
  startTestProvider,
  type TestProvider,
  wayBack,
} from './test-provider.ts';

const whoAmI = '/api/2.0/mlflow/users/current';
const session = '__Host-mlspec_session';
const signIn = '__Host-mlspec_sign_in';
const second = () => Math.floor(Date.now() / 1000);

describe('attacks', () => {
  let provider: TestProvider;
  let server: SignInServer;
  const errors: unknown[] = [];

  beforeAll(async () => {
    provider = await startTestProvider();
    const onError = (error: unknown): void => void errors.push(error);
    server = await startSignInServer(newSqlite, { eve: 'reader' }, { provider: provider.settings, onError });
  });
  afterAll(async () => {
    await server.close();
    await provider.close();
  });
  afterEach(() => {
    vi.useRealTimers();
    provider.instead = null;
  });

  const browser = (): Browser => newBrowser(server);
  const isIn = async (one: Browser): Promise<boolean> => (await one.look(whoAmI)).status === 200;
  const refusedWith = async (said: Said): Promise<string> => {
    const one = browser();
    const { status, text } = await signInBy(provider, one, said);
    expect([status, one.cookies.has(session), await isIn(one)], text).toEqual([403, false, false]);
    return text;
  };

  test('an honest sign-in opens a session, once', async () => {
    const one = browser();
    const sent = await beginSignIn(one, '/?a=b#/experiments/1');
    expect(Object.fromEntries(sent.searchParams)).toMatchObject({
      ...{ client_id: 'mlspec-tests', response_type: 'code', scope: 'openid profile', code_challenge_method: 'S256' },
      redirect_uri: 'https://ml.example.org/mlspec/sign-in/callback',
    });
    const back = wayBack(sent, provider.issue(sent.searchParams.get('nonce')!));
    const cookieOfSignIn = one.cookies.get(signIn)!;
    const done = await one.look(back);
    expect([done.status, done.headers.get('location')]).toEqual([302, '/?a=b#/experiments/1']);
    expect(done.headers.get('set-cookie')).toMatch(
      /^__Host-mlspec_session=[\w-]{43}; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect((await one.look(whoAmI)).json).toMatchObject({ user: { username: 'ada', mlspec_role: 'writer' } });
    const { fields } = provider.exchanged.at(-1)!;
    expect(fields.get('code_verifier')).toMatch(/^[\w-]{43}$/);
    expect(fields.get('redirect_uri')).toBe('https://ml.example.org/mlspec/sign-in/callback');
    // The same code, and another code for the same state and nonce.
    expect((await one.look(back)).status).toBe(403);
    const again = wayBack(sent, provider.issue(sent.searchParams.get('nonce')!));
    const replayed = newBrowser(server, new Map([[signIn, cookieOfSignIn]]));
    expect((await replayed.look(again)).status).toBe(400);
    expect(await isIn(replayed)).toBe(false);
  });

  test('a code and state of another browser, no state, two of them, one of an hour ago', async () => {
    const [attacker, victim] = [browser(), browser()];
    const sent = await beginSignIn(attacker);
    const back = wayBack(sent, provider.issue(sent.searchParams.get('nonce')!));
    const own = await beginSignIn(victim);
    const before = provider.exchanged.length;
    const other = back.replace(/state=.*/, '');
    for (const path of [back, other, `${other}state=`, `${back}&state=x`, `${other}state=${'x'.repeat(5000)}`])
      expect([path.slice(0, 99), (await victim.look(path)).status]).toEqual([
        path.slice(0, 99),
        expect.toSatisfy((s) => s >= 400),
      ]);
    const forged = own.searchParams
      .get('state')!
      .replace(/\.[\w-]*\./, `.${Buffer.from('//evil').toString('base64url')}.`);
    expect((await victim.look(`${other}state=${forged}`)).status).toBe(400);
    vi.useFakeTimers({ now: Date.now() + 11 * 60_000, toFake: ['Date'] });
    expect((await attacker.look(back)).status).toBe(400);
    expect(await isIn(victim)).toBe(false);
    expect(provider.exchanged.length).toBe(before);
  });

  test('a code that was slipped into the sign-in of somebody else brings a token with another nonce', async () => {
    const [attacker, victim] = [browser(), browser()];
    const [theirs, own] = [await beginSignIn(attacker), await beginSignIn(victim)];
    const code = provider.issue(theirs.searchParams.get('nonce')!);
    expect((await victim.look(wayBack(own, code))).status).toBe(403);
    expect(await isIn(victim)).toBe(false);
  });

  test.each<[string, () => Said]>([
    ['another issuer', () => ({ claims: { iss: 'https://evil.example.org' } })],
    ['the issuer with a slash', () => ({ claims: { iss: `${provider.issuer}/` } })],
    ['another audience', () => ({ claims: { aud: 'another-client' } })],
    ['no audience', () => ({ claims: { aud: undefined } })],
    ['several audiences without azp', () => ({ claims: { aud: ['mlspec-tests', 'another-client'] } })],
    ['several audiences for another one', () => ({ claims: { aud: ['mlspec-tests', 'x'], azp: 'x' } })],
    ['our audience for another one', () => ({ claims: { azp: 'another-client' } })],
    ['expired', () => ({ claims: { exp: second() - 61 } })],
    ['no expiry', () => ({ claims: { exp: undefined } })],
    ['expiry as a text', () => ({ claims: { exp: String(second() + 60) } })],
    ['not before', () => ({ claims: { nbf: second() + 120 } })],
    ['no time of issue', () => ({ claims: { iat: undefined } })],
    ['no nonce', () => ({ claims: { nonce: undefined } })],
    ['another nonce', () => ({ claims: { nonce: 'x'.repeat(43) } })],
    ['no subject', () => ({ claims: { sub: undefined } })],
    ['alg none', () => ({ header: { alg: 'none' }, signature: () => '' })],
    ['alg None', () => ({ header: { alg: 'None' }, signature: () => '' })],
    [
      'HMAC with the public key',
      () => hs256(String(provider.keys[0]!.publicKey.export({ type: 'spki', format: 'pem' }))),
    ],
    ['HMAC with the secret of the client', () => hs256(clientSecret)],
    ['HMAC with nothing', () => hs256('')],
    ['a key that nobody published', () => ({ key: newKey('RS256') })],
    ['a key that nobody published under a name that is known', () => ({ key: newKey('RS256', 'first') })],
    [
      'a key of its own in the header',
      () => ({ key: newKey('RS256', 'first'), header: { jwk: newKey('RS256').publicKey.export({ format: 'jwk' }) } }),
    ],
    ['a signature of another algorithm', () => ({ header: { alg: 'ES256' } })],
    ['no signature', () => ({ signature: () => '' })],
    ['a changed signature', () => ({ signature: () => Buffer.alloc(256, 1).toString('base64url') })],
    ['an extension that has to be understood', () => ({ header: { crit: ['exp'], exp: 1 } })],
    ['no name', () => ({ claims: { preferred_username: undefined } })],
    ['a list for a name', () => ({ claims: { preferred_username: ['ada'] } })],
  ])('an ID token with %s signs nobody in', async (_what, said) => {
    await refusedWith(said());
  });

  const hs256 = (secret: string): Said => ({ header: { alg: 'HS256' }, signature: hmac(secret) });

  test('clocks may differ by a minute', async () => {
    const one = browser();
    expect((await signInBy(provider, one, { claims: { exp: second() - 30, iat: second() - 300 } })).status).toBe(302);
  });

  test('the name of a user who signs in by a password is not given away, nor one that only looks like it', async () => {
    for (const [name, sub] of [
      ['admin', 'a'],
      ['ADMIN', 'b'],
      ['eve', 'c'],
      ['ａda', 'd'],
    ] as const)
      expect(await refusedWith({ claims: { sub, preferred_username: name } })).toContain('there is a user');
    // Another person of a name that belongs to a subject.
    expect(await refusedWith({ claims: { sub: 'another', preferred_username: 'ada' } })).toContain('there is a user');
    expect((await server.access.findUser('admin'))?.subject).toBe(null);
  });

  test('an error of the provider and what a link says are shown as text, and nothing is asked', async () => {
    const one = browser();
    const sent = await beginSignIn(one);
    const before = provider.exchanged.length;
    const state = encodeURIComponent(sent.searchParams.get('state')!);
    const evil = encodeURIComponent('<script>alert(1)</script>');
    const { status, text, headers } = await one.look(
      `/mlspec/sign-in/callback?error=${evil}&error_description=${evil}&state=${state}`,
    );
    expect([status, text.includes('<script>')]).toEqual([403, false]);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    const said = await one.look(`/mlspec/sign-in/callback?error=access_denied&state=${state}`);
    expect(said.text).toContain('access_denied');
    expect((await one.look(`/mlspec/sign-in/callback?code=x&state=${state}&iss=https://evil.example.org`)).status).toBe(
      403,
    );
    expect(provider.exchanged.length).toBe(before);
  });

  test.each([
    ...[
      'https://evil.example.org/',
      '//evil.example.org',
      '/\\evil.example.org',
      '/\t/evil.example.org',
      '\\\\evil',
      'javascript:alert(1)',
    ],
    ...[
      '/.//evil.example.org',
      '/..//evil.example.org',
      '/%09/evil',
      'evil',
      '',
      '/\r\nlocation: https://evil',
      '/mlspec/sign-in',
      '@evil',
      '/x\\..\\..//evil',
    ],
  ])('after signing in nobody is sent to %j', async (returnTo) => {
    const one = browser();
    const done = await signInBy(provider, one, {}, returnTo);
    expect(done.status).toBe(302);
    const location = done.headers.get('location')!;
    expect(new URL(location, 'https://ml.example.org').origin).toBe('https://ml.example.org');
    expect(location).toMatch(/^\/(?![/\\])/);
  });

  test('a session that was planted is not the one that signs in, and ends', async () => {
    const other = browser();
    await signInBy(provider, other, { claims: { sub: 'planter', preferred_username: 'planter' } });
    const planted = other.cookies.get(session)!;
    const victim = newBrowser(server, new Map([[session, planted]]));
    await signInBy(provider, victim);
    expect(victim.cookies.get(session)).not.toBe(planted);
    expect(await isIn(other)).toBe(false);
    const made = newBrowser(server, new Map([[session, 'A'.repeat(43)]]));
    await signInBy(provider, made);
    expect(made.cookies.get(session)).not.toBe('A'.repeat(43));
  });

  test('a stolen cookie is worth nothing after signing out, and nothing when its time is over', async () => {
    const one = browser();
    await signInBy(provider, one);
    const thief = newBrowser(server, new Map(one.cookies));
    expect(await isIn(thief)).toBe(true);
    const out = await one.send('POST /mlspec/sign-out');
    expect([out.status, out.headers.get('location'), one.cookies.has(session)]).toEqual([
      303,
      '/mlspec/signed-out',
      false,
    ]);
    expect(await isIn(thief)).toBe(false);
    const next = browser();
    await signInBy(provider, next);
    vi.useFakeTimers({ now: Date.now() + 3600_001, toFake: ['Date'] });
    expect(await isIn(next)).toBe(false);
  });

  test('a cookie changes something only from a page of this server', async () => {
    const one = browser();
    await signInBy(provider, one);
    const create = 'POST /api/2.0/mlflow/experiments/create';
    const own = 'https://ml.example.org';
    let count = 0;
    const status = async (headers: Record<string, string>): Promise<number> =>
      (
        await server.ask(create, {
          as: { cookie: `${session}=${one.cookies.get(session)}`, ...headers },
          fields: { name: `x${count++}` },
        })
      ).status;
    expect(await status({ origin: own })).toBe(200);
    expect(await status({ origin: own, 'sec-fetch-site': 'same-origin' })).toBe(200);
    for (const headers of [
      ...[{}, { origin: 'https://evil.example.org' }, { origin: 'null' }, { origin: 'https://x.ml.example.org' }],
      ...['cross-site', 'same-site', 'none', 'x'].map((site) => ({ origin: own, 'sec-fetch-site': site })),
      { origin: 'http://ml.example.org' },
    ] as Record<string, string>[])
      expect([headers, await status(headers)]).toEqual([headers, 403]);
    const tokens = await server.ask('POST /api/2.0/mlspec/tokens/create', {
      ...{ as: { cookie: `${session}=${one.cookies.get(session)}` }, fields: { name: 't' } },
    });
    expect(tokens.status).toBe(403);
    // A form of another page that signs somebody out.
    const out = await server.ask('POST /mlspec/sign-out', {
      as: { cookie: `${session}=${one.cookies.get(session)}`, 'sec-fetch-site': 'cross-site' },
    });
    expect([out.status, await isIn(one)]).toEqual([403, true]);
  });

  test('cookies that are there twice, too long, of another name or in another place sign nobody in', async () => {
    const one = browser();
    await signInBy(provider, one);
    const secret = one.cookies.get(session)!;
    for (const cookie of [
      ...[`${session}=${secret}; ${session}=${'A'.repeat(43)}`, `${session}=${'A'.repeat(43)}; ${session}=${secret}`],
      ...[`mlspec_session=${secret}`, `${session}=${secret}x`, `${session}="${secret}"`, `x${session}=${secret}`],
      `${session}=${secret.slice(1)}`,
    ])
      expect((await server.ask(`GET ${whoAmI}`, { as: { cookie } })).status, cookie).toBe(401);
    expect((await server.ask(`GET ${whoAmI}?${session}=${secret}`)).status).toBe(401);
    expect((await server.ask(`GET ${whoAmI}`, { as: { authorization: `Bearer ${secret}` } })).status).toBe(401);
    // Who says who it is by a header is who the header says.
    const both = { cookie: `${session}=${secret}`, ...basic('eve') };
    expect((await server.ask(`GET ${whoAmI}`, { as: both })).json).toMatchObject({ user: { username: 'eve' } });
    expect((await server.ask(`GET ${whoAmI}`, { as: { ...both, ...basic('eve', 'wrong password') } })).status).toBe(
      401,
    );
  });

  test('whoever is removed, made less or signed out by an admin is so at once', async () => {
    const one = browser();
    await signInBy(provider, one, { claims: { sub: 'short', preferred_username: 'short' } });
    const create = async (): Promise<number> =>
      (await one.send('POST /api/2.0/mlflow/experiments/create', { name: `by short ${Math.random()}` })).status;
    expect(await create()).toBe(200);
    await server.access.changeUser('short', { role: 'reader' }, setUp);
    expect([await create(), await isIn(one)]).toEqual([403, true]);
    expect(await server.access.endSessions('short', setUp)).toBe(1);
    expect(await isIn(one)).toBe(false);
    await signInBy(provider, one, { claims: { sub: 'short', preferred_username: 'short' } });
    expect(await isIn(one)).toBe(true);
    await server.access.removeUser('short', setUp);
    expect(await isIn(one)).toBe(false);
  });

  const troubles: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
    redirects: (_request, response) => response.writeHead(302, { location: `${provider.issuer}/inside` }).end(),
    'sends more than a mebibyte': (_request, response) => json(response, 200, { x: 'x'.repeat(2 << 20) }),
    'sends no JSON': (_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{'),
    'sends HTML': (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    fails: (_request, response) => json(response, 500, { error: 'server_error' }),
    'hangs up': (request) => request.socket.destroy(),
    'sends half of it': (request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 }).write('{"a":');
      setImmediate(() => request.socket.destroy());
    },
  };
  test.each(Object.keys(troubles))(
    'a provider that %s, anywhere, signs nobody in and stops nothing',
    async (trouble) => {
      for (const path of ['/token', '/keys']) {
        const one = browser();
        const sent = await beginSignIn(one);
        // Its keys are forgotten after five minutes.
        if (path === '/keys') vi.useFakeTimers({ now: Date.now() + 301_000, toFake: ['Date'] });
        provider.instead = (request, response) => {
          if (request.url !== path) return false;
          troubles[trouble]!(request, response);
          return true;
        };
        const code = provider.issue(sent.searchParams.get('nonce')!, {
          claims: { sub: path, preferred_username: 'ada' },
        });
        const { status } = await one.look(wayBack(sent, code));
        expect([path, status >= 400, one.cookies.has(session)]).toEqual([path, true, false]);
        vi.useRealTimers();
      }
      expect(provider.asked).not.toContain('/inside');
      expect((await server.ask(`GET ${whoAmI}`, { as: basic('eve') })).status).toBe(200);
    },
  );

  test('keys are fetched once, and again for a name that is new to them', async () => {
    await signInBy(provider, browser());
    const fetched = () => provider.asked.filter((path) => path === '/keys').length;
    const before = fetched();
    await signInBy(provider, browser());
    expect(fetched()).toBe(before);
    provider.keys = [newKey('ES256', 'next'), ...provider.keys];
    // Not more than once a minute, whoever makes up names of keys.
    expect((await signInBy(provider, browser())).status).toBe(403);
    vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ['Date'] });
    expect((await signInBy(provider, browser())).status).toBe(302);
    expect(fetched()).toBe(before + 1);
    provider.keys = [newKey('EdDSA', 'third')];
    vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ['Date'] });
    expect((await signInBy(provider, browser())).status).toBe(302);
  });

  test('nothing that signs in is in the database, in the audit log or in what is logged', async () => {
    const one = browser();
    const done = await signInBy(provider, one);
    expect(done.status).toBe(302);
    const log = await server.access.readLog({ limit: 1000 });
    const kept = JSON.stringify([log, errors.map((error) => [String(error), (error as Error).stack])]);
    for (const secret of [
      one.cookies.get(session)!,
      one.cookies.get(signIn)!.split('.')[1]!,
      clientSecret,
      'an access token',
      'eyJ',
    ])
      expect(kept).not.toContain(secret);
    const actions = new Set(log.map(({ action, status }) => `${action} ${status}`));
    for (const line of [
      'sign in 200',
      'sign out 200',
      'sign in ACCESS_PROVIDER_REFUSED 403',
      'sign in ACCESS_SIGN_IN_BROKEN 400',
      'sign in ACCESS_NAME_TAKEN 403',
    ])
      expect(actions).toContain(line);
    expect(log.find(({ action }) => action === 'sign in ACCESS_NAME_TAKEN')?.resource).toMatch(/^person /);
  });
});
