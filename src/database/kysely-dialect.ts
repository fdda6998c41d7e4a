/** Kysely over the connections of this module. Loaded only where a query is composed at run time. */
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { PlatformError } from '../errors/index.ts';
import type { Database, SqlValue } from './database.ts';

/** A query builder whose queries run in the database's own session. Transactions: `Database.transaction`. */
export function createKysely(database: Database): Kysely<unknown> {
  const dialect: Dialect =
    database.kind === 'sqlite'
      ? {
          createAdapter: () => new SqliteAdapter(),
          createDriver: () => new SessionDriver(database),
          createIntrospector: (db) => new SqliteIntrospector(db),
          createQueryCompiler: () => new SqliteQueryCompiler(),
        }
      : {
          createAdapter: () => new PostgresAdapter(),
          createDriver: () => new SessionDriver(database),
          createIntrospector: (db) => new PostgresIntrospector(db),
          createQueryCompiler: () => new PostgresQueryCompiler(),
        };
  return new Kysely({ dialect });
}

class SessionDriver implements Driver {
  readonly #connection: DatabaseConnection;

  constructor(database: Database) {
    this.#connection = new SessionConnection(database);
  }

  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }
  async beginTransaction(): Promise<void> {
    throw unsupported();
  }
  async commitTransaction(): Promise<void> {
    throw unsupported();
  }
  async rollbackTransaction(): Promise<void> {
    throw unsupported();
  }
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
}

class SessionConnection implements DatabaseConnection {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const parameters = query.parameters as readonly SqlValue[];
    const reads = query.query.kind === 'SelectQueryNode' || 'returning' in query.query;
    if (reads) return { rows: await this.#database.all<Row>(query.sql, parameters) };
    return { rows: [], numAffectedRows: BigInt(await this.#database.run(query.sql, parameters)) };
  }

  // biome-ignore lint/correctness/useYield: the port asks for a generator; rows arrive in one piece here
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw unsupported();
  }
}

function unsupported(): PlatformError {
  return new PlatformError('INTERNAL', {
    message: 'transactions and streams are made with Database.transaction and pages, not with Kysely',
  });
}
