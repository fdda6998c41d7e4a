import { fastify } from 'fastify';
import { PlatformError } from '../../errors/index.ts';
import type { RunEvent } from '../../pipeline/index.ts';
import { createRunMetrics } from './run-metrics.ts';
import { createStatusKeeper } from './run-status.ts';

/** A server that tells how a run stands. */
export interface StatusServer {
  /** `http://127.0.0.1:PORT`. */
  readonly address: string;
  /** To be fed every event of the run. */
  observe(event: RunEvent): void;
  close(): Promise<void>;
}

/**
 * Serves `/ok`, `/varz` and `/metrics` of one run and each of its steps on 127.0.0.1 alone. Names and numbers are told,
 * and nothing that a step printed, was given, or read from the environment.
 * @throws PlatformError STATUS_CANNOT_LISTEN
 */
export async function serveRunStatus(options: {
  /** 0: any free one. */
  readonly port: number;
  readonly version: string;
}): Promise<StatusServer> {
  const keeper = createStatusKeeper();
  const metrics = createRunMetrics(keeper.current);
  const server = fastify({ logger: false, forceCloseConnections: true });
  server.addHook('onRequest', async (request, reply) => {
    // A page of another site that has its name point here must not read this.
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) await reply.code(403).send('');
  });
  server.get('/ok', async (_, reply) => reply.type('text/plain').send('ok\n'));
  server.get('/varz', async () => ({
    version: options.version,
    node: process.version,
    pid: process.pid,
    memoryBytes: process.memoryUsage.rss(),
    ...keeper.current(),
  }));
  server.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  const address = await server.listen({ host: '127.0.0.1', port: options.port }).catch((cause: Error) => {
    throw new PlatformError('STATUS_CANNOT_LISTEN', {
      message: `port ${options.port} of 127.0.0.1 cannot be listened on: ${cause.message}`,
      cause,
    });
  });
  return { address, observe: keeper.observe, close: () => server.close() };
}
