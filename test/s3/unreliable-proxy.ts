/* What may lie between a store and its user: passes requests on, and does with some of them what a test says. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to a request. */
export type Trouble =
  /** Answered with an error of S3 without being passed on. */
  | { readonly answer: number; readonly code: string; readonly headers?: Readonly<Record<string, string>> }
  /** The connection is lost: before it is passed on, before its answer, or after so many bytes of its answer. */
  | { readonly lose: 'request' | 'answer' | number }
  /** The answer has one bit of its first byte changed. */
  | { readonly flip: true }
  /** The answer says that it is shorter than it is, by so many bytes, and ends there. */
  | { readonly shorten: number }
  /** It is passed on, and what lies between answers with this status in place of the server. */
  | { readonly instead: number }
  /** It is passed on without a header, as by a store that does not know it. */
  | { readonly without: string }
  /** Nothing is ever answered, and the connection stays. */
  | { readonly hang: true };

/** A proxy, and what it was asked. */
export interface UnreliableProxy {
  readonly url: string;
  /** Method and path of every request, in the order in which they came. */
  readonly seen: string[];
  /** Says what happens to requests; undefined lets them pass. */
  trouble: (method: string, path: string, headers: IncomingHttpHeaders) => Trouble | undefined;
  /** How many requests the server has not answered yet, of the living and of the dead. */
  underWay: number;
  close(): Promise<void>;
}

/** Starts one before a server. */
export async function startUnreliableProxy(target: string): Promise<UnreliableProxy> {
  const proxy = { seen: [] as string[], underWay: 0, trouble: (() => undefined) as UnreliableProxy['trouble'] };
  const server = createServer((incoming, outgoing) => {
    proxy.seen.push(`${incoming.method} ${incoming.url}`);
    pass({ incoming, outgoing, target, proxy }, proxy.trouble(incoming.method!, incoming.url!, incoming.headers));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly target: string;
  readonly proxy: { underWay: number };
}

function pass({ incoming, outgoing, target, proxy }: Exchange, trouble: Trouble | undefined): void {
  if (trouble !== undefined && 'lose' in trouble && trouble.lose === 'request') {
    incoming.once('data', () => incoming.socket.destroy());
    incoming.once('end', () => incoming.socket.destroy());
    return;
  }
  if (trouble !== undefined && 'answer' in trouble) {
    incoming.resume();
    incoming.once('end', () => {
      outgoing.writeHead(trouble.answer, { 'content-type': 'application/xml', ...trouble.headers });
      outgoing.end(`<Error><Code>${trouble.code}</Code><Message>as the test says</Message></Error>`);
    });
    return;
  }
  if (trouble !== undefined && 'hang' in trouble) return void incoming.resume();
  const { method } = incoming;
  const headers = { ...incoming.headers };
  if (trouble !== undefined && 'without' in trouble) delete headers[trouble.without];
  // Taken as they came, letter by letter: the path is signed.
  const { hostname: host, port } = new URL(target);
  const sent = request({ host, port, path: incoming.url!, method, headers, agent: false }, (answered) => {
    void answer(answered, outgoing, trouble);
  });
  proxy.underWay++;
  sent.on('close', () => proxy.underWay--);
  sent.on('error', () => outgoing.destroy());
  // Who died within a request does not end it.
  incoming.on('close', () => incoming.complete || sent.destroy());
  incoming.pipe(sent);
}

async function answer(
  answered: IncomingMessage,
  outgoing: ServerResponse,
  trouble: Trouble | undefined,
): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of answered as AsyncIterable<Buffer>) parts.push(part);
  let body: Buffer = Buffer.concat(parts);
  const lost = trouble !== undefined && 'lose' in trouble ? trouble.lose : null;
  if (trouble !== undefined && 'instead' in trouble) return void outgoing.writeHead(trouble.instead).end();
  if (lost === 'answer') return void outgoing.socket!.destroy();
  if (trouble !== undefined && 'flip' in trouble) body[0]! ^= 1;
  const headers: Record<string, string | string[] | undefined> = { ...answered.headers, connection: 'close' };
  if (trouble !== undefined && 'shorten' in trouble) {
    body = body.subarray(0, body.length - trouble.shorten);
    headers['content-length'] = String(body.length);
  }
  outgoing.writeHead(answered.statusCode!, headers);
  if (typeof lost !== 'number') return void outgoing.end(body);
  outgoing.write(body.subarray(0, lost), () => outgoing.socket!.destroy());
}
