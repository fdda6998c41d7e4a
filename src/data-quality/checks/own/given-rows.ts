import { join } from 'node:path';
import { PlatformError } from '../../../errors/index.ts';
import {
  type Field,
  parquetSource,
  type QueryEngine,
  type QueryOptions,
  quoteIdentifier,
} from '../../../tables/index.ts';
import type { OtherTable } from '../check-compiler.ts';

/** The column that says where in the table a row stands, from 1 on. */
export const placeColumn = '__place';
/** The same as SQL. */
export const placeSql = quoteIdentifier(placeColumn);

/** Where files with rows are made of, and where they are put. */
export interface GivenOptions extends QueryOptions {
  readonly folder: string;
  readonly fields: readonly Field[];
}

/**
 * The rows of a table in Parquet files of their own, each with its place: what SQL and functions of a project see, and all that they see.
 * A file is made when it is asked for, once. Columns have the types that checks know.
 */
export class GivenRows {
  readonly #engine: QueryEngine;
  readonly #source: string;
  readonly #options: GivenOptions;
  readonly #files = new Map<string | null, Promise<string>>();
  readonly #others = new Map<string, Promise<string>>();

  constructor(engine: QueryEngine, source: string, options: GivenOptions) {
    this.#engine = engine;
    this.#source = source;
    this.#options = options;
  }

  /** The file with all rows. @throws PlatformError CHECK_INVALID where the table has a column of the name of the place */
  all(): Promise<string> {
    return this.#once(null, async () => {
      const { fields } = this.#options;
      if (fields.some(({ name }) => name.toLowerCase() === placeColumn))
        throw new PlatformError('CHECK_INVALID', {
          message: `the table has a column ${placeColumn}, which is what checks of the project's own call the place of a row`,
        });
      const columns = [...fields.map(plainColumn), `row_number() OVER () AS ${placeSql}`];
      return `SELECT ${columns.join(', ')} FROM ${this.#source}`;
    });
  }

  /** The file with the rows that a condition takes; null: all. */
  async taken(where: string | null): Promise<string> {
    if (where === null) return await this.all();
    const all = await this.all();
    return await this.#once(where, async () => `SELECT * FROM ${parquetSource(all)} WHERE ${where}`);
  }

  /** The file of another table. */
  other(name: string, { source, schema }: OtherTable): Promise<string> {
    const known = this.#others.get(name);
    if (known !== undefined) return known;
    const file = this.#write(
      `other-${this.#others.size}`,
      `SELECT ${schema.fields.map(plainColumn).join(', ')} FROM ${source}`,
    );
    this.#others.set(name, file);
    return file;
  }

  async #once(where: string | null, sql: () => Promise<string>): Promise<string> {
    const known = this.#files.get(where);
    if (known !== undefined) return await known;
    const name = `rows-${this.#files.size}`;
    const file = sql().then((text) => this.#write(name, text));
    file.catch(() => undefined);
    this.#files.set(where, file);
    return await file;
  }

  async #write(name: string, sql: string): Promise<string> {
    const path = join(this.#options.folder, `${name}.parquet`);
    await this.#engine.writeParquet(sql, path, this.#options);
    return path;
  }
}

/** Texts that the engine keeps otherwise (UUIDs, enums, intervals) as texts, decimals as doubles, instants in UTC. */
function plainColumn({ name, type }: Field): string {
  const sql = quoteIdentifier(name);
  const kept = { string: 'VARCHAR', float64: 'DOUBLE', timestamp: 'TIMESTAMP' } as const;
  return type in kept ? `CAST(${sql} AS ${kept[type as keyof typeof kept]}) AS ${sql}` : sql;
}
