import { fastify } from 'fastify';
import { PlatformError } from '../../errors/index.ts';

/** Whoever decides what a witness signs. */
export interface WitnessDesk {
  /** Answers the body of a request to `add-checkpoint`. */
  addCheckpoint(body: string): Promise<{ readonly status: number; readonly type: string; readonly body: string }>;
}

/** A witness that answers. */
export interface WitnessServer {
  /** `http://HOST:PORT`, without `/add-checkpoint`. */
  readonly address: string;
  close(): Promise<void>;
}

const longestBody = 1 << 17;

/**
 * Serves a witness over HTTP: `POST /add-checkpoint` and `GET /ok`.
 * @see https://c2sp.org/tlog-witness
 * @throws PlatformError STATUS_CANNOT_LISTEN
 */
export async function serveWitness(
  witness: WitnessDesk,
  at: { readonly host: string; readonly port: number },
): Promise<WitnessServer> {
  const server = fastify({ logger: false, forceCloseConnections: true, bodyLimit: longestBody });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_, body, done) => done(null, body));
  server.get('/ok', async (_, reply) => reply.type('text/plain').send('ok\n'));
  server.post('/add-checkpoint', async (request, reply) => {
    const answer = await witness.addCheckpoint(typeof request.body === 'string' ? request.body : '');
    return reply.code(answer.status).type(answer.type).send(answer.body);
  });
  const address = await server.listen(at).catch((cause: Error) => {
    throw new PlatformError('STATUS_CANNOT_LISTEN', {
      message: `port ${at.port} of ${at.host} cannot be listened on: ${cause.message}`,
      cause,
    });
  });
  return { address, close: () => server.close() };
}
