/* A provider of OpenID Connect that says whatever a test has it say: what a true one never would, above all. */
import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ProviderSettings } from '../../src/access/index.ts';
import type { Answer, SignInServer } from './sign-in-server.ts';

/** How an ID token is signed. */
export type Algorithm = 'RS256' | 'ES256' | 'EdDSA' | 'HS256' | 'none';

/** A pair of keys under its name. */
export interface Key {
  readonly kid: string;
  readonly alg: Algorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** What the provider says of the next person. */
export interface Said {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: Key;
  /** Signs in place of the key. */
  readonly signature?: (input: string) => string;
}

/** A provider of a test's own. */
export interface TestProvider {
  readonly issuer: string;
  readonly settings: ProviderSettings;
  /** Those that it publishes. */
  keys: Key[];
  /** How it is known; a test changes it. */
  metadata: Record<string, unknown>;
  /** Answers in place of the provider where it returns true. */
  instead: ((request: IncomingMessage, response: ServerResponse) => boolean) | null;
  /** Paths that were asked for. */
  readonly asked: string[];
  /** What was sent to the token endpoint. */
  readonly exchanged: { readonly fields: URLSearchParams; readonly authorization: string | undefined }[];
  /** A code for a person, good for one exchange; of the nonce that the browser brought. */
  issue(nonce: string, said?: Said): string;
  close(): Promise<void>;
}

/** A pair of keys. */
export function newKey(alg: Algorithm, kid: string = randomUUID()): Key {
  const pair =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : alg === 'EdDSA'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { kid, alg, ...pair };
}

/** The secret of the client, which must be found nowhere. */
export const clientSecret = 'the secret of the client';
const clientId = 'mlspec-tests';

/** Starts one. */
export async function startTestProvider(more: Partial<ProviderSettings> = {}): Promise<TestProvider> {
  const codes = new Map<string, { readonly nonce: string; readonly said: Said }>();
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider: TestProvider = {
    issuer,
    settings: {
      ...{ issuer, clientId, clientSecret, address: 'https://ml.example.org' },
      ...{ scopes: ['openid', 'profile'], nameClaim: 'preferred_username', roles: null, others: 'writer' },
      ...{ sessionMs: 3600_000, ...more },
    },
    keys: [newKey('RS256', 'first')],
    metadata: {
      ...{ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` },
      jwks_uri: `${issuer}/keys`,
      id_token_signing_alg_values_supported: ['RS256', 'ES256', 'EdDSA', 'HS256', 'none'],
    },
    instead: null,
    asked: [],
    exchanged: [],
    issue: (nonce, said = {}) => {
      const code = randomUUID();
      codes.set(code, { nonce, said });
      return code;
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url!.split('?')[0]!;
    provider.asked.push(path);
    if (provider.instead?.(request, response) === true) return;
    if (path === '/.well-known/openid-configuration') json(response, 200, provider.metadata);
    else if (path === '/keys') json(response, 200, { keys: provider.keys.map(jwkOf) });
    else if (path === '/token') await exchange(request, response);
    else json(response, 404, {});
  }

  async function exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const part of request) text += String(part);
    const fields = new URLSearchParams(text);
    provider.exchanged.push({ fields, authorization: request.headers.authorization });
    const code = fields.get('code')!;
    const issued = codes.get(code);
    codes.delete(code);
    if (issued === undefined) json(response, 400, { error: 'invalid_grant' });
    else
      json(response, 200, {
        ...{ access_token: 'an access token', token_type: 'Bearer', expires_in: 60 },
        id_token: idToken(provider, issued.nonce, issued.said),
      });
  }
  return provider;
}

/** An answer of JSON. */
export function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function jwkOf({ publicKey, kid, alg }: Key): object {
  return { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' };
}

function idToken(
  { issuer, keys }: TestProvider,
  nonce: string,
  { claims, header, key = keys[0]!, signature }: Said,
): string {
  const now = Math.floor(Date.now() / 1000);
  const head = { alg: key.alg, kid: key.kid, typ: 'JWT', ...header };
  const body = {
    ...{ iss: issuer, sub: 'subject-1', aud: clientId, iat: now, exp: now + 300, nonce },
    ...{ preferred_username: 'ada', ...claims },
  };
  const input = [head, body].map((one) => Buffer.from(JSON.stringify(one)).toString('base64url')).join('.');
  const hash = head.alg === 'EdDSA' ? null : 'sha256';
  const signed =
    signature?.(input) ??
    sign(hash, Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  return `${input}.${signed}`;
}

/** HMAC in place of a signature, by any text. */
export function hmac(secret: string): (input: string) => string {
  return (input) => createHmac('sha256', secret).update(input).digest('base64url');
}

/** A browser, as far as cookies go. */
export interface Browser {
  readonly cookies: Map<string, string>;
  /** Looks at a page; redirects are not followed. */
  look(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Sends something from a page of the server. */
  send(what: string, fields?: object, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** A browser that looks at a server. */
export function newBrowser(server: Pick<SignInServer, 'ask'>, cookies: Map<string, string> = new Map()): Browser {
  const exchange = async (what: string, asked: { readonly as: Record<string, string>; readonly fields?: object }) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await server.ask(what, { ...asked, as: { ...(cookie === '' ? {} : { cookie }), ...asked.as } });
    for (const one of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(one)!;
      if (/max-age=0(;|$)/i.test(one)) cookies.delete(name!);
      else cookies.set(name!, value!);
    }
    return answer;
  };
  return {
    cookies,
    look: async (path, headers = {}) =>
      await exchange(`GET ${path}`, { as: { accept: 'text/html', 'sec-fetch-dest': 'document', ...headers } }),
    send: async (what, fields, headers = {}) =>
      await exchange(what, {
        as: { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'empty', ...headers },
        ...(fields === undefined ? {} : { fields }),
      }),
  };
}

/** What a browser was sent to the provider with. */
export async function beginSignIn(browser: Browser, returnTo = '/'): Promise<URL> {
  const begun = await browser.look(`/mlspec/sign-in?return_to=${encodeURIComponent(returnTo)}`);
  if (begun.status !== 302) throw new Error(`sign-in: ${begun.status} ${begun.text}`);
  return new URL(begun.headers.get('location')!);
}

/** The way back from the provider, with a code. */
export function wayBack(sent: URL, code: string): string {
  return `/mlspec/sign-in/callback?code=${code}&state=${encodeURIComponent(sent.searchParams.get('state')!)}`;
}

/** Signs a browser in as the provider says. @returns the last answer */
export async function signInBy(
  provider: TestProvider,
  browser: Browser,
  said: Said = {},
  returnTo = '/',
): Promise<Answer> {
  const sent = await beginSignIn(browser, returnTo);
  return await browser.look(wayBack(sent, provider.issue(sent.searchParams.get('nonce')!, said)));
}
