/* A real server that takes messages of webhooks. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A message as it came. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: {
    readonly entity: string;
    readonly action: string;
    readonly timestamp: string;
    readonly data: unknown;
  };
}

/** Where messages come. */
export interface Receiver {
  readonly port: number;
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly received: readonly Received[];
  /** Statuses of the next answers, in order; 200 when there are none left. */
  readonly statuses: number[];
  /** Resolves once so many messages have come. */
  arrived(count: number): Promise<void>;
  close(): Promise<void>;
}

/** How a receiver answers; left out: with the status alone. */
export type Answer = (message: Received, response: ServerResponse, status: number) => void;

/** Starts one, on a port of its own where none is given. */
export async function startReceiver(
  answer: Answer = (_message, response, status) => {
    response.writeHead(status).end('taken');
  },
  at = 0,
): Promise<Receiver> {
  const received: Received[] = [];
  const statuses: number[] = [];
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString('utf8');
    const message = { path: request.url!, headers: request.headers, text, body: JSON.parse(text) };
    received.push(message);
    answer(message, response, statuses.shift() ?? 200);
    for (const look of waiting) look();
  });
  server.listen(at, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const arrived = async (count: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (received.length >= count) resolve();
    };
    waiting.add(look);
    look();
    await promise;
    waiting.delete(look);
  };
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { port, url: `http://127.0.0.1:${port}`, received, statuses, arrived, close };
}
