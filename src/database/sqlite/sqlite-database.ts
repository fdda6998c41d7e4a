/**
 * SQLite in one file, by the module that Node brings. Write-ahead log, so that readers and a writer do not wait for
 * each other; foreign keys checked; a write transaction takes its lock at its beginning, so that it can never fail for
 * having read first. `node:sqlite` works on the calling thread: one query at a time, in the order of the calls. All
 * handles of one process on one file take turns, since a handle that waited for another one's transaction would stop
 * the thread that has to end it. For other processes a handle waits without stopping the thread. Nor does a commit stop it
 * until the disk has it: SQLite writes the log, and another thread brings it to the disk before the call returns.
 */
import { accessSync, closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { monotonicMs } from '../../encoding/index.ts';
import { isPlatformError } from '../../errors/index.ts';
import {
  conflictClause,
  type Database,
  type DatabaseAddress,
  type InsertOptions,
  type InsertTarget,
  type Session,
  type SqlParameter,
  type SqlRow,
  type SqlValue,
  type TransactionOptions,
} from '../database.ts';
import { copyDatabase } from './copy-database.ts';
import { LogFlush } from './log-flush.ts';
import { sqliteError } from './sqlite-errors.ts';
import { Turns, turnsOf } from './turns.ts';

const statementLimit = 500;
/** How long SQLite itself waits, with the thread stopped, before the waiting goes on without. */
const blockingWaitMs = 50;
const defaultWaitMs = 10_000;
/** Pages of the write-ahead log (32 MiB) after which a commit also copies them to the file and waits for the disk. */
const checkpointPages = 8192;
/** Memory for pages, at most; taken when it is needed. */
const cacheKib = 16 * 1024;

const writing = `pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
  pragma wal_autocheckpoint = ${checkpointPages}; pragma cache_size = -${cacheKib}`;
// What a file of somebody else declares, such as functions in its views, is not trusted.
const reading = 'pragma query_only = on; pragma trusted_schema = off; select count(*) from sqlite_schema';

/** Opens or makes the file. */
export async function openSqlite(address: DatabaseAddress & { readonly kind: 'sqlite' }): Promise<Database> {
  const { path } = address;
  let connection: DatabaseSync | null = null;
  try {
    const readOnly = address.access === 'read';
    if (path !== ':memory:' && !readOnly) makeForOwner(path);
    const opened = new DatabaseSync(path, { timeout: blockingWaitMs, readOnly });
    connection = opened;
    const waitMs = address.busyTimeoutMs ?? defaultWaitMs;
    await whileBusy(waitMs, () => guarded(path, () => opened.exec(readOnly ? reading : writing)));
    return new SqliteDatabase(opened, { path, waitMs, flush: readOnly ? null : flushOfOurs(opened, path) });
  } catch (error) {
    connection?.close();
    throw sqliteError(
      address.access === 'read' || isWritable(path) ? error : { message: (error as Error).message, code: 'EROFS' },
      path,
    );
  }
}

/**
 * Takes flushing over from SQLite. Null where it stays SQLite's: in memory, and where the file system has no memory that processes
 * share, so that there is no write-ahead log.
 */
function flushOfOurs(connection: DatabaseSync, path: string): LogFlush | null {
  const { journal_mode: mode } = connection.prepare('pragma journal_mode').get() as { journal_mode: string };
  if (mode !== 'wal') return null;
  connection.exec('pragma synchronous = normal');
  return new LogFlush(path);
}

/**
 * Makes the file, where there is none, for its owner alone: what is recorded holds data of others. The files that SQLite
 * puts beside it have the mode of this one. A file that is there keeps the mode that somebody gave it.
 */
function makeForOwner(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch {
    // It is there, or SQLite says what is wrong with the place.
  }
}

/** SQLite calls a read-only place one that it cannot open. A place that does not exist counts as writable here. */
function isWritable(path: string): boolean {
  for (const place of [path, dirname(path)]) {
    try {
      accessSync(place, constants.W_OK);
    } catch (error) {
      if (['EACCES', 'EPERM', 'EROFS'].includes((error as { code?: string }).code ?? '')) return false;
    }
  }
  return true;
}

/** Tries again while another process holds the lock. What failed so has done nothing. */
async function whileBusy<Result>(waitMs: number, work: () => Result | Promise<Result>): Promise<Result> {
  const start = monotonicMs();
  for (let pauseMs = 1; ; pauseMs = Math.min(2 * pauseMs, 25)) {
    try {
      return await work();
    } catch (error) {
      const isBusy = isPlatformError(error) && error.code === 'DATABASE_BUSY';
      if (!isBusy || monotonicMs() - start > waitMs) throw error;
    }
    await setTimeout(pauseMs);
  }
}

function guarded<Result>(location: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw sqliteError(error, location);
  }
}

/** One connection without regard to turns. */
class SqliteSession implements Session {
  readonly #connection: DatabaseSync;
  readonly #location: string;
  readonly #statements = new Map<string, StatementSync>();
  readonly #listStatements = new Map<string, ListStatement>();

  constructor(connection: DatabaseSync, location: string) {
    this.#connection = connection;
    this.#location = location;
  }

  async all<Row = SqlRow>(sql: string, parameters: readonly SqlParameter[] = []): Promise<Row[]> {
    return this.guard(() => {
      // The columns of `*` may change while this process has the file open.
      if (sql.includes('*')) return this.#prepare(sql).all(...parameters) as Row[];
      const { statement, columns } = this.#prepareLists(sql);
      // Lists and then objects: half the time of rows that SQLite's binding makes objects of.
      const rows = statement.all(...parameters) as unknown as SqlValue[][];
      return rows.map((values) => rowOf(columns, values) as Row);
    });
  }

