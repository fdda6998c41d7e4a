/**
 * How people sign in: `sign-in` sends the browser to the provider, which sends it back to `callback` with a code; that is
 * exchanged for an ID token, the person becomes a user, and the browser gets a session.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  type AccessStore,
  type Actor,
  createGuesses,
  type Guesses,
  type ProviderSettings,
  personOf,
  type User,
} from '../../../access/index.ts';
import { now } from '../../../encoding/index.ts';
import { isPlatformError, PlatformError } from '../../../errors/index.ts';
import type { Gate } from '../access/gate.ts';
import { errorAnswer } from '../errors.ts';
import { accountPage } from './account-page.ts';
import { type Attempt, attemptMs, beginAttempt, pathHere, readAttempt } from './attempt.ts';
import { type Cookies, cookiesOf } from './cookies.ts';
import type { OpenIdProvider } from './openid-provider.ts';
import { escapeHtml, sendPage, unkept } from './pages.ts';
import { paths } from './paths.ts';

/** What signing in needs. */
export interface SignInOptions {
  readonly settings: ProviderSettings;
  readonly access: AccessStore;
  readonly gate: Gate;
  readonly onError?: ((error: unknown, where: string) => void) | undefined;
}

interface Desk extends SignInOptions {
  /** Loaded with the first sign-in. */
  readonly provider: () => Promise<OpenIdProvider>;
  readonly cookies: Cookies;
  /** What went wrong from where: no more than a hundred lines a minute are written down of an address that no person was named from. */
  readonly wrongs: Guesses;
}

/** Codes that may be exchanged at a time: each is a request to the provider. */
const mostExchanges = 32;

