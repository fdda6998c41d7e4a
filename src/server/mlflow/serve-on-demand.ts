/**
 * A tracking server that costs next to nothing until somebody asks: a socket listens, and with the first connection the
 * server behind it is loaded and opened. For steps, most of which never log to a tracker.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TrackingAppOptions } from './tracking-app.ts';

/** What is served once somebody asks. */
export interface OnDemandOptions extends Omit<TrackingAppOptions, 'services'> {
  /** What every request has to bring: `Authorization: Bearer TOKEN`. */
  readonly token: string;
  /** Opens what is served; called once, with the first connection. */
  readonly open: () => Promise<TrackingAppOptions['services']>;
}

/** A server on 127.0.0.1 and a port of its own. */
export interface OnDemandServer {
  readonly url: string;
  /** Takes no more requests and lets those under way end. */
  close(): Promise<void>;
}

/** 501, because clients try every other status of a server's fault again for minutes. */
const cannotOpen = rawAnswer('501 Not Implemented', {
  error_code: 'NOT_IMPLEMENTED',
  message: 'The tracker of this run cannot be opened; the run says why.',
});

function rawAnswer(status: string, body: object): string {
  const text = JSON.stringify(body);
  const headers = ['content-type: application/json', `content-length: ${Buffer.byteLength(text)}`, 'connection: close'];
  return [`HTTP/1.1 ${status}`, ...headers, '', text].join('\r\n');
}

type Behind = Awaited<ReturnType<typeof load>>;

/** What is under way when the run has ended; whoever takes longer than that to ask or to read is not a step of it. */
const endMs = 10_000;

/** Listens, and loads the rest with the first connection. */
export async function serveOnDemand(options: OnDemandOptions): Promise<OnDemandServer> {
  let behind: Promise<Behind> | null = null;
  const sockets = new Set<Socket>();
  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    behind ??= load(options);
    behind.then(
      (app) => app.take(socket),
      (error: unknown) => {
        options.onError?.(error, 'start');
        socket.resume().end(cannotOpen);
      },
    );
  });
  listener.listen({ host: '127.0.0.1', port: 0 });
  await once(listener, 'listening');
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    close: async () => {
      listener.close();
      const app = await behind?.catch(() => null);
      if (app) await endOf(app, sockets);
      hangUp(sockets);
    },
  };
}

async function endOf(app: Behind, sockets: ReadonlySet<Socket>): Promise<void> {
  const patience = setTimeout(() => hangUp(sockets), endMs);
  await app.close().finally(() => clearTimeout(patience));
}

function hangUp(sockets: ReadonlySet<Socket>): void {
  for (const socket of sockets) socket.destroy();
}

async function load(options: OnDemandOptions) {
  const [{ serveConnections }, services] = await Promise.all([import('./serve-connections.ts'), options.open()]);
  return await serveConnections({ ...options, services });
}
