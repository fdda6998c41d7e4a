/** What Node takes by itself, with batches of rows on their way and what the engine keeps outside its own limit. */
const besideEngineBytes = 320 << 20;
const leastEngineBytes = 64 << 20;

/** What a query engine may take of the memory of a program: beyond it, it writes to its temporary folder. At least 64 MiB. */
export function engineShare(limitBytes: number): number {
  return Math.max(leastEngineBytes, Math.floor((limitBytes - besideEngineBytes) * 0.6));
}
