/**
 * Credentials that a container or a machine of Amazon's hands to what runs in it. They expire within hours; whoever needs
 * them later asks again.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html
 */
import { readFile } from 'node:fs/promises';
import type { S3Credentials } from '../artifacts/index.ts';
import { PlatformError } from '../errors/index.ts';

type Variables = Readonly<Record<string, string | undefined>>;

const containerHost = 'http://169.254.170.2';
/** Beside these only this machine is trusted with the token by http. */
const trustedHosts = new Set(['169.254.170.2', '169.254.170.23', '[fd00:ec2::23]', 'localhost', '127.0.0.1', '[::1]']);
const instanceEndpoint = 'http://169.254.169.254';
const tokenLifetimeS = 21_600;
const containerTimeoutMs = 5000;
/** Elsewhere than on such a machine nobody answers. */
const instanceTimeoutMs = 1000;

/** Those of the container; null where it was given none. @throws PlatformError CONFIG_BAD_VALUE */
export async function containerCredentials(env: Variables): Promise<S3Credentials | null> {
  const [relative, full] = [env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'], env['AWS_CONTAINER_CREDENTIALS_FULL_URI']];
  if (!relative && !full) return null;
  const address = relative ? `${containerHost}${relative}` : full!;
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || (url.protocol !== 'https:' && !(url.protocol === 'http:' && trustedHosts.has(url.hostname)))) {
    throw bad(
      `expected AWS_CONTAINER_CREDENTIALS_FULL_URI to be an https address, or http on this machine, found ${address}`,
    );
  }
  const file = env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
  const token = file ? (await readFile(file, 'utf8')).trim() : env['AWS_CONTAINER_AUTHORIZATION_TOKEN'];
  const headers = token ? { authorization: token } : {};
  const text = await ask(url.href, { headers, timeoutMs: containerTimeoutMs }).catch((error: unknown) => {
    throw bad(
      `expected credentials of the container from ${url.origin}, found none: ${(error as Error).message}`,
      error,
    );
  });
  return credentialsIn(text, url.origin);
}

/** Those of the role of the machine; null where it is no machine of Amazon's or has no role. */
export async function instanceCredentials(env: Variables): Promise<S3Credentials | null> {
  if (env['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true') return null;
  const endpoint = (env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] || instanceEndpoint).replace(/\/$/, '');
  const roles = `${endpoint}/latest/meta-data/iam/security-credentials/`;
  const timeoutMs = instanceTimeoutMs;
  try {
    const lifetime = { 'x-aws-ec2-metadata-token-ttl-seconds': String(tokenLifetimeS) };
    const token = await ask(`${endpoint}/latest/api/token`, { method: 'PUT', headers: lifetime, timeoutMs });
    const given = { headers: { 'x-aws-ec2-metadata-token': token }, timeoutMs };
    const role = (await ask(roles, given)).split('\n')[0]!.trim();
    return credentialsIn(await ask(`${roles}${encodeURIComponent(role)}`, given), endpoint);
  } catch {
    return null;
  }
}

interface Asking {
  readonly method?: 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

async function ask(url: string, { method, headers, timeoutMs }: Asking): Promise<string> {
  const init = { method: method ?? 'GET', headers, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) } as const;
  const answer = await fetch(url, init);
  if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  return await answer.text();
}

function credentialsIn(text: string, origin: string): S3Credentials {
  let found: Readonly<Record<string, unknown>> = {};
  try {
    found = JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {}
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: token, Expiration: expiration } = found;
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string')
    throw bad(`expected AccessKeyId and SecretAccessKey in the answer of ${origin}, found neither or one`);
  const expiresAtMs = typeof expiration === 'string' ? Date.parse(expiration) : Number.NaN;
  return {
    ...{ accessKeyId, secretAccessKey, sessionToken: typeof token === 'string' ? token : null },
    ...(Number.isNaN(expiresAtMs) ? {} : { expiresAtMs }),
  };
}

function bad(message: string, cause?: unknown): PlatformError {
  return new PlatformError('CONFIG_BAD_VALUE', { message, cause });
}
