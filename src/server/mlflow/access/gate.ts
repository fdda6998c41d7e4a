/**
 * The gate of a server: who comes in, with what rights, and what is written down about it.
 *
 * A request says who it is by `Authorization`: a name and password (`Basic`) or an API token (`Bearer`). Where a provider
 * of OpenID Connect is set up a browser says it by the cookie of its session, which a browser sends by itself: so that a
 * cookie changes something only where the browser says that a page of this server asked. Nothing in a query or a body signs
 * in. An unknown name, a wrong password, a token that expired or was revoked: one answer.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  type AccessStore,
  type Actor,
  createGuesses,
  type Guesses,
  type ProviderSettings,
  type Rights,
  rightsOf,
  type SignedIn,
} from '../../../access/index.ts';
import { now } from '../../../encoding/index.ts';
import { PlatformError } from '../../../errors/index.ts';
import { answer } from '../errors.ts';
import type { Services } from '../services.ts';
import { cookiesOf } from '../sign-in/cookies.ts';
import { paths } from '../sign-in/paths.ts';
import { type AuditWriter, createAuditWriter } from './audit-writer.ts';
import { type Credentials, readCredentials } from './credentials.ts';
import { guardServices } from './guard-services.ts';
import { isAudited } from './what-is-audited.ts';

/** Who is behind a request and what it may do. */
export interface Caller extends SignedIn {
  readonly rights: Rights;
  readonly actor: Actor;
  readonly access: AccessStore;
  /** Whether a password is that of whoever calls. Wrong ones count as guesses. @throws PlatformError ACCESS_BUSY after too many */
  isOwnPassword(password: string): Promise<boolean>;
}

/** Says of a server's requests who calls and what may be done. */
export interface Gate {
  /** Lets a request in. Answers it, with 401, where it does not. @returns whether it is in */
  admit(request: FastifyRequest, reply: FastifyReply): Promise<boolean>;
  /** Null where nobody signs in, and for what asks nobody to. */
  callerOf(request: FastifyRequest): Caller | null;
  /** The stores as whoever calls sees them. */
  servicesFor(request: FastifyRequest): Services;
}

/** What a gate needs. */
export interface GateOptions {
  readonly services: Services;
  /** Left out: nobody signs in, and everybody may do everything. */
  readonly access?: AccessStore | undefined;
  /** By whom people sign in with a browser. Left out: by nobody. */
  readonly provider?: ProviderSettings | undefined;
  /** Wrong tries so far. Default: nobody has tried anything yet. */
  readonly guesses?: Guesses | undefined;
  readonly onError?: ((error: unknown, where: string) => void) | undefined;
}

/** Paths that say nothing about anybody: whether the server lives, and which API it has. */
const openToAll = new Set<string>([
  ...['/ok', '/livez', '/healthz', '/readyz', '/health', '/version'],
  ...[paths.signIn, paths.callback, paths.signedOut],
]);

interface Visit {
  readonly caller: Caller;
  readonly services: Services;
  touched: string | null;
}

/** A gate for a server, whose requests it writes into the audit log. */
export function createGate(app: FastifyInstance, options: GateOptions): Gate {
  const { services, access, provider, onError } = options;
  if (access === undefined) return { admit: async () => true, callerOf: () => null, servicesFor: () => services };
  const visits = new WeakMap<FastifyRequest, Visit>();
  const guesses = options.guesses ?? createGuesses();
  const audit = createAuditWriter(access, (error) => onError?.(error, 'audit log'));
  app.addHook('onResponse', async (request, reply) => {
    const visit = visits.get(request);
    if (visit === undefined || !isAudited(request, reply.statusCode)) return;
    audit.add({
      ...visit.caller.actor,
      ...{ atMs: now(), action: actionOf(request), resource: visit.touched, status: reply.statusCode },
    });
  });
  app.addHook('onClose', () => audit.end());
  return {
    admit: async (request, reply) => {
      if (isOpenToAll(request)) return true;
      const found = await signIn(request, { access, guesses, audit, provider });
      if ('refused' in found) {
        if (provider !== undefined && isSomebodyLooking(request)) await sendToSignIn({ request, reply }, provider);
        else await refuse({ request, reply }, { ...found, provider });
        return false;
      }
      visits.set(request, enter(found, request, { access, services, guesses }));
      return true;
    },
    callerOf: (request) => visits.get(request)?.caller ?? null,
    servicesFor: (request) => {
      const visit = visits.get(request);
      if (visit === undefined) throw new Error('a request that nobody signed in for asks for the stores');
      return visit.services;
    },
  };
}

function isOpenToAll(request: FastifyRequest): boolean {
  return openToAll.has(request.routeOptions.url ?? '');
}

/** `POST /mlflow/experiments/delete`: the route, not what was asked of it. */
function actionOf({ method, routeOptions }: FastifyRequest): string {
  return `${method} ${(routeOptions.url ?? 'unknown').replace(/^\/(ajax-)?api\/\d\.0/, '')}`;
}

function enter(
  found: SignedIn,
  request: FastifyRequest,
  { access, services, guesses }: Pick<Desk, 'access' | 'guesses'> & { readonly services: Services },
): Visit {
  const rights = rightsOf(found, access);
  const actor = { user: found.user.name, token: found.token?.prefix ?? null, address: request.ip };
  const touch = (what: string): void => {
    // The first thing that a request asks for is what it is about.
    visit.touched ??= what;
  };
  const visit: Visit = {
    caller: {
      ...{ ...found, rights, actor, access },
      isOwnPassword: (password) =>
        isOwnPassword(password, { name: found.user.name, address: request.ip }, { access, guesses }),
    },
    services: guardServices(services, { access, rights, touch }),
    touched: null,
  };
  return visit;
}

