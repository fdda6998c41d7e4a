/**
 * Whom webhooks may reach. A server stands where its users do not: whoever makes a webhook must not be able to let it talk
 * to what only the server reaches, such as other services of its network or the keys of the cloud that it runs in. So by
 * default webhooks go over https and to public addresses alone. A name is looked up once for each message, every address
 * that it has must be allowed, and the connection goes to one of those: a name that answers otherwise a moment later
 * changes nothing.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { PlatformError } from '../../errors/index.ts';
import { isPublicAddress } from './public-address.ts';

/** What is allowed. */
export interface WebhookPolicy {
  /** Without a colon; `http` and `https` are what can be sent by. */
  readonly schemes: readonly string[];
  /** Whether addresses that are not public may be reached: for intranets and tests. */
  readonly addresses: 'public' | 'any';
  /** All addresses of a name; the system's where left out. */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
}

/** What is allowed where nobody said otherwise. */
export const strictPolicy: WebhookPolicy = { schemes: ['https'], addresses: 'public' };

/** An address that may be reached. */
export interface CheckedUrl {
  readonly url: URL;
  /** Where it is: what the connection must go to. At least one. */
  readonly addresses: readonly string[];
}

const longestUrl = 2048;

/**
 * Looks up and checks where a webhook goes.
 * @throws PlatformError TRACKING_BAD_VALUE for an address that may not be reached or whose name has none
 */
export async function checkUrl(text: string, policy: WebhookPolicy): Promise<CheckedUrl> {
  const url = parseUrl(text, policy);
  const name = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(name) === 0 ? await resolveName(name, policy) : [name];
  if (policy.addresses === 'any') return { url, addresses };
  const closed = addresses.find((address) => !isPublicAddress(address));
  if (closed === undefined) return { url, addresses };
  throw refused(
    `Webhook URL must not resolve to a non-public IP address. '${name}' resolves to ${closed}. Start the server with MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS=true to allow it.`,
  );
}

function parseUrl(text: string, { schemes }: WebhookPolicy): URL {
  if (text.trim() === '') throw refused(`Webhook URL cannot be empty or just whitespace: '${text}'`);
  if (text.length > longestUrl) throw refused(`Webhook URL exceeds the maximum length of ${longestUrl} characters.`);
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase() ?? '';
  if (!schemes.includes(scheme))
    throw refused(`Invalid webhook URL scheme: '${scheme}'. Allowed schemes are: ${schemes.join(', ')}.`);
  if (!/^https?$/.test(scheme)) throw refused(`Invalid webhook URL scheme: '${scheme}'. Nothing can be sent by it.`);
  const url = /^[a-z]+:\/\/[^/]/i.test(text) ? URL.parse(text) : null;
  if (url === null || url.hostname === '') throw refused(`Webhook URL must include a hostname: '${text}'`);
  return url;
}

async function resolveName(name: string, { resolve = resolveBySystem }: WebhookPolicy): Promise<readonly string[]> {
  const found = await resolve(name).catch((error: unknown) => {
    throw refused(`Cannot resolve Webhook URL hostname '${name}': ${(error as Error).message}`);
  });
  if (found.length === 0) throw refused(`Cannot resolve Webhook URL hostname '${name}': it has no address`);
  return found;
}

async function resolveBySystem(name: string): Promise<string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}

function refused(message: string): PlatformError {
  return new PlatformError('TRACKING_BAD_VALUE', { message });
}
