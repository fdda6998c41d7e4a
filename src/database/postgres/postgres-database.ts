/**
 * PostgreSQL 15 or newer, one schema for all tables. Statements are prepared by name on each connection. Numbers arrive
 * as JavaScript numbers (`bigint` columns hold milliseconds and counts, all below 2^53).
 */
import type { Kysely } from 'kysely';
import pg from 'pg';
import { digestHex, digestOf } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import {
  conflictClause,
  type Database,
  type DatabaseAddress,
  type InsertOptions,
  type InsertTarget,
  type Session,
  type SqlParameter,
  type SqlRow,
  type TransactionOptions,
} from '../database.ts';
import { postgresError } from './postgres-errors.ts';

const bigintType = 20;
/** From so many rows on, rows are sent as lists. */
const listsFrom = 4;
const rowsAtOnce = 20_000;
const connectTimeoutMs = 10_000;
const readOnly = ' -c default_transaction_read_only=on';

/** Connects, and makes the schema where it is absent. */
export async function openPostgres(address: DatabaseAddress & { readonly kind: 'postgres' }): Promise<Database> {
  const schema = address.schema ?? 'mlspec';
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw new PlatformError('DATABASE_UNREACHABLE', {
      message: `expected a schema name of lower-case letters, digits and _, found ${JSON.stringify(schema)}`,
    });
  }
  const location = describe(address.url, schema);
  const pool = new pg.Pool({
    connectionString: address.url,
    max: address.connectionLimit ?? 8,
    connectionTimeoutMillis: connectTimeoutMs,
    options: `-c search_path=${schema} -c lock_timeout=20000${address.access === 'read' ? readOnly : ''}`,
    types: { getTypeParser: typeParser as typeof pg.types.getTypeParser },
  });
  // An idle connection that the server closes must not end the process; the next query reports it.
  pool.on('error', () => undefined);
  const database = new PostgresDatabase(pool, location);
  try {
    const isThere = (await database.first('select 1 from pg_namespace where nspname = ?', [schema])) !== null;
    if (!isThere && address.access !== 'read') {
      await database.run(`create schema if not exists ${schema}`).catch(ignoreConstraint);
    }
    return database;
  } catch (error) {
    await pool.end().catch(() => undefined);
    throw error;
  }
}

/** By table, then by column. */
type ColumnTypes = Map<string, ReadonlyMap<string, string>>;

type Queryable = Pick<pg.ClientBase, 'query'>;

class PostgresSession implements Session {
  readonly #client: Queryable;
  readonly #location: string;
  readonly #types: ColumnTypes;

  constructor(client: Queryable, location: string, types: ColumnTypes = new Map()) {
    this.#client = client;
    this.#location = location;
    this.#types = types;
  }

  async all<Row = SqlRow>(sql: string, parameters: readonly SqlParameter[] = []): Promise<Row[]> {
    return (await this.#query(sql, parameters)).rows as Row[];
  }

  async first<Row = SqlRow>(sql: string, parameters: readonly SqlParameter[] = []): Promise<Row | null> {
    return (await this.all<Row>(sql, parameters))[0] ?? null;
  }

  async run(sql: string, parameters: readonly SqlParameter[] = []): Promise<number> {
    return (await this.#query(sql, parameters)).rowCount ?? 0;
  }

  async insert(
    into: InsertTarget,
    rows: readonly (readonly SqlParameter[])[],
    options?: InsertOptions,
  ): Promise<number> {
    if (rows.length === 0) return 0;
    const columns = into.columns.join(', ');
    const conflict = conflictClause(options);
    if (rows.length < listsFrom) {
      const tuple = `(${into.columns.map(() => '?').join(', ')})`;
      const sql = `insert into ${into.table} (${columns}) values ${rows.map(() => tuple).join(', ')}${conflict}`;
      return await this.run(sql, rows.flat());
    }
    // A list for each column: one statement for any number of rows, which the server plans once.
    const types = await this.#typesOf(into.table);
    const lists = into.columns.map((column) => `?::${types.get(column) ?? 'text'}[]`).join(', ');
    const sql = `insert into ${into.table} (${columns}) select * from unnest(${lists})${conflict}`;
    let count = 0;
    for (let start = 0; start < rows.length; start += rowsAtOnce) {
      const part = rows.slice(start, start + rowsAtOnce);
      count += await this.run(
        sql,
        into.columns.map((_, index) => listText(part, index)),
      );
    }
    return count;
  }

  /** The types of the columns of a table, by name; asked once. */
  async #typesOf(table: string): Promise<ReadonlyMap<string, string>> {
    const known = this.#types.get(table);
    if (known !== undefined) return known;
    const sql = `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
      where attrelid = ?::regclass and attnum > 0 and not attisdropped`;
    const rows = await this.all<{ readonly name: string; readonly type: string }>(sql, [table]);
    const types = new Map(rows.map(({ name, type }) => [name, type]));
    this.#types.set(table, types);
    return types;
  }

  async #query(sql: string, parameters: readonly SqlParameter[]): Promise<pg.QueryResult> {
    const { name, text } = preparedForm(sql);
    try {
      return await this.#client.query({ ...(name === null ? {} : { name }), text, values: [...parameters] });
    } catch (error) {
      throw postgresError(error, this.#location);
    }
  }
}

class PostgresDatabase extends PostgresSession implements Database {
  readonly kind = 'postgres';
  readonly location: string;
  readonly #pool: pg.Pool;
  readonly #columnTypes: ColumnTypes;
  #kysely: Promise<Kysely<unknown>> | null = null;

