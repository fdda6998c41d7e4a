import { stat } from 'node:fs/promises';
import { PlatformError } from '../../errors/index.ts';
import { fileReader } from '../../steps/ingestion/file-reader.ts';
import { type QueryEngine, quoteIdentifier } from '../../tables/index.ts';
import { openDataFile, readableFields, requireDataFile } from './data-file.ts';

/** A table that somebody named, brought into an engine. */
export interface NamedTable {
  /** A table, or a query in parentheses. */
  readonly source: string;
  /** Columns of types that are not looked at, such as lists. */
  readonly unreadable: readonly string[];
  /** SQL that reads the same rows in an engine of whoever asks. */
  readonly reader: string;
}

/** Whether a text is a query and no file: it begins as one, and there is no such file. */
export async function isQuery(text: string): Promise<boolean> {
  return /^\s*(select|with|from|values|\()\b/i.test(text) && (await stat(text).catch(() => null)) === null;
}

/**
 * Brings a CSV, JSON or Parquet file, or the result of one SELECT, into the engine as `table`.
 * @throws PlatformError DATA_NO_FILE, DATA_UNKNOWN_FORMAT, INGESTION_WRONG_HEADER, TABLE_FILE_UNREADABLE, TABLE_NOT_A_QUERY, TABLE_QUERY_FAILED,
 *   TABLE_UNSUPPORTED_TYPE, TABLE_DUPLICATE_COLUMN
 */
export async function openTable(engine: QueryEngine, named: string, table: string): Promise<NamedTable> {
  if (await isQuery(named)) {
    await engine.requireQuery(named);
    // A column is read at a time: the query is asked once.
    await engine.execute(`CREATE OR REPLACE TABLE ${table} AS ${named}`);
    return { ...narrowed(table, await readableFields(engine, table)), reader: `(${named})` };
  }
  const file = await requireDataFile(named);
  const opened = await openDataFile(engine, file, table);
  return { ...narrowed(table, opened), reader: await fileReader({ ...file, options: opened.options }) };
}

/** Without the columns that are not looked at. @throws PlatformError TABLE_UNSUPPORTED_TYPE where no other is left */
function narrowed(
  table: string,
  { fields, unreadable }: Awaited<ReturnType<typeof readableFields>>,
): Omit<NamedTable, 'reader'> {
  if (fields.length === 0)
    throw new PlatformError('TABLE_UNSUPPORTED_TYPE', {
      message: `expected a column of numbers, texts, dates or truth values, found none: ${unreadable.join(', ')}`,
      details: { columns: unreadable },
    });
  const names = fields.map(({ name }) => quoteIdentifier(name));
  return { source: unreadable.length === 0 ? table : `(SELECT ${names.join(', ')} FROM ${table})`, unreadable };
}
