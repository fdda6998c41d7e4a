/* What a test has to know of the processes of a `mlspec server --workers n`. */
import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import type { ServerProcess } from './server-process.ts';

/** What `/varz` says of several processes. */
export interface WorkersVarz {
  readonly pid: number;
  readonly restarts: number;
  readonly requestsInFlight: number;
  readonly workers: readonly { readonly pid: number; readonly requestsInFlight: number }[];
}

/** How a server of workers is. @param headers what signs in */
export async function workersVarz(url: string, headers: FreshRequest['headers'] = {}): Promise<WorkersVarz> {
  const { status, text } = await askAnew(`${url}/varz`, { headers });
  if (status !== 200) throw new Error(`/varz: ${status} ${text}`);
  return JSON.parse(text) as WorkersVarz;
}

/** The processes that answer at a server. Asked again where the one that was asked is killed meanwhile. */
export async function workersOf(url: string, headers: FreshRequest['headers'] = {}): Promise<number[]> {
  for (let tries = 0; ; tries++) {
    try {
      return (await workersVarz(url, headers)).workers.map(({ pid }) => pid);
    } catch (error) {
      if (tries >= 20) throw error;
    }
  }
}

/** An answer. */
export interface FreshAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
}

/** One request. */
export interface FreshRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object | string;
}

/** Asks on a connection of its own, which goes to the next worker. */
export async function askAnew(url: string, { method, headers, body }: FreshRequest = {}): Promise<FreshAnswer> {
  const isJson = typeof body === 'object';
  const text = isJson ? JSON.stringify(body) : body;
  const asked = request(url, {
    agent: false,
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(isJson ? { 'content-type': 'application/json' } : {}),
      ...(text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) }),
      ...headers,
    },
  });
  asked.end(text);
  const [answer] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
  let said = '';
  for await (const part of answer.setEncoding('utf8')) said += part;
  return { status: answer.statusCode!, text: said, headers: answer.headers };
}

let questions = 0;

/**
 * Asks the same until every worker has answered. The log, which has to be on standard error as JSON, says who did.
 * @returns the first answer of each, by process
 */
export async function askEveryWorker(
  server: ServerProcess,
  path: string,
  { pids, ...asked }: FreshRequest & { readonly pids?: readonly number[] } = {},
): Promise<ReadonlyMap<number, FreshAnswer>> {
  const all = new Set(pids ?? (await workersOf(server.url)));
  const answers = new Map<number, FreshAnswer>();
  for (let tries = 0; [...all].some((pid) => !answers.has(pid)); tries++) {
    if (tries > 50 * all.size) throw new Error(`${[...answers.keys()]} of ${[...all]} answered`);
    const id = `question-${++questions}`;
    const answer = await askAnew(server.url + path, { ...asked, headers: { ...asked.headers, 'x-request-id': id } });
    const pid = await answeredBy(server, id);
    if (!answers.has(pid)) answers.set(pid, answer);
  }
  return answers;
}

/** The process that answered a request, as the log says. */
async function answeredBy(server: ServerProcess, id: string): Promise<number> {
  for (;;) {
    const line = server
      .log()
      .split('\n')
      .find((one) => one.includes(`"requestId":"${id}"`) && one.endsWith('}'));
    if (line !== undefined) return (JSON.parse(line) as { pid: number }).pid;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
