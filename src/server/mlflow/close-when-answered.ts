import type { FastifyInstance, FastifyReply } from 'fastify';

const lookEveryMs = 100;

/** When the server ends, no connection is kept for a next request: each is closed with the answer that is under way. */
export function closeWhenAnswered(app: FastifyInstance): void {
  const underWay = new Set<FastifyReply>();
  app.addHook('onRequest', async (_request, reply) => {
    underWay.add(reply);
    reply.raw.once('close', () => underWay.delete(reply));
  });
  app.addHook('preClose', async () => {
    for (const reply of underWay) if (!reply.raw.headersSent) reply.header('connection', 'close');
    // Those whose answer had begun already.
    const looking = setInterval(() => app.server.closeIdleConnections(), lookEveryMs);
    looking.unref();
    app.server.once('close', () => clearInterval(looking));
  });
}
