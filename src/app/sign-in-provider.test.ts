/* The file of a provider: what it may say, and that what it says wrongly is told without what is secret. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from './config.ts';
import { readProvider } from './sign-in-provider.ts';

let folder: string;
const env = { MLSPEC_OIDC_CLIENT_SECRET: 'from the environment' };
const fields = {
  issuer: 'https://login.example.org/realms/ml',
  client_id: 'mlspec',
  address: 'https://ml.example.org',
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'provider-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(document: object | string, variables: Readonly<Record<string, string>> = env) {
  const file = join(folder, 'provider.yaml');
  await writeFile(file, typeof document === 'string' ? document : JSON.stringify(document));
  return await readProvider(file, loadConfig({ env: variables, cwd: folder }));
}

test('what is left out', async () => {
  expect(await read(fields)).toEqual({
    ...{ issuer: fields.issuer, clientId: 'mlspec', clientSecret: 'from the environment', address: fields.address },
    ...{ scopes: ['openid', 'profile', 'email'], nameClaim: 'preferred_username', roles: null, others: null },
    sessionMs: 12 * 3600_000,
  });
});

test('what is said', async () => {
  await writeFile(join(folder, 'secret'), 'from a file\r\n');
  const roles = { claim: 'groups', give: { ml: 'writer', admins: 'admin' } };
  const more = {
    secret_file: 'secret',
    scopes: ['openid', 'groups'],
    name_claim: 'upn',
    roles,
    others: 'reader',
    session: '8h',
  };
  expect(await read({ ...fields, address: 'http://localhost:5000/', ...more })).toMatchObject({
    ...{
      clientSecret: 'from a file',
      address: 'http://localhost:5000',
      scopes: ['openid', 'groups'],
      nameClaim: 'upn',
    },
    roles: { claim: 'groups', give: new Map(Object.entries(roles.give)) },
    ...{ others: 'reader', sessionMs: 8 * 3600_000 },
  });
});

test.each<[string, object | string, RegExp]>([
  ['no YAML', '{', /is no YAML/],
  ['a list', '[]', /expected the document/],
  ['an unknown field', { ...fields, client_secret: 'hidden' }, /nothing called "client_secret"/],
  ['no issuer', { ...fields, issuer: undefined }, /expected issuer/],
  ['an issuer that anybody can answer for', { ...fields, issuer: 'http://login.example.org' }, /begins with https/],
  ['an issuer with a user', { ...fields, issuer: 'https://a:hidden@login.example.org' }, /begins with https/],
  ['an address without protection', { ...fields, address: 'http://ml.example.org' }, /begins with https/],
  ['an address with a path', { ...fields, address: 'https://ml.example.org/x' }, /origin without a path/],
  ['scopes without openid', { ...fields, scopes: ['profile'] }, /openid among them/],
  ['a scope with a space', { ...fields, scopes: ['openid', 'a b'] }, /expected scopes/],
  ['everybody an admin', { ...fields, others: 'admin' }, /expected others/],
  ['an unknown role', { ...fields, roles: { claim: 'groups', give: { ml: 'owner' } } }, /none, reader, writer/],
  ['no groups', { ...fields, roles: { claim: 'groups', give: {} } }, /groups with their roles/],
  ['roles without a claim', { ...fields, roles: { give: { ml: 'reader' } } }, /expected claim/],
  ['a session too short', { ...fields, session: '1 min' }, /15 min to 30d/],
  ['a session too long', { ...fields, session: '31d' }, /15 min to 30d/],
  ['a session without a unit', { ...fields, session: 12 }, /15 min to 30d/],
  ['a secret that is not there', { ...fields, secret_file: 'absent' }, /cannot be read/],
])('%s is refused', async (_what, document, message) => {
  const refused = read(document);
  await expect(refused).rejects.toMatchObject({ code: 'CONFIG_BAD_VALUE', message: expect.stringMatching(message) });
  await expect(refused).rejects.not.toThrow('hidden');
});

test.each([{}, { MLSPEC_OIDC_CLIENT_SECRET: '' }, { MLSPEC_OIDC_CLIENT_SECRET: 'hidden\nhidden' }])(
  'a secret has to be there, in one line: %j',
  async (variables) => {
    const refused = read(fields, variables as Record<string, string>);
    await expect(refused).rejects.toMatchObject({ code: 'CONFIG_BAD_VALUE' });
    await expect(refused).rejects.not.toThrow('hidden');
  },
);