async function isOwnPassword(
  password: string,
  { name, address }: { readonly name: string; readonly address: string },
  { access, guesses }: Pick<Desk, 'access' | 'guesses'>,
): Promise<boolean> {
  const waitSeconds = guesses.wait(address, name);
  if (waitSeconds > 0) throw new PlatformError('ACCESS_BUSY', { message: tooMany(waitSeconds) });
  const isRight = (await access.byPassword(name, password)) !== null;
  if (!isRight) await guesses.wrong(address, name);
  return isRight;
}

interface Refused {
  readonly refused: string;
  /** Default 401. */
  readonly status?: 401 | 403;
  /** Seconds until another try is looked at; 0: now. */
  readonly waitSeconds: number;
}

interface Desk {
  readonly access: AccessStore;
  readonly guesses: Guesses;
  readonly audit: AuditWriter;
  readonly provider: ProviderSettings | undefined;
}

const askToSignIn =
  'You are not authenticated. Sign in with MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or with an API token in MLFLOW_TRACKING_TOKEN.';
const wrong = 'The user name, password or token is wrong, has expired or was revoked.';

async function signIn(request: FastifyRequest, desk: Desk): Promise<SignedIn | Refused> {
  const { access, guesses, audit } = desk;
  if (request.headers.authorization === undefined) return await byCookie(request, desk);
  const credentials = readCredentials(request.raw);
  if (credentials === null) return { refused: askToSignIn, waitSeconds: 0 };
  const name = credentials.kind === 'basic' ? credentials.name : '';
  const waitSeconds = guesses.wait(request.ip, name);
  if (waitSeconds > 0) return { refused: tooMany(waitSeconds), waitSeconds };
  const found = await lookUp(credentials, access);
  if (found !== null) {
    guesses.right(request.ip, name);
    return found;
  }
  await guesses.wrong(request.ip, name);
  // A name that nobody has may be a password in the wrong place.
  const known = name === '' ? null : await access.findUser(name);
  const resource = known === null ? null : `user ${known.name}`;
  audit.add({
    ...{ atMs: now(), user: null, token: null, address: request.ip },
    ...{ action: 'sign in', resource, status: 401 },
  });
  return { refused: wrong, waitSeconds: 0 };
}

async function byCookie(request: FastifyRequest, { access, audit, provider }: Desk): Promise<SignedIn | Refused> {
  const nobody = { refused: askToSignIn, waitSeconds: 0 };
  const secret = provider === undefined ? null : cookiesOf(provider.address).read(request, 'mlspec_session');
  const found = secret === null ? null : await access.bySession(secret);
  if (found === null || provider === undefined) return nobody;
  if (isHarmless(request) || isFromOwnPage(request, provider.address)) return found;
  audit.add({
    ...{ user: found.user.name, token: null, address: request.ip },
    ...{ atMs: now(), action: actionOf(request), resource: null, status: 403 },
  });
  return { refused: notFromHere, waitSeconds: 0, status: 403 };
}

const notFromHere =
  'A browser that is signed in changes something only from a page of this server. Programs sign in with an API token.';

function isHarmless({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

/** What the browser itself says of the page that asks, which no page can change. A page of a neighbouring host is another. */
function isFromOwnPage({ headers }: FastifyRequest, address: string): boolean {
  const site = headers['sec-fetch-site'];
  return site === undefined ? headers.origin === address : site === 'same-origin';
}

/** A page that a person wants to see, not what a page or a program asks for. */
function isSomebodyLooking({ method, headers }: FastifyRequest): boolean {
  if (method !== 'GET' || headers.authorization !== undefined) return false;
  const what = headers['sec-fetch-dest'];
  return what === undefined ? /\btext\/html\b/.test(headers.accept ?? '') : what === 'document';
}

async function sendToSignIn({ request, reply }: Exchange, { address }: ProviderSettings): Promise<void> {
  const url = new URL(paths.signIn, address);
  if (request.url !== '/') url.searchParams.set('return_to', request.url);
  await reply.header('cache-control', 'no-store').redirect(url.href, 302);
}

function tooMany(waitSeconds: number): string {
  return `Too many wrong tries from this address; try again in ${waitSeconds} seconds.`;
}

async function lookUp(credentials: Credentials, access: AccessStore): Promise<SignedIn | null> {
  if (credentials.kind === 'basic') return await access.byPassword(credentials.name, credentials.password);
  return await access.byToken(credentials.token);
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

type Refusal = Refused & Pick<Desk, 'provider'>;

async function refuse(
  { request, reply }: Exchange,
  { refused, waitSeconds, status = 401, provider }: Refusal,
): Promise<void> {
  if (waitSeconds > 0) reply.header('retry-after', waitSeconds);
  if (status === 403) {
    await reply.code(403).send(answer(403, 'PERMISSION_DENIED', refused).body);
    return;
  }
  // Asked for a password by a script of a page whose session is over, a browser would open a window for it.
  const isScript = provider !== undefined && request.headers['sec-fetch-site'] !== undefined;
  reply.header('www-authenticate', isScript ? 'Bearer realm="mlflow"' : 'Basic realm="mlflow", charset="UTF-8"');
  await reply.code(401).send(answer(401, 'UNAUTHENTICATED', refused).body);
}
