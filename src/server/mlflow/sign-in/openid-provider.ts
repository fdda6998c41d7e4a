/**
 * The provider of OpenID Connect, asked through oauth4webapi: discovery, the exchange of a code for an ID token, and the
 * checks of that token. Beyond what the library checks of its own (issuer, audience, expiry, nonce, form) the signature is
 * verified although the token came over TLS, only asymmetric algorithms count, and `azp` has to be this client wherever it is.
 */
import * as oauth from 'oauth4webapi';
import type { Claims, ProviderSettings } from '../../../access/index.ts';
import { monotonicMs } from '../../../encoding/index.ts';
import { isPlatformError, PlatformError } from '../../../errors/index.ts';
import type { Attempt } from './attempt.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { paths } from './paths.ts';

/** Asks a provider. */
export interface OpenIdProvider {
  /** Where a browser is sent to sign in. @throws PlatformError ACCESS_PROVIDER_AWAY */
  authorizationUrl(attempt: Attempt): Promise<URL>;
  /**
   * Whom the provider names, by the parameters that it sent the browser back with.
   * @throws PlatformError ACCESS_PROVIDER_REFUSED, ACCESS_PROVIDER_AWAY
   */
  claimsOf(parameters: URLSearchParams, attempt: Attempt): Promise<Claims>;
}

/** HMAC is no signature: whoever knows the client's secret, or takes a public key for one, could make any token. */
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];
const clockToleranceSeconds = 60;
const knownForMs = 3600_000;

/** A provider that nobody was asked about yet. */
export function openIdProvider(settings: ProviderSettings): OpenIdProvider {
  const { issuer, clientId, clientSecret, address, scopes } = settings;
  const isLocal = issuer.startsWith('http:');
  const asking = { [oauth.customFetch]: boundedFetch, [oauth.allowInsecureRequests]: isLocal };
  const client: oauth.Client = { client_id: clientId, [oauth.clockTolerance]: clockToleranceSeconds };
  const redirectUri = `${address}${paths.callback}`;
  const discovered = remembered(() => discover(issuer, asking));
  return {
    authorizationUrl: async ({ state, nonce, verifier }) => {
      const server = await discovered();
      const url = new URL(server.authorization_endpoint!);
      const asked = {
        ...{ client_id: clientId, redirect_uri: redirectUri, response_type: 'code', scope: scopes.join(' ') },
        ...{ state, nonce, code_challenge_method: 'S256' },
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      };
      for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
      return url;
    },
    claimsOf: async (parameters, { state, nonce, verifier }) => {
      const server = await discovered();
      return await trusted(async () => {
        const valid = oauth.validateAuthResponse(server, client, parameters, state);
        const secret = clientAuthentication(server, clientSecret);
        const answer = await oauth.authorizationCodeGrantRequest(
          server,
          client,
          secret,
          valid,
          redirectUri,
          verifier,
          asking,
        );
        const expected = { expectedNonce: nonce, requireIdToken: true };
        const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, expected);
        await oauth.validateApplicationLevelSignature(server, answer, asking);
        const claims = oauth.getValidatedIdTokenClaims(tokens)!;
        if (claims.azp !== undefined && claims.azp !== clientId)
          throw refused('the ID token is for another client (azp)');
        return claims;
      });
    },
  };
}

function clientAuthentication(server: oauth.AuthorizationServer, secret: string): oauth.ClientAuth {
  const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  const takesBasic = methods.includes('client_secret_basic') || !methods.includes('client_secret_post');
  return takesBasic ? oauth.ClientSecretBasic(secret) : oauth.ClientSecretPost(secret);
}

type Asking = Pick<oauth.DiscoveryRequestOptions, typeof oauth.customFetch | typeof oauth.allowInsecureRequests>;

async function discover(issuer: string, asking: Asking): Promise<oauth.AuthorizationServer> {
  try {
    const url = new URL(issuer);
    const answer = await oauth.discoveryRequest(url, { ...asking, algorithm: 'oidc' });
    const server = await oauth.processDiscoveryResponse(url, answer);
    for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const)
      checkEndpoint(server[name], { name, issuer });
    const { id_token_signing_alg_values_supported: known } = server;
    if (known === undefined) return server;
    return { ...server, id_token_signing_alg_values_supported: known.filter((one) => algorithms.includes(one)) };
  } catch (cause) {
    throw isPlatformError(cause) ? cause : away(`${issuer} says no OpenID configuration: ${reasonOf(cause)}`, cause);
  }
}

/** An endpoint may be on another host than its issuer (Google's are), but never less protected, nor on this machine. */
function checkEndpoint(endpoint: unknown, { name, issuer }: { readonly name: string; readonly issuer: string }): void {
  const url = typeof endpoint === 'string' ? URL.parse(endpoint) : null;
  const isLocal = issuer.startsWith('http:') && url?.protocol === 'http:' && url.hostname === new URL(issuer).hostname;
  if (url?.protocol === 'https:' || isLocal) return;
  throw away(
    `expected the ${name} of ${issuer} to be an address that begins with https://, found ${JSON.stringify(endpoint)?.slice(0, 200)}`,
  );
}

/** What was found out, for an hour, and for longer where it cannot be found out again; asked for once at a time. */
function remembered<Value>(find: () => Promise<Value>): () => Promise<Value> {
  let known: { readonly value: Value; readonly atMs: number } | null = null;
  let underWay: Promise<Value> | null = null;
  const ask = async (): Promise<Value> => {
    try {
      const value = await find();
      known = { value, atMs: monotonicMs() };
      return value;
    } catch (error) {
      if (known === null) throw error;
      return known.value;
    } finally {
      underWay = null;
    }
  };
  return async () => {
    if (known !== null && monotonicMs() - known.atMs < knownForMs) return known.value;
    underWay ??= ask();
    return await underWay;
  };
}

/** Says of what went wrong whether the provider was not there, or cannot be believed. */
async function trusted<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (cause) {
    if (isPlatformError(cause)) throw cause;
    if (cause instanceof oauth.AuthorizationResponseError)
      throw refused(`the provider said ${sayCode(cause.error)}`, cause);
    if (cause instanceof oauth.ResponseBodyError)
      throw refused(`the provider took no code: ${sayCode(cause.error)}`, cause);
    if (cause instanceof oauth.OperationProcessingError || cause instanceof oauth.UnsupportedOperationError) {
      if (isServerError(cause.cause)) throw away(`the provider answered with ${cause.cause.status}`, cause);
      throw refused(cause.message, cause);
    }
    throw away(reasonOf(cause), cause);
  }
}

function isServerError(cause: unknown): cause is Response {
  return cause instanceof Response && cause.status >= 500;
}

/** Error codes of the standard, and nothing else that a link could bring. */
function sayCode(code: string): string {
  return /^[a-z_]{1,60}$/.test(code) ? code : 'an error without a code';
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  const deeper = cause instanceof Error ? `: ${cause.message}` : '';
  return `${message}${deeper}`.slice(0, 300);
}

function refused(message: string, cause?: unknown): PlatformError {
  return new PlatformError('ACCESS_PROVIDER_REFUSED', { message, cause });
}

function away(message: string, cause?: unknown): PlatformError {
  return new PlatformError('ACCESS_PROVIDER_AWAY', { message, cause });
}
