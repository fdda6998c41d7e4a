/*
 * A provider of OpenID Connect in a process of its own: the certified package oidc-provider, with everybody who gives a name. `node openid-provider.ts PORT
 * CALLBACK`. Whoever is called `ada…` is in the group ml-team, nobody else in any.
 */
import { generateKeyPairSync } from 'node:crypto';
// @ts-expect-error the package has no types of its own
import Provider from 'oidc-provider';

const [port, callback] = process.argv.slice(2);
const keys = [
  generateKeyPairSync('rsa', { modulusLength: 2048 }),
  generateKeyPairSync('ec', { namedCurve: 'P-256' }),
].map(({ privateKey }, index) => ({ ...privateKey.export({ format: 'jwk' }), kid: `key-${index}`, use: 'sig' }));

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      ...{ client_id: 'mlspec', client_secret: 'a secret of tests', redirect_uris: [callback] },
      id_token_signed_response_alg: 'ES256',
    },
  ],
  scopes: ['openid', 'profile', 'groups'],
  claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
  // Names and groups stand in the ID token, as with the providers that people have.
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  jwks: { keys },
  cookies: { keys: ['a key of tests'] },
  features: { devInteractions: { enabled: true } },
  findAccount: (_context: unknown, id: string) => ({
    accountId: id,
    claims: () => ({ sub: `id of ${id}`, preferred_username: id, groups: id.startsWith('ada') ? ['ml-team'] : [] }),
  }),
});
provider.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'));
