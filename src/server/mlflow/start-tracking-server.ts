import { PlatformError } from '../../errors/index.ts';

import { createTrackingApp, type TrackingAppOptions } from './tracking-app.ts';

/** Where the server listens. */
export interface TrackingServerOptions extends TrackingAppOptions {
  /** Default 127.0.0.1: this machine alone. */
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/** A server that answers. */
export interface RunningTrackingServer {
  readonly url: string;
  /** Takes no more requests and lets those under way end. */
  close(): Promise<void>;
}

/**
 * Serves experiments and runs to MLflow clients. Resolves when requests are answered.
 * @throws PlatformError SERVING_CANNOT_LISTEN
 */
export async function startTrackingServer(options: TrackingServerOptions): Promise<RunningTrackingServer> {
  const app = createTrackingApp(options);
  const host = options.host ?? '127.0.0.1';
  try {
    const url = await app.listen({ host, port: options.port });
    return { url, close: () => app.close() };
  } catch (cause) {
    await app.close();
    throw new PlatformError('SERVING_CANNOT_LISTEN', {
      message: `cannot listen at ${host}:${options.port}: ${(cause as Error).message}`,
      cause,
    });
  }
}
