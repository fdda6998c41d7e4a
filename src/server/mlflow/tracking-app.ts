import { timingSafeEqual } from 'node:crypto';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { AccessStore, Guesses, ProviderSettings } from '../../access/index.ts';
import { secureRandomBytes } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type AttemptCounts, createAttemptCounts, strictPolicy, type WebhookPolicy } from '../webhooks/index.ts';
import { createGate } from './access/gate.ts';
import { permissionRoutes } from './access/permission-routes.ts';
import { roleRoutes } from './access/role-routes.ts';
import { tokenRoutes } from './access/token-routes.ts';
import { userRoutes } from './access/user-routes.ts';
import { approvalRoutes } from './approvals.ts';
import { artifactListRoutes } from './artifacts/artifact-lists.ts';
import { serveArtifacts } from './artifacts/artifact-routes.ts';
import { createTransferLinks, isSignedRoute } from './artifacts/transfer-links.ts';
import { closeWhenAnswered } from './close-when-answered.ts';
import { answer, errorAnswer } from './errors.ts';
import { experimentRoutes } from './experiments.ts';
import { frontPage } from './front-page.ts';
import { serveGraphql } from './graphql/serve-graphql.ts';
import { type GuardOptions, refusal } from './guards.ts';
import { historyRoutes } from './histories.ts';
import { connectionLimits, refuseConnection } from './limits.ts';
import { loggedModelRoutes } from './logged-models.ts';
import { loggingRoutes } from './logging.ts';
import { modelVersionRoutes } from './model-versions.ts';
import { openApiDocument } from './openapi/document.ts';
import { protectionRoutes } from './protections.ts';
import type { MessageLimits } from './read-message.ts';
import { registeredModelRoutes } from './registered-models.ts';
import { requestIdOf } from './request-id.ts';
import { type RequestRecord, recordOf } from './request-log.ts';
import type { Call, Route, RouteName } from './route.ts';
import { serveRoutes } from './rpc.ts';
import { runRoutes } from './runs.ts';
import { createServerStatus, isStatusRoute, type WholeServer } from './server-status.ts';
import type { Services } from './services.ts';
import { serveSignIn } from './sign-in/sign-in-routes.ts';
import { textSearchRoutes } from './text-search.ts';
import { assessmentRoutes } from './traces/assessment-routes.ts';
import { serveSpans } from './traces/otlp-route.ts';
import { traceRoutes } from './traces/trace-routes.ts';
import { traceRoutesV2 } from './traces/trace-routes-v2.ts';
import { serveUi } from './ui/serve-ui.ts';
import type { UiFiles } from './ui/ui-files.ts';
import { serveUiRoutes } from './ui/ui-routes.ts';
import { webhookRoutes } from './webhooks.ts';

/** The version of MLflow's API that is met: what clients are told at `/version`. */
export const apiVersion = '3.17.2';
const defaultUploadIdleMs = 300_000;
const defaultRequestLimit = 1000;

/** What is served, and to whom. */
export interface TrackingAppOptions extends GuardOptions {
  readonly services: Services;
  readonly programVersion: string;
  /** What every request has to bring: `Authorization: Bearer TOKEN`. Left out: nothing. */
  readonly token?: string;
  /** Who may do what. Left out: nobody signs in, and everybody may do everything. */
  readonly access?: AccessStore;
  /** By whom people sign in with a browser; with `access`. Left out: by nobody. */
  readonly provider?: ProviderSettings;
  /** Wrong tries to sign in; servers that answer for one another share them. Default: its own. */
  readonly guesses?: Guesses;
  /** The server that this is a part of. Default: it is the whole. */
  readonly whole?: WholeServer;
  /** At least 32 random bytes that sign links to bytes; servers that answer for one another share it. Default: its own. */
  readonly transferKey?: Uint8Array;
  /** How long an upload may stand still before its connection is closed. Default: five minutes. */
  readonly uploadIdleMs?: number;
  /** How long the headers of a request may take. Default: 15 seconds. */
  readonly headerTimeoutMs?: number;
  /** How bodies of messages are limited beside the size of each. Default: a minute each, 256 MiB together. */
  readonly messageLimits?: MessageLimits;
  /** How many requests may be under way; the next is answered with 503. Default 1,000. */
  readonly requestLimit?: number;
  /** Whom webhooks may reach. Default: public addresses, by https. */
  readonly webhookPolicy?: WebhookPolicy;
  /** What whoever sends to webhooks counts, for `/metrics`. */
  readonly webhookAttempts?: AttemptCounts;
  /** The web interface that stands at `/`. Default: a page that says what this is. */
  readonly ui?: UiFiles;
  /** Hears of every request that was answered. */
  readonly onAnswer?: (answer: RequestRecord) => void;
  /** Hears of errors that are nobody's fault but the server's. */
  readonly onError?: (error: unknown, requestId: string) => void;
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
  ...traceRoutes,
  ...traceRoutesV2,
  ...assessmentRoutes,
  ...userRoutes,
  ...permissionRoutes,
  ...roleRoutes,
  ...tokenRoutes,
  ...textSearchRoutes,
  ...protectionRoutes,
  ...approvalRoutes,
];

