import { Agent, request } from 'node:http';

/** Calls to one server over connections that stay open, as every client of MLflow makes them. */
export interface TrackingClient {
  readonly url: string;
  /** The body of the answer, read to its end. @throws Error for any status but 200 */
  get(path: string): Promise<string>;
  post(path: string, body: object | string): Promise<string>;
  close(): void;
}

/** A client with at most so many calls at a time; paths are below `/api/2.0/`. */
export function openClient(url: string, connections: number): TrackingClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const call = (method: string, path: string, body: string | null): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers =
        body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const sent = request(`${url}/api/2.0/${path}`, { agent, method, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 500)}`));
        });
      });
      sent.once('error', reject);
      sent.end(body ?? undefined);
    });
  return {
    url,
    get: (path) => call('GET', path, null),
    post: (path, body) => call('POST', path, typeof body === 'string' ? body : JSON.stringify(body)),
    close: () => agent.destroy(),
  };
}
