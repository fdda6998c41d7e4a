import type { Batch, TableSchema } from './table.ts';

/** A cell of a row that was read as a plain value. Integers beyond 2^53 come as bigint. */
export type Cell = null | boolean | number | bigint | string;

/** What may stop a query, and how much of it is handed out at a time. */
export interface QueryOptions {
  readonly signal?: AbortSignal;
  /** Rows of a batch, at most; default 65,536. */
  readonly batchRows?: number;
}

/** How a Parquet file is written. */
export interface ParquetOptions extends QueryOptions {
  /**
   * A group of rows also ends where it takes so many bytes in memory, beside 122,880 rows: what writing takes is a few times that, however wide
   * rows are. For queries whose rows come one after the other, as those of a POSITIONAL JOIN; others would lose their order.
   */
  readonly groupBytes?: number;
}

/**
 * The port of engines that answer SQL over tables and files.
 *
 * Promises of every adapter: a query is one SELECT and changes nothing; equal rows give equal Parquet bytes whatever the
 * number of threads, as long as the query orders its rows or keeps the order of its input; an error names what is wrong
 * with the query or file (`details` has file, line and column where known) and never the engine's own place. A query text
 * ends without a semicolon. Every method may throw TABLE_QUERY_FAILED,
 * TABLE_FILE_UNREADABLE, TABLE_FILE_NOT_ALLOWED, TABLE_OUT_OF_MEMORY, TABLE_DISK_FULL and CANCELED.
 */
export interface QueryEngine {
  /**
   * The columns of a query's result.
   * @throws PlatformError TABLE_UNSUPPORTED_TYPE for nested types and blobs; TABLE_DUPLICATE_COLUMN for two names that
   * are equal or differ in case alone
   */
  describe(sql: string): Promise<TableSchema>;
  /** The result of a query in batches. @throws PlatformError TABLE_INTEGER_TOO_LARGE, TABLE_INFINITE_TIME */
  batches(sql: string, options?: QueryOptions): AsyncIterable<Batch>;
  /** The whole result as rows; for small results. Dates and timestamps come as ISO texts. */
  rows(sql: string, options?: QueryOptions): Promise<Record<string, Cell>[]>;
  /** Runs statements that prepare the engine: views, settings. Never a user's text. */
  execute(sql: string, options?: QueryOptions): Promise<void>;
  /** Writes the result of a query to a Parquet file. */
  writeParquet(sql: string, path: string, options?: ParquetOptions): Promise<{ rowCount: number }>;
  /** Writes batches to a Parquet file. */
  appendBatches(
    path: string,
    schema: TableSchema,
    batches: AsyncIterable<Batch> | Iterable<Batch>,
  ): Promise<{ rowCount: number }>;
  /**
   * From here on the engine reads and writes nothing outside these files and folders (and its temporary folder). It
   * cannot be undone. Called before a user's SQL is run.
   */
  confine(allowed: AllowedPlaces): Promise<void>;
  /** Checks that a user's text is one SELECT. @throws PlatformError TABLE_NOT_A_QUERY */
  requireQuery(sql: string): Promise<void>;
  /**
   * Checks that a user's text is one SELECT of the given tables alone, by functions that give the same each time; nothing of it is run.
   * @throws PlatformError TABLE_NOT_A_QUERY
   */
  requirePureQuery(sql: string, given: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Where a confined engine may read and write; absolute paths. */
export interface AllowedPlaces {
  readonly files: readonly string[];
  readonly directories: readonly string[];
}

/** What an engine may use. */
export interface EngineOptions {
  readonly memoryLimitBytes?: number;
  /** Default one for each core; with a memory limit at least three, since DuckDB puts groups of rows on the disk only then. */
  readonly threads?: number;
  /** Where it may put what does not fit into memory. */
  readonly tempDirectory?: string;
  /** A database file; default in memory. */
  readonly path?: string;
  /** Ends every query of the engine, also one that was given no signal of its own. */
  readonly signal?: AbortSignal;
  /** Told a few times a second while a query runs which share of it is done, 0 to 1; null where the engine does not know. */
  readonly onProgress?: (share: number | null) => void;
}