/** The server of experiments and runs for MLflow clients; it listens nowhere yet. */
export function createTrackingApp(options: TrackingAppOptions): FastifyInstance {
  const app = fastify({
    forceCloseConnections: 'idle',
    // What is asked while the server ends is still answered; the answer closes its connection.
    return503OnClosing: false,
    ...connectionLimits(options.headerTimeoutMs),
    clientErrorHandler: refuseConnection,
    genReqId: (request) => requestIdOf(request.headers),
    routerOptions: { maxParamLength: 2048, ignoreTrailingSlash: true },
  });
  // Bodies of paths that nobody serves are not read.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, body, done) => {
    body.resume();
    done(null);
  });
  const status = createServerStatus(
    { version: options.programVersion, mlflowApiVersion: apiVersion },
    { webhooks: options.services.webhooks, attempts: (options.webhookAttempts ?? createAttemptCounts()).counts },
    options.whole,
  );
  closeWhenAnswered(app);
  status.serve(app);
  const gate = createGate(app, options);
  const guarded = knownAs(options);
  app.addHook('onRequest', async (request, reply) => {
    const { host, origin } = request.headers;
    const why = refusal({ method: request.method, host, origin }, guarded);
    reply.header('x-request-id', request.id);
    if (status.requestsInFlight() > (options.requestLimit ?? defaultRequestLimit) && !isStatusRoute(request))
      throw overloaded();
    if (why !== null) return await reply.code(403).type('text/plain').send(why);
    if (!isSignedRoute(request) && !isAllowed(request.headers.authorization, options.token))
      return await reply.code(401).send(answer(401, 'UNAUTHENTICATED', 'The token is missing or wrong.').body);
    if (!isSignedRoute(request) && !(await gate.admit(request, reply))) return reply;
  });
  app.addHook('onResponse', async (request, reply) => {
    options.onAnswer?.(recordOf(request, reply, gate.callerOf(request)?.actor ?? null));
  });
  answerErrors(app, options);
  greetings(app, options.programVersion);
  const { access, provider: settings, onError } = options;
  if (access !== undefined && settings !== undefined) serveSignIn(app, { settings, access, gate, onError });
  if (options.ui === undefined) serveFrontPage(app, options.programVersion);
  else serveUi(app, options.ui);
  const links = createTransferLinks(options.transferKey ?? secureRandomBytes(32));
  const { webhookPolicy = strictPolicy, uploadIdleMs = defaultUploadIdleMs, messageLimits: limits } = options;
  const { servicesFor } = gate;
  serveArtifacts(app, { links, uploadIdleMs, limits, linked: options.services.artifacts, servicesFor });
  serveSpans(app, { tracesFor: (request) => servicesFor(request).traces, limits });
  const callOf = (request: FastifyRequest): Call => {
    const caller = gate.callerOf(request);
    return { ...servicesFor(request), caller, user: caller?.user.name ?? null, webhookPolicy };
  };
  serveRoutes(app, mlflowRoutes, { callOf, limits });
  serveUiRoutes(app);
  serveGraphql(app, {
    limits,
    askFor: (request) => async (endpoint, fields) => await routeNamed(endpoint).answer(fields, callOf(request)),
    onError: (error, { id }) => options.onError?.(error, id),
  });
  return app;
}

/** A server that browsers reach by an address of its own is called so, whatever a proxy in front makes of it. */
function knownAs({ allowedHosts, allowedOrigins, provider }: TrackingAppOptions): GuardOptions {
  if (provider === undefined) return { allowedHosts, allowedOrigins };
  const { address } = provider;
  return {
    allowedHosts: [...allowedHosts, new URL(address).host],
    allowedOrigins: [...allowedOrigins, address],
  };
}

/** The endpoint of a name that is written here, not sent. */
function routeNamed(name: RouteName): Route {
  return mlflowRoutes.find(({ method, path }) => `${method} ${path}` === name)!;
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

function serveFrontPage(app: FastifyInstance, programVersion: string): void {
  app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(frontPage(programVersion)));
}

/** What clients ask before all else. */
function greetings(app: FastifyInstance, programVersion: string): void {
  app.get('/health', (_request, reply) => reply.type('text/plain').send('OK'));
  app.get('/openapi.json', () => openApiDocument(mlflowRoutes, { programVersion, apiVersion }));
  app.get('/version', (_request, reply) => reply.type('text/plain').send(apiVersion));
  for (const root of ['/api', '/ajax-api']) {
    app.get(`${root}/3.0/mlflow/server-info`, () => ({
      store_type: 'SqlStore',
      workspaces_enabled: false,
      // The web interface leaves out what leads to a gateway.
      features_enabled: { gateway: false },
    }));
  }
}
