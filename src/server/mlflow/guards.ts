/**
 * Who may talk to a server that asks nobody for a password: a page in the user's browser must not, neither directly nor
 * by a name of its own that it lets point at this machine. So the `Host` of a request has to be this machine, an address
 * of a private network or one that was allowed, and a request that changes something must not come from another origin.
 */
/** What is allowed beyond the default. */
export interface GuardOptions {
  /** Host names, with or without a port; `*.example.org` allows every name below; `*` all. */
  readonly allowedHosts: readonly string[];
  /** Origins of other pages: `https://app.example.org`; `*` all. */
  readonly allowedOrigins: readonly string[];
}

/** What of a request is looked at. */
export interface GuardedRequest {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

const local = /^(localhost|(.+\.)?localhost)$/i;
/** The form that the URL standard gives every IPv4 address. */
const ipv4 = /^\d+\.\d+\.\d+\.\d+$/;
const harmless = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Why a request is refused; null where it is not. */
export function refusal(request: GuardedRequest, options: GuardOptions): string | null {
  const { host = '', origin } = request;
  const name = hostName(host);
  if (name === null || !(isNear(name) || isAllowedHost(host, name, options))) {
    return 'Invalid Host header - possible DNS rebinding attack detected. Allow the name with --allowed-hosts.';
  }
  if (origin === undefined || harmless.has(request.method)) return null;
  if (options.allowedOrigins.includes('*') || options.allowedOrigins.includes(origin)) return null;
  const from = URL.parse(origin)?.host;
  if (from === host || (from !== undefined && isLoopback(hostName(from) ?? '') && isLoopback(name))) return null;
  return 'Cross-origin request blocked. Allow the origin with --cors-allowed-origins.';
}

/** `localhost` of `localhost:5000`, `::1` of `[::1]:5000`; null for what is no host. */
function hostName(host: string): string | null {
  const url = /[\s/\\@?#]/.test(host) ? null : URL.parse(`http://${host}/`);
  return url === null ? null : url.hostname.replace(/^\[|\]$/g, '');
}

function isLoopback(name: string): boolean {
  return local.test(name) || name === '::1' || (ipv4.test(name) && name.startsWith('127.'));
}

/** This machine, or an address of a private network (RFC 1918, RFC 4193, link-local). */
function isNear(name: string): boolean {
  if (isLoopback(name) || name === '0.0.0.0') return true;
  if (ipv4.test(name)) return /^(10|192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))\./.test(name);
  return name.includes(':') && /^(f[cd]|fe[89ab])/i.test(name);
}

function isAllowedHost(host: string, name: string, { allowedHosts }: GuardOptions): boolean {
  return allowedHosts.some((allowed) => {
    if (allowed === '*' || allowed === host || allowed === name) return true;
    return allowed.startsWith('*.') && name.endsWith(allowed.slice(1));
  });
}
