import { isPlatformError, type PlatformError } from '../errors/index.ts';
import type { QueryEngine, QueryOptions } from '../tables/index.ts';
import { ofEachRow } from './column-sql.ts';

/** Into how many parts values are divided by their hash, where there is no room for all of them: each time the rows are read anew. */
const divisions = [16, 256] as const;

/** Which rows are grouped: what follows them in a query, given their values as SQL. Nothing where all of them are. */
export type Partition = (...values: readonly string[]) => string;

/** How rows are grouped by values of which there may be more than fit into memory. */
export interface Grouping {
  /** All of them at once. */
  readonly whole: () => Promise<void>;
  /** Before the first of some partitions: forgets what was found so far. */
  readonly begin: () => Promise<void>;
  /** One partition; no two have a value in common. */
  readonly part: (partition: Partition) => Promise<void>;
}

/**
 * Groups rows: all at once, and where that takes more memory than there is, in partitions.
 * @throws PlatformError TABLE_OUT_OF_MEMORY where even the smallest partition does not fit
 */
export async function inPartitions({ whole, begin, part }: Grouping): Promise<void> {
  let full = await outOfMemory(whole);
  for (const count of divisions) {
    if (full === null) return;
    full = await outOfMemory(async () => {
      await begin();
      for (let at = 0; at < count; at++) await part(partition(at, count));
    });
  }
  if (full !== null) throw full;
}

async function outOfMemory(work: () => Promise<void>): Promise<PlatformError | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (isPlatformError(error) && error.code === 'TABLE_OUT_OF_MEMORY') return error;
    throw error;
  }
}

/** A table of what a query gives, partition by partition where there is no room for all. */
export async function createInPartitions(
  engine: QueryEngine,
  name: string,
  { query, ...options }: QueryOptions & { readonly query: (partition: Partition) => string },
): Promise<void> {
  await inPartitions({
    whole: () => engine.execute(`CREATE TABLE ${name} AS ${query(() => '')}`, options),
    begin: () => engine.execute(`CREATE OR REPLACE TABLE ${name} AS ${query(() => ' WHERE false')}`, options),
    part: (partition) => engine.execute(`INSERT INTO ${name} ${query(partition)}`, options),
  });
}

function partition(at: number, count: number): Partition {
  return (...values) => ` WHERE ${ofEachRow(`hash(${values.join(', ')}) % ${count} = ${at}`)}`;
}
