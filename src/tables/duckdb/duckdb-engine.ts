import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { newId } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { AllowedPlaces, Cell, EngineOptions, ParquetOptions, QueryEngine, QueryOptions } from '../query-engine.ts';
import { escapeGlob, quoteIdentifier, quoteLiteral } from '../sql-text.ts';
import type { Batch, TableSchema } from '../table.ts';
import { appendTo } from './append-batches.ts';
import { appendingType, type DescribedColumn, streamingQuery, toSchema, writingExpression } from './column-types.ts';
import { canceled, toTableError } from './engine-error.ts';
import { either, interruptOnAbort } from './interrupt.ts';
import { measureProgress, watchProgress } from './progress.ts';
import { requirePure } from './pure-query.ts';
import { readBatches } from './read-batches.ts';

const defaultBatchRows = 65_536;
const parquetOptions = 'FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880';

/** Opens DuckDB in this process. The native library is loaded at the first call. */
export async function createDuckDb(options: EngineOptions = {}): Promise<QueryEngine> {
  const driver = await import('@duckdb/node-api');
  const instance = await driver.DuckDBInstance.create(options.path ?? ':memory:', settings(options));
  const connection = await connect(instance, options);
  // For every connection: an engine whose settings are locked takes none any more.
  await connection.run("SET GLOBAL TimeZone = 'UTC'");
  return new DuckDbEngine({ connection, instance, driver }, options);
}

async function connect(instance: DuckDBInstance, { onProgress }: EngineOptions): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  if (onProgress !== undefined) await connection.run(measureProgress);
  return connection;
}

/** With fewer DuckDB keeps all groups of a query in memory, and fails where they do not fit; with so many it puts them on the disk. */
const leastThreadsToSpill = 3;

function settings(options: EngineOptions): Record<string, string> {
  const { memoryLimitBytes } = options;
  const threads =
    options.threads ??
    (memoryLimitBytes === undefined ? undefined : Math.max(leastThreadsToSpill, availableParallelism()));
  return {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    preserve_insertion_order: 'true',
    // Extremes and counts that a Parquet file says of itself may be false: nothing is answered by them.
    disabled_optimizers: 'statistics_propagation',
    // Its check by time of change takes a file that was written anew within the same moment for the old one.
    enable_external_file_cache: 'false',
    ...(threads === undefined ? {} : { threads: String(threads) }),
    ...(memoryLimitBytes === undefined ? {} : { memory_limit: `${Math.max(1, Math.floor(memoryLimitBytes / 1e6))}MB` }),
    ...(options.tempDirectory === undefined ? {} : { temp_directory: options.tempDirectory }),
  };
}

class DuckDbEngine implements QueryEngine {
  readonly #connection: DuckDBConnection;
  readonly #instance: DuckDBInstance;
  readonly #driver: typeof import('@duckdb/node-api');
  readonly #options: EngineOptions;

  constructor(
    opened: {
      readonly connection: DuckDBConnection;
      readonly instance: DuckDBInstance;
      readonly driver: typeof import('@duckdb/node-api');
    },
    options: EngineOptions,
  ) {
    this.#connection = opened.connection;
    this.#instance = opened.instance;
    this.#driver = opened.driver;
    this.#options = options;
  }

