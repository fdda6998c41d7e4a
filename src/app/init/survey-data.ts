import { stat } from 'node:fs/promises';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { nearestName } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { fileReader } from '../../steps/ingestion/file-reader.ts';
import { createDuckDb, type Field, type QueryEngine, quoteIdentifier, quoteLiteral } from '../../tables/index.ts';
import { findTables } from './find-tables.ts';
import { readTimes } from './read-times.ts';
import { type DataSurvey, formats, type SurveyedColumn } from './survey.ts';

/** Above this many different values the values themselves are not looked at. */
const mostListedValues = 1000;
/** Texts that stand for a missing value where all other values of a column are numbers. */
const missingWords = ['NA', 'N/A', 'n/a', 'NaN', 'nan', 'NULL', 'null', 'None', '?', '-', '.', '#N/A'];
const table = 'data';

/**
 * Reads a file, as ingestion will, and says what is in each of its columns.
 * @throws PlatformError INIT_NO_FILE, INIT_UNKNOWN_FORMAT, INIT_NOTHING_TO_LEARN for a table without rows or with one
 *   column, INGESTION_WRONG_HEADER, TABLE_FILE_UNREADABLE
 */
export async function surveyData(path: string): Promise<DataSurvey> {
  const absolute = resolve(path);
  const format = await requireFormat(absolute, path);
  const engine = await createDuckDb({ threads: 2 });
  try {
    await openFile(engine, { format, path: absolute, options: {} });
    const words = format === 'csv' ? await wordsForMissing(engine) : [];
    const options: DataSurvey['options'] = words.length === 0 ? {} : { nullstr: ['', ...words] };
    if (words.length > 0) await openFile(engine, { format, path: absolute, options });
    const { fields, unreadable } = await readableFields(engine);
    const rowCount = Number((await engine.rows(`SELECT count(*) AS n FROM ${table}`))[0]!['n']);
    if (rowCount === 0 || fields.length < 2)
      throw new PlatformError('INIT_NOTHING_TO_LEARN', {
        message: `expected rows with a label and at least one more column in ${path}, found ${rowCount} rows and ${fields.length} columns`,
      });
    const columns: SurveyedColumn[] = [];
    for (const field of fields) columns.push(await surveyColumn(engine, field));
    return { path: absolute, format, options, rowCount, columns, unreadable };
  } finally {
    await engine.close();
  }
}

/** Brings a file into the engine as the table or view `data`. */
export async function openFile(
  engine: QueryEngine,
  file: Pick<DataSurvey, 'format' | 'path' | 'options'>,
): Promise<void> {
  // A text file would be read again by each query, so its rows are kept.
  const kind = file.format === 'parquet' ? 'VIEW' : 'TEMP TABLE';
  await engine.execute(`CREATE OR REPLACE ${kind} ${table} AS SELECT * FROM ${await fileReader(file)}`);
}

async function requireFormat(absolute: string, path: string): Promise<DataSurvey['format']> {
  const info = await stat(absolute).catch(() => null);
  if (!info?.isFile()) throw await noFile(absolute, path, info === null ? 'nothing' : 'a folder');
  const format = formats[extname(absolute).toLowerCase()];
  if (format !== undefined) return format;
  throw new PlatformError('INIT_UNKNOWN_FORMAT', {
    message: `expected a file that ends in ${Object.keys(formats).join(', ')}, found ${path}`,
  });
}

async function noFile(absolute: string, path: string, found: string): Promise<PlatformError> {
  const folder = found === 'a folder' ? absolute : dirname(absolute);
  const there = (await findTables(folder)).map((one) => relative(folder, one));
  const nearest = nearestName(relative(folder, absolute), there);
  const shown = (name: string): string => relative(process.cwd(), join(folder, name));
  return new PlatformError('INIT_NO_FILE', {
    message: `expected a CSV, JSON or Parquet file at ${path}, found ${found}`,
    ...(nearest !== null
      ? { hint: `Did you mean ${shown(nearest)}?` }
      : there.length > 0
        ? { hint: `Give one of the tables that are there: ${there.slice(0, 10).map(shown).join(', ')}.` }
        : {}),
  });
}

/** The columns that a dataset can have, and the names of the others. */
async function readableFields(engine: QueryEngine): Promise<{ fields: Field[]; unreadable: string[] }> {
  const names = (await engine.rows(`DESCRIBE SELECT * FROM ${table}`)).map((row) => String(row['column_name']));
  const fields: Field[] = [];
  const unreadable: string[] = [];
  for (const name of names) {
    try {
      fields.push(...(await engine.describe(`SELECT ${quoteIdentifier(name)} FROM ${table}`)).fields);
    } catch (error) {
      if (!(error instanceof PlatformError) || error.code !== 'TABLE_UNSUPPORTED_TYPE') throw error;
      unreadable.push(name);
    }
  }
  return { fields, unreadable };
}

/** The words for a missing value of columns in which everything else is a number. */
async function wordsForMissing(engine: QueryEngine): Promise<string[]> {
  const { fields } = await readableFields(engine);
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

async function surveyColumn(engine: QueryEngine, field: Field): Promise<SurveyedColumn> {
  const times = await readTimes(engine, table, field);
  const column = times?.sql ?? quoteIdentifier(field.name);
  const type = times?.type ?? field.type;
  const length = type === 'string' ? `coalesce(avg(length(${column})), 0)` : '0';
  const [counts] = await engine.rows(
    `SELECT count(*) - count(${column}) AS missing, count(DISTINCT ${column}) AS different, ${length} AS length FROM ${table}`,
  );
  const distinctCount = Number(counts!['different']);
  const values =
    distinctCount > mostListedValues
      ? []
      : await engine.rows(
          `SELECT ${column} AS value, count(*) AS n FROM ${table} WHERE ${column} IS NOT NULL GROUP BY 1 ORDER BY n DESC, value LIMIT 21`,
        );
  return {
    name: field.name,
    type,
    reading: times?.sql ?? null,
    note: times?.note ?? null,
    missingCount: Number(counts!['missing']),
    distinctCount,
    meanLength: Number(counts!['length']),
    values: values.map((row) => ({ value: plain(row['value']), count: Number(row['n']) })),
  };
}

function plain(value: unknown): string | number | boolean {
  return typeof value === 'boolean' || typeof value === 'number' ? value : String(value);
}