  constructor(pool: pg.Pool, location: string) {
    const types: ColumnTypes = new Map();
    super(pool as unknown as Queryable, location, types);
    this.#pool = pool;
    this.#columnTypes = types;
    this.location = location;
  }

  async transaction<Result>(
    work: (session: Session) => Promise<Result>,
    options: TransactionOptions = {},
  ): Promise<Result> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw postgresError(error, this.location);
    });
    // A connection that is lost fails the query under way, and says so a second time where nobody has asked: that must not
    // end the process.
    const ignore = (): void => undefined;
    client.on('error', ignore);
    const session = new PostgresSession(client, this.location, this.#columnTypes);
    let broken = false;
    try {
      await session.run(beginning(options));
      const result = await work(session);
      await session.run('commit');
      return result;
    } catch (error) {
      await session.run('rollback').catch(() => {
        broken = true;
      });
      throw error;
    } finally {
      client.off('error', ignore);
      client.release(broken);
    }
  }

  async kysely<Tables>(): Promise<Kysely<Tables>> {
    this.#kysely ??= import('../kysely-dialect.ts').then(({ createKysely }) => createKysely(this));
    return (await this.#kysely) as Kysely<Tables>;
  }

  async backup(): Promise<string | null> {
    return null;
  }

  async close(): Promise<void> {
    if (!this.#pool.ended && !this.#pool.ending) await this.#pool.end();
  }
}

function beginning({ snapshot, durability }: TransactionOptions): string {
  if (snapshot) return 'begin isolation level repeatable read read only';
  return durability === 'normal' ? 'begin; set local synchronous_commit = off' : 'begin';
}

/** A column of rows as PostgreSQL writes a list. */
function listText(rows: readonly (readonly SqlParameter[])[], column: number): string {
  const items = rows.map((row) => {
    const value = row[column]!;
    if (typeof value !== 'string') return value === null ? 'NULL' : String(value);
    return `"${/["\\]/.test(value) ? value.replaceAll(/["\\]/g, String.raw`\$&`) : value}"`;
  });
  return `{${items.join(',')}}`;
}

const prepared = new Map<string, { readonly name: string | null; readonly text: string }>();

/** A `?`, or what may hold one that is no place for a value: texts, names, comments, in all of PostgreSQL's forms. */
const placeOrQuoted = new RegExp(
  [
    /\?/,
    /\b[eE]'(?:[^'\\]|\\.|'')*'/,
    /'(?:[^']|'')*'/,
    /"(?:[^"]|"")*"/,
    /(?<![\w$])\$(?<tag>(?:[A-Za-z_]\w*)?)\$[\s\S]*?\$\k<tag>\$/,
    /--[^\n]*/,
    /\/\*[\s\S]*?\*\//,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gs',
);

/** `?` becomes `$1`, `$2` …; statements with parameters get a name, by which each connection prepares them once. */
function preparedForm(sql: string): { readonly name: string | null; readonly text: string } {
  const known = prepared.get(sql);
  if (known !== undefined) return known;
  let count = 0;
  const text = sql.replaceAll(placeOrQuoted, (found) => (found === '?' ? `$${++count}` : found));
  const isKept = count > 0 && count <= 40;
  const form = { name: isKept ? digestHex(digestOf(text)).slice(0, 32) : null, text };
  if (isKept && prepared.size < 1000) prepared.set(sql, form);
  return form;
}

function typeParser(type: number, format?: string): unknown {
  return type === bigintType ? Number : pg.types.getTypeParser(type, format as 'text');
}

/** Host, port and database of an address, without user, password and options. */
function describe(url: string, schema: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `postgres://${host}${pathname}#${schema}`;
  } catch {
    return 'the PostgreSQL address';
  }
}

function ignoreConstraint(error: unknown): void {
  if (!(error instanceof PlatformError && error.code === 'DATABASE_CONSTRAINT')) throw error;
}
