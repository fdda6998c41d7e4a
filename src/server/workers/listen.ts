import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { PlatformError } from '../../errors/index.ts';

/** Where a server listens. */
export interface ListenAddress {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
}

/** A port whose connections somebody takes. */
export interface Listening {
  readonly url: string;
  /** Takes no more; what was accepted is left alone. */
  close(): void;
}

/**
 * Accepts connections without reading from them.
 * @throws PlatformError SERVING_CANNOT_LISTEN
 */
export async function listen(
  { host, port }: ListenAddress,
  onConnection: (socket: Socket) => void,
): Promise<Listening> {
  const servers: Server[] = [];
  const open = async (at: string, on: number): Promise<number> => {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, onConnection);
    server.listen({ host: at, port: on });
    await once(server, 'listening');
    // What a process has too many open files for stays in the queue of the operating system.
    server.on('error', () => undefined);
    servers.push(server);
    return (server.address() as AddressInfo).port;
  };
  try {
    const found = await open(host === 'localhost' ? '127.0.0.1' : host, port);
    // A client may take the one or the other; not every machine has both.
    if (host === 'localhost') await open('::1', found).catch(() => undefined);
    return {
      url: `http://${named(host)}:${found}`,
      close: () => {
        for (const server of servers) server.close();
      },
    };
  } catch (cause) {
    throw new PlatformError('SERVING_CANNOT_LISTEN', {
      message: `cannot listen at ${host}:${port}: ${(cause as Error).message}`,
      cause,
    });
  }
}

/** A host as it stands in an address that reaches it from this machine. */
function named(host: string): string {
  if (host === 'localhost' || host === '0.0.0.0') return '127.0.0.1';
  const reached = host === '::' ? '::1' : host;
  return reached.includes(':') ? `[${reached}]` : reached;
}
