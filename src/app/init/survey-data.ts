import { extname, resolve } from 'node:path';
import { PlatformError } from '../../errors/index.ts';
import { type ColumnType, createDuckDb, type QueryEngine, quoteIdentifier, quoteLiteral } from '../../tables/index.ts';
import { type DataSurvey, formats, type SurveyedColumn } from './survey.ts';

/** Above this many different values the values themselves are not looked at. */
const mostListedValues = 1000;

/**
 * Reads a file once and says what is in each of its columns.
 * @throws PlatformError INIT_UNKNOWN_FORMAT, INIT_NOTHING_TO_LEARN for a table without rows or with one column,
 *   TABLE_FILE_UNREADABLE, TABLE_UNSUPPORTED_TYPE
 */
export async function surveyData(path: string): Promise<DataSurvey> {
  const absolute = resolve(path);
  const format = formats[extname(absolute).toLowerCase()];
  if (format === undefined)
    throw new PlatformError('INIT_UNKNOWN_FORMAT', {
      message: `expected a file that ends in ${Object.keys(formats).join(', ')}, found ${path}`,
    });
  const engine = await createDuckDb({ threads: 2 });
  try {
    const source = sourceSql(format, absolute);
    const { fields } = await engine.describe(`SELECT * FROM ${source}`);
    const rowCount = Number((await engine.rows(`SELECT count(*) AS n FROM ${source}`))[0]!['n']);
    if (rowCount === 0 || fields.length < 2)
      throw new PlatformError('INIT_NOTHING_TO_LEARN', {
        message: `expected rows with a label and at least one more column in ${path}, found ${rowCount} rows and ${fields.length} columns`,
      });
    const columns: SurveyedColumn[] = [];
    for (const field of fields) columns.push(await surveyColumn(engine, field, source));
    return { path: absolute, format, rowCount, columns };
  } finally {
    await engine.close();
  }
}

function sourceSql(format: DataSurvey['format'], path: string): string {
  const reader = { csv: 'read_csv', json: 'read_json', parquet: 'read_parquet' }[format];
  return `${reader}([${quoteLiteral(path)}])`;
}

async function surveyColumn(
  engine: QueryEngine,
  field: { readonly name: string; readonly type: ColumnType },
  source: string,
): Promise<SurveyedColumn> {
  const column = quoteIdentifier(field.name);
  const length = field.type === 'string' ? `coalesce(avg(length(${column})), 0)` : '0';
  const [counts] = await engine.rows(
    `SELECT count(*) - count(${column}) AS missing, count(DISTINCT ${column}) AS different, ${length} AS length FROM ${source}`,
  );
  const distinctCount = Number(counts!['different']);
  const values =
    distinctCount > mostListedValues
      ? []
      : await engine.rows(
          `SELECT ${column} AS value, count(*) AS n FROM ${source} WHERE ${column} IS NOT NULL GROUP BY 1 ORDER BY n DESC, value LIMIT 21`,
        );
  return {
    ...field,
    missingCount: Number(counts!['missing']),
    distinctCount,
    meanLength: Number(counts!['length']),
    values: values.map((row) => ({ value: plain(row['value']), count: Number(row['n']) })),
  };
}

function plain(value: unknown): string | number | boolean {
  return typeof value === 'boolean' || typeof value === 'number' ? value : String(value);
}
