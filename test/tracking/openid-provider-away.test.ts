/* Providers of OpenID Connect that are away, slow, or say of themselves what nobody should follow. */
import { describe, expect, test, vi } from 'vitest';
import { newSqlite } from '../contract/databases.ts';
import { basic, type SignInServer, startSignInServer } from './sign-in-server.ts';
import { beginSignIn, newBrowser, signInBy, startTestProvider, type TestProvider, wayBack } from './test-provider.ts';

async function withBoth(work: (server: SignInServer, provider: TestProvider) => Promise<void>): Promise<void> {
  const provider = await startTestProvider();
  const server = await startSignInServer(newSqlite, { bob: 'reader' }, { provider: provider.settings });
  try {
    await work(server, provider);
  } finally {
    await server.close();
    await provider.close();
  }
}

describe('what a provider says of itself', () => {
  test.each<[string, (provider: TestProvider) => Record<string, unknown>]>([
    ['another issuer', () => ({ issuer: 'https://evil.example.org' })],
    ['a script to sign in at', () => ({ authorization_endpoint: 'javascript:alert(1)' })],
    ['an unprotected place to sign in at', () => ({ authorization_endpoint: 'http://evil.example.org/' })],
    ['an unprotected place for the secret', () => ({ token_endpoint: 'http://10.0.0.1/token' })],
    ['the place where a cloud keeps secrets', () => ({ jwks_uri: 'http://169.254.169.254/latest/meta-data' })],
    ['another name of this machine', () => ({ jwks_uri: 'http://localhost:1/keys' })],
    ['a file', () => ({ jwks_uri: 'file:///etc/passwd' })],
    ['no keys', () => ({ jwks_uri: undefined })],
    ['a number for a place', () => ({ token_endpoint: 7 })],
  ])('%s is not followed', async (_what, change) => {
    await withBoth(async (server, provider) => {
      const honest = { ...provider.metadata };
      Object.assign(provider.metadata, change(provider));
      const answer = await newBrowser(server).look('/mlspec/sign-in');
      expect([answer.status, answer.headers.get('location')]).toEqual([503, null]);
      expect(answer.headers.get('retry-after')).not.toBe(null);
      const [line] = await server.access.readLog({ limit: 1 });
      expect(line).toMatchObject({ action: 'sign in ACCESS_PROVIDER_AWAY', status: 503, user: null });
      // Nothing wrong is remembered.
      provider.metadata = honest;
      expect((await signInBy(provider, newBrowser(server))).status).toBe(302);
    });
  });

  test('unsigned tokens and those with HMAC, which it says it makes, count for nothing', async () => {
    await withBoth(async (server, provider) => {
      provider.metadata['id_token_signing_alg_values_supported'] = ['none', 'HS256'];
      expect((await signInBy(provider, newBrowser(server))).status).toBe(403);
    });
  });
});

describe('a provider that is away', () => {
  test('stops nobody who has a password, a token or a session, and is found again', async () => {
    await withBoth(async (server, provider) => {
      const first = newBrowser(server);
      provider.instead = (request) => {
        request.socket.destroy();
        return true;
      };
      expect((await first.look('/mlspec/sign-in')).status).toBe(503);
      expect((await server.ask('GET /api/2.0/mlflow/users/current', { as: basic('bob') })).status).toBe(200);
      provider.instead = null;
      expect((await signInBy(provider, first, { claims: { preferred_username: 'eve' } })).status).toBe(302);
      provider.instead = () => true;
      expect((await first.look('/api/2.0/mlflow/users/current')).status).toBe(200);
    });
  });

  test('answers never: a browser is told so', { timeout: 60_000 }, async () => {
    await withBoth(async (server, provider) => {
      const one = newBrowser(server);
      const sent = await beginSignIn(one);
      provider.instead = ({ url }) => url === '/token';
      const answer = await one.look(wayBack(sent, provider.issue(sent.searchParams.get('nonce')!)));
      expect(answer.status).toBe(503);
    });
  });

  test('and more sign-ins than are taken on at a time are told to come again', { timeout: 60_000 }, async () => {
    await withBoth(async (server, provider) => {
      const one = newBrowser(server);
      const sent = await beginSignIn(one);
      const held: (() => void)[] = [];
      provider.instead = ({ url }, response) => {
        if (url === '/token') held.push(() => response.destroy());
        return url === '/token';
      };
      const back = wayBack(sent, 'x');
      const waiting = Array.from({ length: 32 }, () => one.look(back));
      await vi.waitFor(() => expect(held.length).toBe(32), 30_000);
      expect((await one.look(back)).status).toBe(503);
      for (const end of held) end();
      expect(new Set((await Promise.all(waiting)).map(({ status }) => status))).toEqual(new Set([503]));
      provider.instead = null;
      expect((await signInBy(provider, newBrowser(server))).status).toBe(302);
    });
  });
});

describe('pages', () => {
  test('a person is sent to sign in, a script and a program are told', async () => {
    await withBoth(async (server, provider) => {
      const one = newBrowser(server);
      const sent = await one.look('/mlspec/account?x=1');
      expect([sent.status, sent.headers.get('location')]).toEqual([
        302,
        'https://ml.example.org/mlspec/sign-in?return_to=%2Fmlspec%2Faccount%3Fx%3D1',
      ]);
      const script = await server.ask('GET /ajax-api/2.0/mlflow/users/current', {
        as: { 'sec-fetch-site': 'same-origin' },
      });
      expect([script.status, script.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="mlflow"']);
      const program = await server.ask('GET /api/2.0/mlflow/users/current');
      expect([program.status, program.headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Basic/)]);
      expect((await server.ask('POST /mlspec/sign-out')).status).toBe(401);
      expect((await server.ask('HEAD /mlspec/sign-in/callback')).status).toBe(401);
      expect((await signInBy(provider, one, { claims: { preferred_username: '<b>', sub: 'x' } })).text).not.toContain(
        '<b>"',
      );
      await signInBy(provider, one, { claims: { preferred_username: 'eve' } });
      const page = await one.look('/mlspec/account');
      expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; .*frame-ancestors 'none'/);
      expect(page.text).toContain('signed in as <b>eve</b>, writer');
      expect((await one.look('/mlspec/signed-out')).status).toBe(200);
    });
  });

  test('without a provider there are none', async () => {
    const server = await startSignInServer(newSqlite);
    try {
      for (const path of ['/mlspec/sign-in', '/mlspec/sign-in/callback', '/mlspec/signed-out', '/mlspec/account'])
        expect((await server.ask(`GET ${path}`, { as: basic('admin') })).status, path).toBe(404);
      const cookie = { cookie: `__Host-mlspec_session=${'A'.repeat(43)}` };
      expect((await server.ask('GET /api/2.0/mlflow/users/current', { as: cookie })).status).toBe(401);
    } finally {
      await server.close();
    }
  });
});