  async first<Row = SqlRow>(sql: string, parameters: readonly SqlParameter[] = []): Promise<Row | null> {
    return this.guard(() => (this.#prepare(sql).get(...parameters) as Row | undefined) ?? null);
  }

  async run(sql: string, parameters: readonly SqlParameter[] = []): Promise<number> {
    return this.guard(() => Number(this.#prepare(sql).run(...parameters).changes));
  }

  async insert(
    into: InsertTarget,
    rows: readonly (readonly SqlParameter[])[],
    options?: InsertOptions,
  ): Promise<number> {
    if (rows.length === 0) return 0;
    const places = into.columns.map(() => '?').join(', ');
    const conflict = conflictClause(options);
    const sql = `insert into ${into.table} (${into.columns.join(', ')}) values (${places})${conflict}`;
    return this.guard(() => {
      const statement = this.#prepare(sql);
      return rows.reduce((sum, row) => sum + Number(statement.run(...row).changes), 0);
    });
  }

  /** Statements that are not worth keeping. */
  execute(sql: string): void {
    this.guard(() => this.#connection.exec(sql));
  }

  guard<Result>(work: () => Result): Result {
    return guarded(this.#location, work);
  }

  #prepare(sql: string): StatementSync {
    return kept(this.#statements, sql, () => this.#connection.prepare(sql));
  }

  #prepareLists(sql: string): ListStatement {
    return kept(this.#listStatements, sql, () => {
      const statement = this.#connection.prepare(sql);
      statement.setReturnArrays(true);
      return { statement, columns: statement.columns().map(({ name }) => name) };
    });
  }
}

/** A statement whose rows are lists of values. */
interface ListStatement {
  readonly statement: StatementSync;
  readonly columns: readonly string[];
}

function kept<Prepared>(statements: Map<string, Prepared>, sql: string, prepare: () => Prepared): Prepared {
  const known = statements.get(sql);
  if (known !== undefined) return known;
  const statement = prepare();
  if (statements.size >= statementLimit) statements.clear();
  statements.set(sql, statement);
  return statement;
}

function rowOf(columns: readonly string[], values: readonly SqlValue[]): SqlRow {
  const row: Record<string, SqlValue> = {};
  for (let index = 0; index < columns.length; index++) row[columns[index]!] = values[index]!;
  return row;
}

interface OpenFile {
  readonly path: string;
  readonly waitMs: number;
  readonly flush: LogFlush | null;
}

class SqliteDatabase implements Database {
  readonly kind = 'sqlite';
  readonly location: string;
  readonly #connection: DatabaseSync;
  readonly #session: SqliteSession;
  readonly #turns: Turns;
  readonly #waitMs: number;
  readonly #flush: LogFlush | null;
  #kysely: Promise<Kysely<unknown>> | null = null;

  constructor(connection: DatabaseSync, { path, waitMs, flush }: OpenFile) {
    this.#connection = connection;
    this.location = path;
    this.#waitMs = waitMs;
    this.#turns = path === ':memory:' ? new Turns() : turnsOf(path);
    this.#flush = flush;
    this.#session = new SqliteSession(connection, path);
  }

  all<Row = SqlRow>(sql: string, parameters?: readonly SqlParameter[]): Promise<Row[]> {
    return this.#read(() => this.#session.all<Row>(sql, parameters));
  }

  first<Row = SqlRow>(sql: string, parameters?: readonly SqlParameter[]): Promise<Row | null> {
    return this.#read(() => this.#session.first<Row>(sql, parameters));
  }

  /** Readers wait for nobody, but for a process that repairs the log which a killed one left behind. */
  #read<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#turns.take(() => whileBusy(this.#waitMs, work));
  }

  async run(sql: string, parameters?: readonly SqlParameter[]): Promise<number> {
    const { made, onDisk } = await this.#turns.take(async () => {
      const changed = await whileBusy(this.#waitMs, () => this.#session.run(sql, parameters));
      return { made: changed, onDisk: this.#bringToDisk() };
    });
    await onDisk;
    return made;
  }

  insert(into: InsertTarget, rows: readonly (readonly SqlParameter[])[], options?: InsertOptions): Promise<number> {
    return this.transaction((session) => session.insert(into, rows, options));
  }

  async transaction<Result>(
    work: (session: Session) => Promise<Result>,
    { snapshot, durability = 'full' }: TransactionOptions = {},
  ): Promise<Result> {
    const { made, onDisk } = await this.#turns.take(async () => {
      await whileBusy(this.#waitMs, () => this.#session.execute(snapshot ? 'begin' : 'begin immediate'));
      try {
        const result = await work(this.#session);
        this.#session.execute('commit');
        return { made: result, onDisk: snapshot || durability === 'normal' ? null : this.#bringToDisk() };
      } catch (error) {
        if (this.#connection.isTransaction) this.#session.execute('rollback');
        throw error;
      }
    });
    await onDisk;
    return made;
  }

  async kysely<Tables>(): Promise<Kysely<Tables>> {
    this.#kysely ??= import('../kysely-dialect.ts').then(({ createKysely }) => createKysely(this));
    return (await this.#kysely) as Kysely<Tables>;
  }

  backup(label: string): Promise<string | null> {
    if (this.location === ':memory:') return Promise.resolve(null);
    return this.#turns.take(() => this.#session.guard(() => copyDatabase(this.#connection, this.location, label)));
  }

  close(): Promise<void> {
    return this.#turns.take(async () => {
      await this.#flush?.close();
      if (this.#connection.isOpen) this.#session.guard(() => this.#connection.close());
    });
  }

  /** Begun while it is the caller's turn: the file is not closed before it ends. */
  async #bringToDisk(): Promise<void> {
    try {
      await this.#flush?.flush();
    } catch (error) {
      throw sqliteError(error, this.location);
    }
  }
}
