import type { FastifyInstance } from 'fastify';
import { formatInstant, now } from '../../encoding/index.ts';
import type { Service } from '../../serving/index.ts';

/** What the server says of itself: `/ok`, `/varz` (nothing secret), `/metrics` (Prometheus), and Kubernetes' names. */
export function statusRoutes(app: FastifyInstance, service: Service, programVersion: string): void {
  for (const path of ['/ok', '/livez', '/healthz']) app.get(path, () => ({ ok: true }));
  app.get('/readyz', (_request, reply) => {
    const ready = service.keeper.current() !== null;
    reply.code(ready ? 200 : 503);
    return { ready };
  });
  app.get('/varz', () => ({
    program: 'mlspec',
    version: programVersion,
    node: process.version,
    pid: process.pid,
    startedAt: formatInstant(service.startedAtMs),
    uptimeMs: now() - service.startedAtMs,
    memoryBytes: process.memoryUsage.rss(),
    model: {
      name: service.name,
      version: service.version,
      kind: service.facts.kind,
      library: service.facts.library,
      runtime: service.runtime,
      ready: service.keeper.current() !== null,
    },
    limits: service.limits,
    requestsInFlight: service.record.inFlight,
  }));
  app.get('/metrics', async (_request, reply) =>
    reply.type(service.record.contentType).send(await service.record.metrics()),
  );
}
