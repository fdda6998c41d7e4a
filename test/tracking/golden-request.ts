/* Requests of test/golden/tracking, sent to a server of ours, and its answers in the form in which they are kept there. */
import { request } from 'node:http';

/** A request with the answer of MLflow's own server. */
export interface GoldenRequest {
  /** `POST /api/2.0/mlflow/runs/create`. */
  readonly request: string;
  readonly query?: readonly (readonly [string, string])[];
  readonly body?: unknown;
  /** A body as it is sent. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Symbols for parts of the answer, by path. */
  readonly keep?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly answer: Readonly<Record<string, unknown>>;
  /** Where that answer is not ours: what is, and why. Without an answer any will do; what an answer does not hold is not compared. */
  readonly ours?: {
    readonly status?: number;
    readonly answer?: Readonly<Record<string, unknown>>;
    readonly reason: string;
  };
}

type Symbols = ReadonlyMap<string, unknown>;

/** A request with its symbols replaced. */
export function fill(value: unknown, symbols: Symbols): unknown {
  if (typeof value === 'string') return fillText(value, symbols);
  if (Array.isArray(value)) return value.map((one) => fill(one, symbols));
  if (typeof value !== 'object' || value === null) return value;
  if ('$repeat' in value) {
    const { $repeat, $of } = value as unknown as { $repeat: number; $of: unknown };
    return Array.from({ length: $repeat }, (_, i) => fill($of, new Map([...symbols, ['i', i]])));
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [fillText(name, symbols), fill(one, symbols)] as const),
  );
}

function fillText(text: string, symbols: Symbols): string {
  const long = text.replaceAll(/\$\{(.)\*(\d+)\}/gu, (_all, letter: string, count: string) =>
    letter.repeat(Number(count)),
  );
  return long.replaceAll(/\$\{(\w+)\}/g, (_all, name: string) => String(symbols.get(name)));
}

/** Asks one of them. @returns the status and the text of the answer */
export async function ask(
  root: string,
  one: GoldenRequest,
  symbols: Symbols,
): Promise<{ status: number; text: string }> {
  const [method, path] = one.request.split(/ (.*)/s) as [string, string];
  const query = new URLSearchParams(
    (one.query ?? []).map((pair) => fill(pair, symbols) as [string, string]),
  ).toString();
  const url = `${root}${fill(path, symbols)}${query === '' ? '' : `?${query}`}`;
  return await send({
    url,
    method,
    headers: fill(one.headers ?? { 'content-type': 'application/json' }, symbols) as Record<string, string>,
    body: bodyOf(one, symbols),
  });
}

function bodyOf(one: GoldenRequest, symbols: Symbols): string | undefined {
  if (one.text !== undefined) return fillText(one.text, symbols);
  return one.body === undefined ? undefined : JSON.stringify(fill(one.body, symbols));
}

async function send(one: {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}): Promise<{ status: number; text: string }> {
  const body = one.body === undefined ? undefined : Buffer.from(one.body);
  const headers = body === undefined ? one.headers : { ...one.headers, 'content-length': String(body.length) };
  return await new Promise((resolve, reject) => {
    const sent = request(one.url, { method: one.method, headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => resolve({ status: answer.statusCode!, text: Buffer.concat(parts).toString('utf8') }));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
