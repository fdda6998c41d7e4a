/**
 * The gate of a server: who comes in, with what rights, and what is written down about it.
 *
 * A request says who it is by `Authorization` alone: a name and password (`Basic`) or an API token (`Bearer`). Nothing in
 * a query or a body signs in. An unknown name, a wrong password, a token that expired or was revoked: one answer.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  type AccessStore,
  type Actor,
  createGuesses,
  type Guesses,
  type Rights,
  rightsOf,
  type SignedIn,
} from '../../../access/index.ts';
import { now } from '../../../encoding/index.ts';
import { PlatformError } from '../../../errors/index.ts';
import { answer } from '../errors.ts';
import type { Services } from '../services.ts';
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
  readonly onError?: ((error: unknown, where: string) => void) | undefined;
}

/** Paths that say nothing about anybody: whether the server lives, and which API it has. */
const openToAll = new Set(['/ok', '/livez', '/healthz', '/readyz', '/health', '/version']);

interface Visit {
  readonly caller: Caller;
  readonly services: Services;
  touched: string | null;
}

/** A gate for a server, whose requests it writes into the audit log. */
export function createGate(app: FastifyInstance, { services, access, onError }: GateOptions): Gate {
  if (access === undefined) return { admit: async () => true, callerOf: () => null, servicesFor: () => services };
  const visits = new WeakMap<FastifyRequest, Visit>();
  const guesses = createGuesses();
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
      const found = await signIn(request, { access, guesses, audit });
      if ('refused' in found) {
        await refuse(reply, found);
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
  if (!isRight) guesses.wrong(address, name);
  return isRight;
}

interface Refused {
  readonly refused: string;
  /** Seconds until another try is looked at; 0: now. */
  readonly waitSeconds: number;
}

interface Desk {
  readonly access: AccessStore;
  readonly guesses: Guesses;
  readonly audit: AuditWriter;
}

const askToSignIn =
  'You are not authenticated. Sign in with MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or with an API token in MLFLOW_TRACKING_TOKEN.';
const wrong = 'The user name, password or token is wrong, has expired or was revoked.';

async function signIn(request: FastifyRequest, { access, guesses, audit }: Desk): Promise<SignedIn | Refused> {
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
  guesses.wrong(request.ip, name);
  // A name that nobody has may be a password in the wrong place.
  const known = name === '' ? null : await access.findUser(name);
  const resource = known === null ? null : `user ${known.name}`;
  audit.add({
    ...{ atMs: now(), user: null, token: null, address: request.ip },
    ...{ action: 'sign in', resource, status: 401 },
  });
  return { refused: wrong, waitSeconds: 0 };
}

function tooMany(waitSeconds: number): string {
  return `Too many wrong tries from this address; try again in ${waitSeconds} seconds.`;
}

async function lookUp(credentials: Credentials, access: AccessStore): Promise<SignedIn | null> {
  if (credentials.kind === 'basic') return await access.byPassword(credentials.name, credentials.password);
  return await access.byToken(credentials.token);
}

async function refuse(reply: FastifyReply, { refused, waitSeconds }: Refused): Promise<void> {
  reply.header('www-authenticate', 'Basic realm="mlflow", charset="UTF-8"');
  if (waitSeconds > 0) reply.header('retry-after', waitSeconds);
  await reply.code(401).send(answer(401, 'UNAUTHENTICATED', refused).body);
}
