/* Endpoints of a tracking server that the command line asks, signed in as MLflow's clients are. */
import type { JsonObject } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type Config, remoteAt } from './config.ts';
import { authorizationOf, type RemoteTracking } from './remote-tracker.ts';

const timeoutMs = 60_000;

/**
 * The server of an address, or that of `MLFLOW_TRACKING_URI`, with the credentials of MLflow's variables.
 * @throws PlatformError CONFIG_BAD_VALUE where there is neither, and for what is no address
 */
export function serverAt(config: Config, address: string | undefined): RemoteTracking {
  if (address !== undefined) return remoteAt(config.env, address, '--server');
  if (config.tracking !== null) return config.tracking;
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: 'expected the address of a tracking server as --server or in MLFLOW_TRACKING_URI, found none',
  });
}

/**
 * What a server answers to `POST mlspec/approvals/ask` with these fields.
 * @throws PlatformError TRACKING_UNREACHABLE; TRACKING_REFUSED with what the server says
 */
export async function askServer<Answer>(server: RemoteTracking, call: string, fields: JsonObject): Promise<Answer> {
  const [method, path] = call.split(' ') as [string, string];
  const url = new URL(`${server.uri.replace(/\/+$/, '')}/api/2.0/${path}`);
  const isQuery = method === 'GET';
  if (isQuery) for (const [name, value] of Object.entries(fields)) url.searchParams.append(name, String(value));
  const authorization = authorizationOf(server);
  const response = await fetch(url, {
    method,
    headers: {
      ...(authorization === null ? {} : { authorization }),
      ...(isQuery ? {} : { 'content-type': 'application/json' }),
    },
    body: isQuery ? null : JSON.stringify(fields),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((cause: unknown) => {
    throw unreachable(url, `it does not answer: ${(cause as Error).message}`, cause);
  });
  const answer = await response.json().catch(() => null);
  if (response.status >= 500) throw unreachable(url, `it answered with ${response.status}`, null);
  if (answer === null || typeof answer !== 'object')
    throw unreachable(url, `it answered with ${response.status} and what is no JSON`, null);
  if (response.ok) return answer as Answer;
  const { error_code: code, message } = answer as { readonly error_code?: string; readonly message?: string };
  throw new PlatformError('TRACKING_REFUSED', {
    message: `the tracking server refused it: ${message ?? response.statusText} (${response.status} ${code ?? 'without a code'})`,
    details: { status: response.status, code: code ?? null },
  });
}

function unreachable({ protocol, host }: URL, why: string, cause: unknown): PlatformError {
  return new PlatformError('TRACKING_UNREACHABLE', {
    message: `the tracking server at ${protocol}//${host} was not asked: ${why}`,
    ...(cause === null ? {} : { cause }),
  });
}
