import { stat } from 'node:fs/promises';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { missingWords } from '../../data-quality/index.ts';
import { nearestName } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { fileReader, readingFile } from '../../steps/ingestion/file-reader.ts';
import { type Field, type QueryEngine, quoteIdentifier, quoteLiteral } from '../../tables/index.ts';
import { findTables } from './find-tables.ts';
import { type TableFormat, tableFormats } from './table-formats.ts';

/** A file that holds a table. */
export interface DataFile {
  /** Absolute. */
  readonly path: string;
  readonly format: TableFormat;
}

/** A table that was brought into an engine. */
export interface OpenedData {
  /** Options with which the file is read; empty where it needs none. */
  readonly options: Readonly<Record<string, string[]>>;
  readonly fields: readonly Field[];
  /** Columns of types that a dataset cannot have, such as lists. */
  readonly unreadable: readonly string[];
}

/** The file that a user names. @throws PlatformError DATA_NO_FILE, DATA_UNKNOWN_FORMAT */
export async function requireDataFile(path: string): Promise<DataFile> {
  const absolute = resolve(path);
  const info = await stat(absolute).catch(() => null);
  if (!info?.isFile()) throw await noFile(absolute, path, info === null ? 'nothing' : 'a folder');
  const format = tableFormats[extname(absolute).toLowerCase()];
  if (format !== undefined) return { path: absolute, format };
  throw new PlatformError('DATA_UNKNOWN_FORMAT', {
    message: `expected a file that ends in ${Object.keys(tableFormats).join(', ')}, found ${path}`,
  });
}

async function noFile(absolute: string, path: string, found: string): Promise<PlatformError> {
  const folder = found === 'a folder' ? absolute : dirname(absolute);
  const there = (await findTables(folder)).map((one) => relative(folder, one));
  const nearest = nearestName(relative(folder, absolute), there);
  const shown = (name: string): string => relative(process.cwd(), join(folder, name));
  return new PlatformError('DATA_NO_FILE', {
    message: `expected a CSV, JSON or Parquet file at ${path}, found ${found}`,
    ...(nearest !== null
      ? { hint: `Did you mean ${shown(nearest)}?` }
      : there.length > 0
        ? { hint: `Give one of the tables that are there: ${there.slice(0, 10).map(shown).join(', ')}.` }
        : {}),
  });
}

/**
 * Brings a file into the engine as the table or view `table`, as ingestion will read it. In CSV a word such as NA stands for a
 * missing value where everything else in its column is a number.
 * @throws PlatformError INGESTION_WRONG_HEADER, TABLE_FILE_UNREADABLE
 */
export async function openDataFile(engine: QueryEngine, file: DataFile, table: string): Promise<OpenedData> {
  await createTable(engine, { ...file, options: {} }, table);
  const words = file.format === 'csv' ? await wordsForMissing(engine, table) : [];
  const options: OpenedData['options'] = words.length === 0 ? {} : { nullstr: ['', ...words] };
  if (words.length > 0) await createTable(engine, { ...file, options }, table);
  return { options, ...(await readableFields(engine, table)) };
}

/** Brings a file into the engine as the table or view `table`, read with these options. */
export async function createTable(
  engine: QueryEngine,
  file: DataFile & Pick<OpenedData, 'options'>,
  table: string,
): Promise<void> {
  // A text file would be read again by each query, so its rows are kept.
  const kind = file.format === 'parquet' ? 'VIEW' : 'TEMP TABLE';
  const sql = `CREATE OR REPLACE ${kind} ${table} AS SELECT * FROM ${await fileReader(file)}`;
  await readingFile(engine, file, () => engine.execute(sql));
}

/** The columns that a dataset can have, and the names of the others. */
export async function readableFields(
  engine: QueryEngine,
  table: string,
): Promise<Pick<OpenedData, 'fields' | 'unreadable'>> {
  try {
    return { ...(await engine.describe(`SELECT * FROM ${table}`)), unreadable: [] };
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== 'TABLE_UNSUPPORTED_TYPE') throw error;
    const unreadable = (error.details as { readonly columns: readonly string[] }).columns;
    const others = (await engine.rows(`DESCRIBE SELECT * FROM ${table}`))
      .map((row) => String(row['column_name']))
      .filter((name) => !unreadable.includes(name));
    if (others.length === 0) return { fields: [], unreadable };
    const list = others.map((name) => quoteIdentifier(name)).join(', ');
    return { ...(await engine.describe(`SELECT ${list} FROM ${table}`)), unreadable };
  }
}

/** The words for a missing value of columns in which everything else is a number. */
async function wordsForMissing(engine: QueryEngine, table: string): Promise<string[]> {
  const { fields } = await readableFields(engine, table);
  const words = new Set<string>();
  const list = missingWords.map((word) => quoteLiteral(word)).join(', ');
  for (const { name, type } of fields) {
    if (type !== 'string') continue;
    const value = `trim(${quoteIdentifier(name)})`;
    const others = `count(*) FILTER (WHERE ${value} NOT IN (${list}))`;
    const [found] = await engine.rows(
      `SELECT ${others} AS others, count(TRY_CAST(${value} AS DOUBLE)) FILTER (WHERE ${value} NOT IN (${list})) AS numbers, list_sort(list(DISTINCT ${quoteIdentifier(name)}) FILTER (WHERE ${value} IN (${list}))) :: JSON :: VARCHAR AS words FROM ${table}`,
    );
    if (Number(found!['others']) === 0 || found!['others'] !== found!['numbers'] || found!['words'] === null) continue;
    for (const word of JSON.parse(String(found!['words'])) as string[]) words.add(word);
  }
  return [...words].sort();
}
