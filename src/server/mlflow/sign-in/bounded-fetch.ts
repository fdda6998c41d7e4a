/** Asks a provider something: ten seconds for all of the answer, a mebibyte of it, and no redirect is followed. */
const timeoutMs = 10_000;
const longestAnswerBytes = 1 << 20;

/** What is asked. */
export interface AskedOfProvider {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: URLSearchParams | null | undefined;
}

/** @throws Error where there is no answer, not in time, or a larger one */
export async function boundedFetch(url: string, { method, headers, body }: AskedOfProvider): Promise<Response> {
  const answer = await fetch(url, {
    ...{ method, headers, body: body ?? null, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) },
  });
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of answer.body ?? []) {
    length += part.length;
    if (length > longestAnswerBytes) throw new Error(`it answers with more than ${longestAnswerBytes} bytes`);
    parts.push(part);
  }
  const { status } = answer;
  return new Response([101, 204, 205, 304].includes(status) ? null : Buffer.concat(parts), {
    ...{ status, headers: answer.headers },
  });
}
