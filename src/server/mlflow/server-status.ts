import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { now } from '../../encoding/index.ts';

/** What the server says of itself: `/ok`, `/varz` (nothing secret), `/metrics` (Prometheus), and Kubernetes' names. */
export interface ServerStatus {
  readonly requestsInFlight: () => number;
  /** Serves it, and counts every request from then on. */
  serve(app: FastifyInstance): void;
}

const alivePaths = ['/ok', '/livez', '/healthz', '/readyz'];
const statusPaths = new Set(['/ok', '/livez', '/healthz', '/varz', '/metrics']);

/** Whether somebody asks how the server is, which it answers however much it has to do. */
export function isStatusRoute({ routeOptions }: FastifyRequest): boolean {
  return statusPaths.has(routeOptions.url ?? '');
}

/** Seconds: from what SQLite answers to what a search over everything takes. */
const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** A status of a server that starts now. */
export function createServerStatus(facts: Readonly<Record<string, string>>): ServerStatus {
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
  let flying = 0;
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
      app.get('/varz', () => ({
        ...facts,
        node: process.version,
        pid: process.pid,
        memoryBytes: process.memoryUsage.rss(),
        startedAtMs,
        uptimeMs: now() - startedAtMs,
        requestsInFlight: flying,
      }));
      app.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
    },
  };
}