  async describe(sql: string): Promise<TableSchema> {
    return toSchema(await this.#describe(sql));
  }

  async *batches(sql: string, options: QueryOptions = {}): AsyncGenerator<Batch> {
    const columns = await this.#describe(sql);
    const schema = toSchema(columns);
    const text = streamingQuery(sql, columns);
    // A stream has a connection of its own: another query on the same one would end it early, without an error.
    const connection = await connect(this.#instance, this.#options);
    const signal = either(options.signal, this.#options.signal);
    const stop = this.#attend(connection, signal);
    try {
      const result = await connection.stream(text);
      const whole = yield* readBatches(result, schema, { batchRows: options.batchRows ?? defaultBatchRows, signal });
      if (!whole) await findOut(connection, text);
    } catch (error) {
      throw toTableError(error, text, signal);
    } finally {
      stop();
      connection.closeSync();
    }
  }

  async rows(sql: string, options: QueryOptions = {}): Promise<Record<string, Cell>[]> {
    return await this.#guard(sql, options, async () => {
      const reader = await this.#connection.runAndReadAll(sql);
      return reader
        .getRowObjectsJS()
        .map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toCell(value)])));
    });
  }

  async execute(sql: string, options: QueryOptions = {}): Promise<void> {
    await this.#guard(sql, options, () => this.#connection.run(sql));
  }

  async writeParquet(sql: string, path: string, options: ParquetOptions = {}): Promise<{ rowCount: number }> {
    const { groupBytes } = options;
    const ends = groupBytes === undefined ? '' : `, ROW_GROUP_SIZE_BYTES ${groupBytes}`;
    const text = `COPY (\n${sql}\n) TO ${quoteLiteral(path)} (${parquetOptions}${ends})`;
    try {
      // The engine takes a size in bytes only where it need not keep an order; a query with one of its own keeps that.
      if (groupBytes !== undefined) await this.execute('SET GLOBAL preserve_insertion_order = false');
      const result = await this.#guard(text, options, () => this.#connection.runAndReadAll(text));
      return { rowCount: Number(result.getRowsJS()[0]?.[0] ?? 0) };
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      if (groupBytes !== undefined) await this.#connection.run('SET GLOBAL preserve_insertion_order = true');
    }
  }

  async appendBatches(
    path: string,
    schema: TableSchema,
    batches: AsyncIterable<Batch> | Iterable<Batch>,
  ): Promise<{ rowCount: number }> {
    const table = newId('append');
    const columns = schema.fields
      .map((field) => `${quoteIdentifier(field.name)} ${appendingType(field.type)}`)
      .join(', ');
    await this.execute(`CREATE TEMP TABLE ${table} (${columns})`);
    try {
      const { DuckDBDataChunk, DOUBLE, BOOLEAN, VARCHAR } = this.#driver;
      await appendTo(this.#connection, table, {
        driver: { DuckDBDataChunk, types: { DOUBLE, BOOLEAN, VARCHAR } },
        schema,
        batches,
      });
      return await this.writeParquet(`SELECT ${schema.fields.map(writingExpression).join(', ')} FROM ${table}`, path);
    } finally {
      await this.execute(`DROP TABLE IF EXISTS ${table}`);
    }
  }

  async confine({ files, directories }: AllowedPlaces): Promise<void> {
    const list = (paths: readonly string[]): string => `[${paths.map((path) => quoteLiteral(path)).join(', ')}]`;
    // The engine compares with the text of the query, in which a path's own brackets and stars are escaped.
    const texts = [...new Set(files.flatMap((path) => [path, escapeGlob(path)]))];
    await this.execute(
      `SET allowed_paths = ${list(texts)}; SET allowed_directories = ${list(directories)}; SET enable_external_access = false`,
    );
  }

  async requireQuery(sql: string): Promise<void> {
    const extracted = await this.#guard(sql, {}, () => this.#connection.extractStatements(sql)).catch((error) => {
      // What the driver says of a text without any statement.
      throw String(error).includes('native callback') ? notQuery('expected one SELECT, found no statement') : error;
    });
    if (extracted.count !== 1) throw notQuery(`expected one SELECT, found ${extracted.count} statements`);
    const prepared = await this.#guard(sql, {}, () => extracted.prepare(0));
    if (prepared.statementType !== this.#driver.StatementType.SELECT)
      throw notQuery('expected a SELECT, found a statement that changes something');
  }

  async requirePureQuery(sql: string, given: readonly string[]): Promise<void> {
    await requirePure((asked) => this.rows(asked), sql, given);
  }

  async close(): Promise<void> {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  async #describe(sql: string): Promise<DescribedColumn[]> {
    const rows = await this.rows(`DESCRIBE ${sql}`);
    return rows.map((row) => ({ name: String(row['column_name']), duckType: String(row['column_type']) }));
  }

  async #guard<T>(sql: string, options: QueryOptions, call: () => Promise<T>): Promise<T> {
    const signal = either(options.signal, this.#options.signal);
    if (signal?.aborted === true) throw canceled();
    const stop = this.#attend(this.#connection, signal);
    try {
      return await call();
    } catch (error) {
      throw toTableError(error, sql, signal);
    } finally {
      stop();
    }
  }

  /** While a connection works, a signal interrupts it, and how far it is is told. */
  #attend(connection: DuckDBConnection, signal: AbortSignal | undefined): () => void {
    const stops = [interruptOnAbort(connection, signal), watchProgress(connection, this.#options.onProgress)];
    return () => {
      for (const stop of stops) stop();
    };
  }
}

/** Runs a query again whose stream ended early, for the error that the stream did not give. */
async function findOut(connection: DuckDBConnection, text: string): Promise<never> {
  await connection.run(text);
  throw new Error('the result of a query ended early');
}

function notQuery(message: string): PlatformError {
  return new PlatformError('TABLE_NOT_A_QUERY', { message });
}

function toCell(value: unknown): Cell {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'bigint')
    return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
    return value;
  return value === undefined ? null : String(value);
}
