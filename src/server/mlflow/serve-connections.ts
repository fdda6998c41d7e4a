import type { Socket } from 'node:net';
import { createTrackingApp, type TrackingAppOptions } from './tracking-app.ts';

/** A server that listens nowhere: it answers on connections that somebody else accepted. */
export interface ConnectionServer {
  /** Answers what comes on a connection of which nothing was read yet. */
  take(socket: Socket): void;
  /** Answers what is under way, and closes each connection with its answer. */
  close(): Promise<void>;
}

/** Serves experiments and runs to MLflow clients on connections that are handed to it. */
export async function serveConnections(options: TrackingAppOptions): Promise<ConnectionServer> {
  const app = createTrackingApp(options);
  const sockets = new Set<Socket>();
  let onEmpty: (() => void) | null = null;
  // The library waits for connections that it accepted itself; for these nobody else does.
  app.addHook('preClose', async () => {
    app.server.closeIdleConnections();
    if (sockets.size > 0) await new Promise<void>((resolve) => (onEmpty = resolve));
  });
  await app.ready();
  // Looking after slow clients begins with it.
  app.server.emit('listening');
  return {
    take: (socket) => {
      sockets.add(socket);
      socket.once('close', () => {
        sockets.delete(socket);
        if (sockets.size === 0) onEmpty?.();
      });
      // As connections are that a server of HTTP accepts: a client that has said everything still hears the answer.
      socket.allowHalfOpen = true;
      socket.setNoDelay(true);
      app.server.emit('connection', socket);
    },
    close: () => app.close(),
  };
}