/** Serves the paths of signing in and out. */
export function serveSignIn(app: FastifyInstance, options: SignInOptions): void {
  const { settings, gate } = options;
  let loaded: Promise<OpenIdProvider> | null = null;
  const provider = (): Promise<OpenIdProvider> => {
    loaded ??= import('./openid-provider.ts').then(({ openIdProvider }) => openIdProvider(settings));
    return loaded;
  };
  const desk: Desk = { ...options, provider, cookies: cookiesOf(settings.address), wrongs: createGuesses() };
  // Whoever only looks at a link (HEAD) shall not use it up.
  const once = { exposeHeadRoute: false };
  app.get(paths.signIn, once, (request, reply) =>
    answering({ request, reply }, desk, () => begin({ request, reply }, desk)),
  );
  const finish = createFinish(desk);
  app.get(paths.callback, once, (request, reply) =>
    answering({ request, reply }, desk, () => finish({ request, reply })),
  );
  app.post(paths.signOut, async (request, reply) => {
    const secret = desk.cookies.read(request, 'mlspec_session');
    const caller = gate.callerOf(request);
    if (secret !== null && caller !== null) await desk.access.endSession(secret, caller.actor);
    desk.cookies.write(reply, { name: 'mlspec_session', value: '', lastsMs: 0 });
    return await reply.headers(unkept).redirect(paths.signedOut, 303);
  });
  app.get(paths.signedOut, (_request, reply) =>
    sendPage(reply, {
      title: 'Signed out',
      body: `<p>This browser is signed out here; at ${escapeHtml(settings.issuer)} it may still be signed in.</p><p><a href="${paths.signIn}">Sign in</a></p>`,
    }),
  );
  app.get(paths.account, (request, reply) => sendPage(reply, accountPage(gate.callerOf(request)!)));
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function begin({ request, reply }: Exchange, { cookies, provider, settings }: Desk): Promise<FastifyReply> {
  const { return_to: wanted } = request.query as { readonly return_to?: unknown };
  const before = cookies.read(request, 'mlspec_sign_in');
  const { attempt, cookie, isNew } = beginAttempt(before, pathHere(wanted, settings.address));
  const url = await (await provider()).authorizationUrl(attempt);
  if (isNew) cookies.write(reply, { name: 'mlspec_sign_in', value: cookie, lastsMs: attemptMs });
  return await reply.headers(unkept).redirect(url.href, 302);
}

type Finish = (exchange: Exchange) => Promise<FastifyReply>;

function createFinish(desk: Desk): Finish {
  const { access, cookies, settings } = desk;
  let underWay = 0;
  return async ({ request, reply }) => {
    if (underWay >= mostExchanges)
      throw new PlatformError('ACCESS_BUSY', { message: 'too many people sign in at once; try again in a moment' });
    const parameters = new URLSearchParams(request.url.split('?').slice(1).join('?'));
    const attempt = readAttempt(cookies.read(request, 'mlspec_sign_in'), parameters.get('state'));
    underWay++;
    try {
      if (attempt === null) throw notBegun();
      const user = await enter({ parameters, attempt, address: request.ip }, desk);
      const actor: Actor = { user: user.name, token: null, address: request.ip };
      const before = cookies.read(request, 'mlspec_session');
      const lastsMs = settings.sessionMs;
      const opened = { user: user.name, signIn: attempt.state, expiresAtMs: now() + lastsMs };
      const value = await access.openSession(opened, actor);
      if (before !== null) await access.endSession(before, actor);
      cookies.write(reply, { name: 'mlspec_session', value, lastsMs });
      return await reply.headers(unkept).redirect(pathHere(attempt.returnTo, settings.address), 302);
    } finally {
      underWay--;
    }
  };
}

function notBegun(): PlatformError {
  return new PlatformError('ACCESS_SIGN_IN_BROKEN', {
    message: 'this browser began no such sign-in, or more than ten minutes ago',
  });
}

/** The user whom the provider names. Who is refused although the provider knows it is written down, for an admin to see. */
async function enter(
  {
    parameters,
    attempt,
    address,
  }: { readonly parameters: URLSearchParams; readonly attempt: Attempt; readonly address: string },
  { provider, settings, access }: Desk,
): Promise<User> {
  const claims = await (await provider()).claimsOf(parameters, attempt);
  const person = personOf(claims, settings);
  return await access.admitPerson(person, { user: person.name, token: null, address });
}

/** Answers by a page for people also where something goes wrong, which is written down. */
async function answering(exchange: Exchange, desk: Desk, work: () => Promise<FastifyReply>): Promise<FastifyReply> {
  try {
    return await work();
  } catch (error) {
    const { request, reply } = exchange;
    const { status, body, retryAfter } = errorAnswer(error);
    const isOurs = isPlatformError(error);
    if (!isOurs || status >= 500 || error.code === 'ACCESS_PROVIDER_REFUSED') desk.onError?.(error, request.id);
    if (isOurs && error.kind !== 'internal') await writeDown({ request, status, error }, desk);
    if (retryAfter !== null) reply.header('retry-after', retryAfter);
    const hint = isOurs ? `<p>${escapeHtml(error.hint)}</p>` : '';
    return await sendPage(reply, {
      status,
      title: 'Not signed in',
      body: `<p>${escapeHtml(body.message)}</p>${hint}<p><a href="${paths.signIn}">Sign in</a> · <a href="/">Go on</a> if another window is signed in.</p>`,
    });
  }
}

interface Wrong {
  readonly request: FastifyRequest;
  readonly status: number;
  readonly error: PlatformError;
}

async function writeDown({ request, status, error }: Wrong, { access, wrongs }: Desk): Promise<void> {
  const { person } = error.details;
  // Each request is a name of its own, so that only its address counts.
  if (typeof person !== 'string' && wrongs.wait(request.ip, request.id) > 0) return;
  wrongs.wrong(request.ip, request.id);
  const resource = typeof person === 'string' ? `person ${person}` : null;
  const actor: Actor = { user: null, token: null, address: request.ip };
  await access.note([{ ...actor, atMs: now(), action: `sign in ${error.code}`, resource, status }]);
}
