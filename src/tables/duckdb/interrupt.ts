import type { DuckDBConnection } from '@duckdb/node-api';

const againMs = 20;

/**
 * Ends what a connection does when a signal is given. An interrupt that arrives before the query has begun is lost, so it
 * is repeated until the returned function is called.
 */
export function interruptOnAbort(connection: DuckDBConnection, signal: AbortSignal | undefined): () => void {
  if (signal === undefined) return () => undefined;
  let timer: NodeJS.Timeout | null = null;
  const begin = (): void => {
    connection.interrupt();
    timer ??= setInterval(() => connection.interrupt(), againMs);
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  return () => {
    signal.removeEventListener('abort', begin);
    if (timer !== null) clearInterval(timer);
  };
}

/** A signal that is given where one of two is; none where there is none. */
export function either(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  if (one === undefined || other === undefined || one === other) return one ?? other;
  return AbortSignal.any([one, other]);
}
