/**
 * Where SQL of a project runs: an engine of its own that has the rows, and the other tables that are given, as views of files made for it, and
 * can reach nothing else. The text is one SELECT of these tables by functions that give the same each time; then the engine's locks
 * hold (no file but these, no extension, no setting). One thread: sums of doubles are the same each time.
 */
import { mkdir } from 'node:fs/promises';
import { formatDuration, formatInstant } from '../../../encoding/index.ts';
import { PlatformError, toPlatformError } from '../../../errors/index.ts';
import { createDuckDb, parquetSource, type QueryEngine, quoteIdentifier, quoteLiteral } from '../../../tables/index.ts';

const tableName = 'data';
/** Where a check says which moment is now. */
const momentName = 'as_of';

/** What a room is furnished with. */
export interface RoomOptions {
  /** The file with the rows that the check is about, and their places. */
  readonly rows: string;
  /** Files of other tables by name. */
  readonly others: ReadonlyMap<string, string>;
  /** A folder that only this room uses, for what does not fit into memory; made here. */
  readonly folder: string;
  readonly asOfMs?: number;
  readonly timeoutMs: number;
  readonly memoryBytes: number;
  readonly signal?: AbortSignal;
}

/** What may be asked inside a room. */
export interface SqlRoom {
  readonly engine: QueryEngine;
  /** The project's text, ready to stand in parentheses. */
  readonly sql: string;
  /** Raised by whoever waits, and when the time is over. */
  readonly signal: AbortSignal;
}

/**
 * Lets `work` ask the project's SQL.
 * @throws PlatformError CHECK_INVALID where the text is not one SELECT of what is given, fails, or takes longer or more than it may; CANCELED
 */
export async function inSqlRoom<Value>(
  text: string,
  options: RoomOptions,
  work: (room: SqlRoom) => Promise<Value>,
): Promise<Value> {
  const { folder, memoryBytes, timeoutMs, signal } = options;
  await mkdir(folder, { recursive: true });
  const engine = await createDuckDb({ threads: 1, memoryLimitBytes: memoryBytes, tempDirectory: folder });
  const over = AbortSignal.timeout(timeoutMs);
  try {
    await furnish(engine, options);
    await engine.requirePureQuery(text, [tableName, ...options.others.keys()]);
    const sql = text.trim().replace(/[;\s]+$/, '');
    return await work({ engine, sql, signal: signal === undefined ? over : AbortSignal.any([signal, over]) });
  } catch (thrown) {
    const error = toPlatformError(thrown);
    if (signal?.aborted === true || error.code === 'CHECK_INVALID') throw error;
    const message = over.aborted ? `it took longer than its timeout of ${formatDuration(timeoutMs)}` : error.message;
    throw new PlatformError('CHECK_INVALID', { message, cause: thrown });
  } finally {
    await engine.close();
  }
}

async function furnish(engine: QueryEngine, { rows, others, asOfMs }: RoomOptions): Promise<void> {
  const views = [
    `CREATE VIEW ${tableName} AS SELECT * FROM ${parquetSource(rows)}`,
    ...[...others].map(
      ([name, file]) => `CREATE VIEW ${quoteIdentifier(name)} AS SELECT * FROM ${parquetSource(file)}`,
    ),
    ...(asOfMs === undefined
      ? []
      : [`CREATE MACRO ${momentName}() AS CAST(${quoteLiteral(formatInstant(asOfMs))} AS TIMESTAMP)`]),
  ];
  for (const view of views) await engine.execute(view);
  await engine.confine({ files: [rows, ...others.values()], directories: [] });
  await engine.execute('SET lock_configuration = true');
}
