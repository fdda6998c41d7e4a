import type { DuckDBConnection } from '@duckdb/node-api';

const everyMs = 200;

/** Statements after which a connection knows how far its query is; it prints nothing of that. */
export const measureProgress = 'SET enable_progress_bar = true; SET enable_progress_bar_print = false';

/** Tells how far the query of a connection is until the returned function is called. */
export function watchProgress(
  connection: DuckDBConnection,
  tell: ((share: number | null) => void) | undefined,
): () => void {
  if (tell === undefined) return () => undefined;
  const timer = setInterval(() => {
    const { percentage } = connection.progress;
    tell(percentage > 0 ? Math.min(1, percentage / 100) : null);
  }, everyMs);
  return () => clearInterval(timer);
}
