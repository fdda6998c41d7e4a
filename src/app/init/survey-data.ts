import { PlatformError } from '../../errors/index.ts';
import { type Field, type QueryEngine, quoteIdentifier } from '../../tables/index.ts';
import { openDataFile, requireDataFile } from '../data/data-file.ts';
import { withTables } from '../data/with-tables.ts';
import { readTimes } from './read-times.ts';
import type { DataSurvey, SurveyedColumn } from './survey.ts';

/** Above this many different values the values themselves are not looked at. */
const mostListedValues = 1000;
const table = 'data';

/**
 * Reads a file, as ingestion will, and says what is in each of its columns.
 * @throws PlatformError DATA_NO_FILE, DATA_UNKNOWN_FORMAT, INIT_NOTHING_TO_LEARN for a table without rows or with one
 *   column, INGESTION_WRONG_HEADER, TABLE_FILE_UNREADABLE
 */
export async function surveyData(path: string, signal?: AbortSignal): Promise<DataSurvey> {
  const file = await requireDataFile(path);
  return await withTables(signal === undefined ? {} : { signal }, async (engine) => {
    const { options, fields, unreadable } = await openDataFile(engine, file, table);
    const rowCount = Number((await engine.rows(`SELECT count(*) AS n FROM ${table}`))[0]!['n']);
    if (rowCount === 0 || fields.length < 2)
      throw new PlatformError('INIT_NOTHING_TO_LEARN', {
        message: `expected rows with a label and at least one more column in ${path}, found ${rowCount} rows and ${fields.length} columns`,
      });
    const columns: SurveyedColumn[] = [];
    for (const field of fields) columns.push(await surveyColumn(engine, field));
    return { ...file, options, rowCount, columns, unreadable };
  });
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
