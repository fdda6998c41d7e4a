/** The current time in milliseconds since 1970-01-01 UTC. The one place where the program reads the clock. */
export function now(): number {
  return Date.now();
}

/** Milliseconds since an arbitrary start, with fractions; for measuring how long something took. */
export function monotonicMs(): number {
  return performance.now();
}

/** An instant as ISO 8601 in UTC with milliseconds. @example formatInstant(0) // '1970-01-01T00:00:00.000Z' */
export function formatInstant(atMs: number): string {
  return new Date(atMs).toISOString();
}
