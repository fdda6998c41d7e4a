import { timingSafeEqual } from 'node:crypto';
import fastify, { type FastifyInstance } from 'fastify';
import { newId, secureRandomBytes } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { strictPolicy, type WebhookPolicy } from '../webhooks/index.ts';
import { artifactListRoutes } from './artifacts/artifact-lists.ts';
import { serveArtifacts } from './artifacts/artifact-routes.ts';
import { createTransferLinks, isSignedRoute } from './artifacts/transfer-links.ts';
import { answer, errorAnswer } from './errors.ts';
import { experimentRoutes } from './experiments.ts';
import { frontPage } from './front-page.ts';
import { type GuardOptions, refusal } from './guards.ts';
import { historyRoutes } from './histories.ts';
import { loggedModelRoutes } from './logged-models.ts';
import { loggingRoutes } from './logging.ts';
import { modelVersionRoutes } from './model-versions.ts';
import { registeredModelRoutes } from './registered-models.ts';
import type { Route } from './route.ts';
import { serveRoutes } from './rpc.ts';
import { runRoutes } from './runs.ts';
import { createServerStatus } from './server-status.ts';
import type { Services } from './services.ts';
import { webhookRoutes } from './webhooks.ts';

/** The version of MLflow's API that is met: what clients are told at `/version`. */
export const apiVersion = '3.17.2';
/** Longer than the pauses of clients that log. */
const keepAliveTimeoutMs = 75_000;
const defaultUploadIdleMs = 300_000;
const defaultRequestLimit = 1000;

/** What is served, and to whom. */
export interface TrackingAppOptions extends GuardOptions {
  readonly services: Services;
  readonly programVersion: string;
  /** What every request has to bring: `Authorization: Bearer TOKEN`. Left out: nothing. */
  readonly token?: string;
  /** At least 32 random bytes that sign links to bytes; servers that answer for one another share it. Default: its own. */
  readonly transferKey?: Uint8Array;
  /** How long an upload may stand still before its connection is closed. Default: five minutes. */
  readonly uploadIdleMs?: number;
  /** How many requests may be under way; the next is answered with 503. Default 1,000. */
  readonly requestLimit?: number;
  /** Whom webhooks may reach. Default: public addresses, by https. */
  readonly webhookPolicy?: WebhookPolicy;
  /** Hears of every request that was answered. */
  readonly onAnswer?: (answer: RequestRecord) => void;
  /** Hears of errors that are nobody's fault but the server's. */
  readonly onError?: (error: unknown, requestId: string) => void;
}

/** One answered request. */
export interface RequestRecord {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
}

/** Every endpoint of the MLflow REST API that is served. */
export const mlflowRoutes: readonly Route[] = [
  ...experimentRoutes,
  ...runRoutes,
  ...loggingRoutes,
  ...historyRoutes,
  ...loggedModelRoutes,
  ...registeredModelRoutes,
  ...modelVersionRoutes,
  ...artifactListRoutes,
  ...webhookRoutes,
];

/** The server of experiments and runs for MLflow clients; it listens nowhere yet. */
export function createTrackingApp(options: TrackingAppOptions): FastifyInstance {
  const app = fastify({
    forceCloseConnections: 'idle',
    keepAliveTimeout: keepAliveTimeoutMs,
    genReqId: () => newId('req'),
    routerOptions: { maxParamLength: 2048, ignoreTrailingSlash: true },
  });
  // Bodies of paths that nobody serves are not read.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, body, done) => {
    body.resume();
    done(null);
  });
  const status = createServerStatus({ version: options.programVersion, mlflowApiVersion: apiVersion });
  status.serve(app);
  app.addHook('onRequest', async (request, reply) => {
    if (status.requestsInFlight() > (options.requestLimit ?? defaultRequestLimit)) throw overloaded();
    const { host, origin } = request.headers;
    const why = refusal({ method: request.method, host, origin }, options);
    reply.header('x-request-id', request.id);
    if (why !== null) return await reply.code(403).type('text/plain').send(why);
    if (!isSignedRoute(request) && !isAllowed(request.headers.authorization, options.token))
      return await reply.code(401).send(answer(401, 'UNAUTHENTICATED', 'The token is missing or wrong.').body);
  });
  app.addHook('onResponse', async (request, reply) => {
    options.onAnswer?.({
      id: request.id,
      method: request.method,
      path: request.url.split('?')[0]!,
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
    });
  });
  answerErrors(app, options);
  greetings(app, options.programVersion);
  const links = createTransferLinks(options.transferKey ?? secureRandomBytes(32));
  serveArtifacts(app, { ...options.services, links, uploadIdleMs: options.uploadIdleMs ?? defaultUploadIdleMs });
  const { webhookPolicy = strictPolicy } = options;
  serveRoutes(app, mlflowRoutes, () => ({ ...options.services, user: null, webhookPolicy }));
  return app;
}

function overloaded(): PlatformError {
  return new PlatformError('SERVER_OVERLOADED', {
    message: 'the server has more requests under way than it takes on; try again in a moment',
  });
}

/** Compared in a time that does not depend on how much of it is right. */
function isAllowed(authorization: string | undefined, token: string | undefined): boolean {
  if (token === undefined) return true;
  const [given, wanted] = [Buffer.from(authorization ?? ''), Buffer.from(`Bearer ${token}`)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function answerErrors(app: FastifyInstance, options: TrackingAppOptions): void {
  app.setErrorHandler(async (error, request, reply) => {
    const { status, body, retryAfter } = errorAnswer(error);
    if (status >= 500) options.onError?.(error, request.id);
    if (retryAfter !== null) reply.header('retry-after', retryAfter);
    return await reply.code(status).send(body);
  });
  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?')[0]!.slice(0, 200);
    return await reply
      .code(404)
      .send(answer(404, 'ENDPOINT_NOT_FOUND', `There is no endpoint ${request.method} ${path}.`).body);
  });
}

/** What clients ask before all else. */
function greetings(app: FastifyInstance, programVersion: string): void {
  app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(frontPage(programVersion)));
  app.get('/health', (_request, reply) => reply.type('text/plain').send('OK'));
  app.get('/version', (_request, reply) => reply.type('text/plain').send(apiVersion));
  for (const root of ['/api', '/ajax-api']) {
    app.get(`${root}/3.0/mlflow/server-info`, () => ({ store_type: 'SqlStore', workspaces_enabled: false }));
  }
}
