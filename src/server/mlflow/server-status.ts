import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { now } from '../../encoding/index.ts';
import type { WebhookStore } from '../../tracking/index.ts';
import type { AttemptCounts } from '../webhooks/index.ts';
import { type MetricFigures, metricsText } from './metric-figures.ts';

/** What the server says of itself: `/ok`, `/varz` (nothing secret), `/metrics` (Prometheus), and Kubernetes' names. */
export interface ServerStatus {
  readonly requestsInFlight: () => number;
  /** Serves it, and counts every request from then on. */
  serve(app: FastifyInstance): void;
}

/** How one process of a server is. */
export interface ProcessFigures {
  readonly pid: number;
  readonly memoryBytes: number;
  readonly startedAtMs: number;
  readonly requestsInFlight: number;
  readonly metrics: MetricFigures;
}

/** How a server of several processes is. */
export interface WholeFigures {
  /** The process that holds the others together. */
  readonly pid: number;
  /** Its own memory. */
  readonly memoryBytes: number;
  readonly startedAtMs: number;
  /** How many processes were started in place of others that had ended. */
  readonly restarts: number;
  /** All that answer now. */
  readonly workers: readonly ProcessFigures[];
  /** What those had counted that are gone. */
  readonly gone: readonly MetricFigures[];
}

/** The server that a process is a part of. */
export interface WholeServer {
  /** Says how to ask this process how it is. */
  join(figures: () => Promise<ProcessFigures>): void;
  /** Asks all of them. */
  gather(): Promise<WholeFigures>;
}

const alivePaths = ['/ok', '/livez', '/healthz', '/readyz'];
const statusPaths = new Set(['/ok', '/livez', '/healthz', '/varz', '/metrics']);

/** Whether somebody asks how the server is, which it answers however much it has to do. */
export function isStatusRoute({ routeOptions }: FastifyRequest): boolean {
  return statusPaths.has(routeOptions.url ?? '');
}

/** Seconds: from what SQLite answers to what a search over everything takes. */
const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** What is told of webhooks. */
export interface WebhookFigures {
  readonly webhooks: Pick<WebhookStore, 'outbox'>;
  readonly attempts: AttemptCounts['counts'];
}

/** A status of a server that starts now; where that is a part of another, it tells of the whole. */
export function createServerStatus(
  facts: Readonly<Record<string, string>>,
  figures: WebhookFigures,
  whole?: WholeServer,
): ServerStatus {
  const startedAtMs = now();
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const labelNames = ['method', 'route', 'status'];
  const requests = new Counter({
    name: 'mlspec_tracking_requests_total',
    help: 'Requests that were answered.',
    labelNames,
    registers,
  });
  const durations = new Histogram({
    name: 'mlspec_tracking_request_duration_seconds',
    help: 'Seconds until a request was answered.',
    labelNames: ['method', 'route'],
    buckets: durationBuckets,
    registers,
  });
  const inFlight = new Gauge({ name: 'mlspec_tracking_requests_in_flight', help: 'Requests under way.', registers });
  tellOfWebhooks(registers, figures);
  let flying = 0;
  const shortly = () => ({
    ...{ pid: process.pid, memoryBytes: process.memoryUsage.rss(), startedAtMs, requestsInFlight: flying },
  });
  whole?.join(async () => ({ ...shortly(), metrics: await registry.getMetricsAsJSON() }));
  return {
    requestsInFlight: () => flying,
    serve: (app) => {
      app.addHook('onRequest', async (_request, reply) => {
        inFlight.set(++flying);
        // Also where the client went away before its answer.
        reply.raw.once('close', () => inFlight.set(--flying));
      });
      app.addHook('onResponse', async (request, reply) => {
        const named = { method: request.method, route: request.routeOptions.url ?? 'unknown' };
        requests.inc({ ...named, status: String(reply.statusCode) });
        durations.observe(named, reply.elapsedTime / 1000);
      });
      for (const path of alivePaths) app.get(path, (_request, reply) => reply.type('text/plain').send('ok\n'));
      const node = process.version;
      app.get('/varz', async () => {
        const figures = whole === undefined ? shortly() : varzOf(await whole.gather());
        return { ...facts, node, ...figures, uptimeMs: now() - figures.startedAtMs };
      });
      app.get('/metrics', async (_request, reply) => {
        reply.type(registry.contentType);
        if (whole === undefined) return await reply.send(await registry.metrics());
        const { workers, gone } = await whole.gather();
        return await reply.send(await metricsText([...workers.map(({ metrics }) => metrics), ...gone]));
      });
    },
  };
}

/** Sums over the processes, and each of them. */
function varzOf({ workers, gone: _, ...own }: WholeFigures) {
  const sum = (figure: (one: ProcessFigures) => number): number => workers.reduce((all, one) => all + figure(one), 0);
  return {
    ...own,
    memoryBytes: own.memoryBytes + sum(({ memoryBytes }) => memoryBytes),
    requestsInFlight: sum(({ requestsInFlight }) => requestsInFlight),
    workers: workers.map(({ metrics: _metrics, ...one }) => one),
  };
}

/** What waits in the outbox is asked of the database, which all servers share, when somebody looks. */
function tellOfWebhooks(registers: Registry[], { webhooks, attempts }: WebhookFigures): void {
  const waiting = new Gauge({
    name: 'mlspec_webhook_deliveries',
    help: 'Messages of webhooks in the outbox: those that wait to be sent (pending), and those that were given up (dead).',
    labelNames: ['state'],
    registers,
    // Every process of a server asks the same database.
    aggregator: 'first',
    collect: async () => {
      // A database that does not answer takes these figures away, and no others.
      const found = await webhooks.outbox().catch(() => null);
      waiting.reset();
      for (const [state, count] of Object.entries(found ?? {})) waiting.set({ state }, count);
    },
  });
  const sent = new Counter({
    name: 'mlspec_webhook_attempts_total',
    help: 'Attempts of this process at messages of webhooks: delivered, failed, given_up with the last failure; retried counts every attempt but the first.',
    labelNames: ['result'],
    registers,
    collect: () => {
      sent.reset();
      for (const [result, count] of Object.entries(attempts)) sent.inc({ result }, count);
    },
  });
}
