import { statSync } from 'node:fs';
import { join } from 'node:path';
import { createDuckDb, parquetSource, type QueryEngine, quoteLiteral } from '../../src/tables/index.ts';
import { wideColumns } from './suite.ts';

/** The flights of the example: three million, five columns. */
export const allFlights = join(
  import.meta.dirname,
  '..',
  '..',
  'node_modules',
  'vega-datasets',
  'data',
  'flights-3m.parquet',
);

/** How large the tables are. */
export interface TableSizes {
  /** Of at most three million flights. */
  readonly flights: number;
  /** Rows of the table with eighty columns. */
  readonly wide: number;
}

/** Paths of Parquet files, as DuckDB writes them by default. */
export interface BenchTables {
  readonly flights: string;
  /** The flights again, a quarter later and some minutes further delayed. */
  readonly later: string;
  readonly wide: string;
}

/** Writes the tables. */
export async function makeTables(folder: string, sizes: TableSizes): Promise<BenchTables> {
  const at = (name: string): string => join(folder, `${name}.parquet`);
  const tables = { flights: at('flights'), later: at('later'), wide: at('wide') };
  const engine = await createDuckDb({ memoryLimitBytes: 2e9, tempDirectory: folder });
  try {
    const flights = someFlights(sizes.flights);
    await write(engine, `SELECT * FROM ${flights}`, tables.flights);
    await write(
      engine,
      `SELECT date + INTERVAL 90 DAY AS date, CAST(delay + hash(date, origin) % 8 AS BIGINT) AS delay, distance, origin, destination FROM ${flights}`,
      tables.later,
    );
    const columns = wideColumns.map(({ name, sql }) => `${sql} AS ${name}`);
    await write(engine, `SELECT ${columns.join(', ')} FROM range(${sizes.wide}) AS r(i)`, tables.wide);
    return tables;
  } finally {
    await engine.close();
  }
}

/**
 * Writes one file of the flights again and again, each time half a year later: as many rows, and other times in each repetition.
 * @returns how large it is, and how many rows and different times it has
 */
export async function makeLargeTable(
  path: string,
  { flights, repeats }: { readonly flights: number; readonly repeats: number },
): Promise<{ readonly bytes: number; readonly rows: number; readonly times: number }> {
  const engine = await createDuckDb({ memoryLimitBytes: 2e9, tempDirectory: `${path}.temp` });
  try {
    // In order all repetitions of a part of the flights would have to wait for each other.
    await engine.execute('SET preserve_insertion_order = false');
    await write(
      engine,
      `SELECT date + to_days(CAST(181 * r.i AS INTEGER)) AS date, delay, distance, origin, destination FROM range(${repeats}) AS r(i), ${someFlights(flights)} AS f`,
      path,
    );
    const [row] = await engine.rows(`SELECT count(*) AS n, count(DISTINCT date) AS times FROM ${parquetSource(path)}`);
    return { bytes: statSync(path).size, rows: Number(row!['n']), times: Number(row!['times']) };
  } finally {
    await engine.close();
  }
}

function someFlights(count: number): string {
  return `(SELECT * FROM ${parquetSource(allFlights)} LIMIT ${count})`;
}

async function write(engine: QueryEngine, sql: string, path: string): Promise<void> {
  await engine.execute(`COPY (${sql}) TO ${quoteLiteral(path)} (FORMAT parquet)`);
}

/**
 * A bare scan: one statement that takes every value of every column of a file in hand once, a sum of numbers, of lengths, of times.
 * Less would not do: what a file says of itself answers counts and extremes without any reading.
 */
export async function scan(engine: QueryEngine, path: string): Promise<void> {
  const source = parquetSource(path);
  const { fields } = await engine.describe(`SELECT * FROM ${source}`);
  const taken = fields.map(({ name, type }) => {
    if (type === 'string') return `sum(strlen(${name}))`;
    if (type === 'boolean') return `count_if(${name})`;
    return type === 'timestamp' || type === 'date' ? `sum(epoch_us(${name}))` : `sum(${name})`;
  });
  await engine.rows(`SELECT ${taken.map((sql, at) => `${sql} AS a${at}`).join(', ')} FROM ${source}`);
}
