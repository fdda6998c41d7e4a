import { connect, type Socket } from 'node:net';

/** A connection to a server on which a test says what it likes. */
export interface RawConnection {
  readonly socket: Socket;
  /** What was answered so far. */
  text(): string;
  /** Resolves to everything that was answered, once the server hangs up. */
  readonly closed: Promise<string>;
}

/** Connects, and says something. */
export function rawConnection(url: string, first: string | Buffer = ''): RawConnection {
  const { hostname, port } = new URL(url);
  const parts: Buffer[] = [];
  const text = (): string => Buffer.concat(parts).toString('latin1');
  const socket = connect({ host: hostname, port: Number(port) });
  const closed = new Promise<string>((resolve) => {
    socket.on('data', (part) => parts.push(part));
    // A server may hang up on bytes that it does not read; what it said before counts.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(text()));
  });
  if (first.length > 0) socket.write(first);
  return { socket, text, closed };
}
