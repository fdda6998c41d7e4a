import fastify, { type FastifyInstance } from 'fastify';
import { PlatformError } from '../../errors/index.ts';
import { openService, type Service, type ServiceOptions } from '../../serving/index.ts';
import { errorAnswer } from './errors.ts';
import { openInferenceRoutes, scoringRoutes } from './routes.ts';
import { statusRoutes } from './status.ts';

const defaultBodyBytes = 16 * 1024 * 1024;
const requestTimeoutMs = 60_000;

/** What is served, and where. */
export interface ServerOptions extends ServiceOptions {
  /** Default 127.0.0.1: this machine alone. */
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly programVersion?: string;
  readonly bodyLimitBytes?: number;
  /** Hears of errors that are nobody's fault but the server's. */
  readonly onError?: (error: unknown) => void;
}

/** A server that answers. */
export interface RunningServer {
  readonly url: string;
  readonly name: string;
  /** Which form of the model answers. */
  readonly form: 'onnx' | 'original';
  /** Takes no more requests, lets those under way end, and ends the model. */
  close(): Promise<void>;
}

/**
 * Serves one package over HTTP: the Open Inference Protocol, MLflow's `/invocations`, and its own status. Resolves when
 * the model is loaded and requests are answered.
 * @throws PlatformError SERVING_CANNOT_LISTEN, and what opening a package throws
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const service = await openService(options);
  const app = createApp(service, options);
  try {
    const url = await app.listen({ host: options.host ?? '127.0.0.1', port: options.port });
    return {
      url,
      name: service.name,
      form: service.runtime,
      close: async () => {
        await app.close();
        await service.close();
      },
    };
  } catch (cause) {
    await app.close();
    await service.close();
    throw new PlatformError('SERVING_CANNOT_LISTEN', {
      message: `cannot listen at ${options.host ?? '127.0.0.1'}:${options.port}: ${(cause as Error).message}`,
      cause,
    });
  }
}

function createApp(service: Service, options: ServerOptions): FastifyInstance {
  const app = fastify({
    bodyLimit: options.bodyLimitBytes ?? defaultBodyBytes,
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 512 },
  });
  app.removeContentTypeParser('text/plain');
  const version = options.programVersion ?? '0.0.0';
  app.setErrorHandler((error, _request, reply) => {
    const { status, body } = errorAnswer(error);
    if (status >= 500) options.onError?.(error);
    return reply.code(status).send(body);
  });
  app.setNotFoundHandler((request, reply) => {
    const error = new PlatformError('SERVING_UNKNOWN_ROUTE', {
      message: `there is nothing at ${request.method} ${request.url.slice(0, 200)}`,
    });
    return reply.code(404).send(errorAnswer(error).body);
  });
  openInferenceRoutes(app, service, version);
  scoringRoutes(app, service, version);
  statusRoutes(app, service, version);
  return app;
}
