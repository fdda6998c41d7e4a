import type { Kysely } from 'kysely';

/** A value that both databases store alike. Times are milliseconds, JSON is text, truth is 0 or 1. NaN is refused. */
export type SqlValue = string | number | null;

/** A value handed to a query. A `bigint` is a 64-bit integer; such a column is read as `cast(… as text)`, which loses nothing. */
export type SqlParameter = SqlValue | bigint;

/** One row as read: by column name. */
export type SqlRow = Readonly<Record<string, SqlValue>>;

/**
 * Queries in SQL that both databases understand, `?` for each parameter. Statements are prepared once and kept.
 * Every method may throw DATABASE_UNREACHABLE, DATABASE_BUSY, DATABASE_READ_ONLY, DATABASE_FULL, DATABASE_CORRUPT,
 * DATABASE_CONSTRAINT and DATABASE_QUERY.
 */
export interface Session {
  /** All rows. @typeParam Row what the caller knows the columns to be */
  all<Row = SqlRow>(sql: string, parameters?: readonly SqlParameter[]): Promise<Row[]>;
  /** The first row, or null. */
  first<Row = SqlRow>(sql: string, parameters?: readonly SqlParameter[]): Promise<Row | null>;
  /** Carries out a statement. @returns how many rows it changed */
  run(sql: string, parameters?: readonly SqlParameter[]): Promise<number>;
  /**
   * Adds rows, each a list of values in the order of the columns.
   * @param options.onConflict `nothing` leaves a row that is there already as it is
   * @returns how many rows were added
   */
  insert(into: InsertTarget, rows: readonly (readonly SqlParameter[])[], options?: InsertOptions): Promise<number>;
}

/** A table and the columns that are given. Names are written into the SQL: never from outside. */
export interface InsertTarget {
  readonly table: string;
  readonly columns: readonly string[];
}

/** What happens to a row whose key is taken. Default `fail`. */
export interface InsertOptions {
  /** Text: what follows `on conflict`, for example `(id) do update set name = excluded.name`; never from outside. */
  readonly onConflict?: 'fail' | 'nothing' | { readonly sql: string };
}

/** What follows the values of an insertion. */
export function conflictClause({ onConflict = 'fail' }: InsertOptions = {}): string {
  if (onConflict === 'fail') return '';
  return onConflict === 'nothing' ? ' on conflict do nothing' : ` on conflict ${onConflict.sql}`;
}

/** How a transaction is committed. */
export interface TransactionOptions {
  /**
   * `full` (default): on disk when it returns. `normal`: safe against a killed process, not against power loss.
   * PostgreSQL: `synchronous_commit` on or off.
   */
  readonly durability?: 'full' | 'normal';
  /** Only reads, and everything as it is at the first query, however long it takes; writers are not kept waiting. */
  readonly snapshot?: true;
}

/** A connection to a database. Queries of one process to SQLite run one after the other. */
export interface Database extends Session {
  readonly kind: 'sqlite' | 'postgres';
  /** Where it is, for messages; without user and password. */
  readonly location: string;
  /**
   * Carries out work as a whole or not at all. Takes the write lock at once (SQLite), so that what was read stays true.
   * The work awaits nothing but queries of its own session.
   */
  transaction<Result>(work: (session: Session) => Promise<Result>, options?: TransactionOptions): Promise<Result>;
  /** A query builder over the same connection; loaded at first use, which takes a tenth of a second. */
  kysely<Tables>(): Promise<Kysely<Tables>>;
  /** A consistent copy beside the database, before something risky. Null where the server is backed up by its owner. */
  backup(label: string): Promise<string | null>;
  close(): Promise<void>;
}

/** Which database to open. */
export type DatabaseAddress =
  | {
      readonly kind: 'sqlite';
      /** The file; its folder is made. `:memory:` for a database that ends with the connection. */
      readonly path: string;
      /** How long to wait for another process's transaction. Default 10 s. */
      readonly busyTimeoutMs?: number;
      /** `read`: the file has to be there and is never changed. Default `write`. */
      readonly access?: 'read' | 'write';
    }
  | {
      readonly kind: 'postgres';
      /** `postgres://user:password@host:port/database`. A secret: appears in no message. */
      readonly url: string;
      /** The schema that holds the tables; made where absent. Default `mlspec`. */
      readonly schema?: string;
      /** Most connections at once. Default 8. */
      readonly connectionLimit?: number;
      /** `read`: the schema has to be there, and nothing can be changed. Default `write`. */
      readonly access?: 'read' | 'write';
    };
