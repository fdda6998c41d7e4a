import type { JsonValue } from '../encoding/index.ts';
import { type QueryEngine, type QueryOptions, quoteIdentifier, quoteLiteral } from '../tables/index.ts';
import type { ColumnSchema, DataSchema } from './schema.ts';
import type { ColumnStatistics, TableStatistics } from './statistics.ts';
import { formatSql } from './text-formats.ts';

const shownValues = 5;

/** Reason codes: those of TensorFlow Data Validation where one exists. */
export type AnomalyReason =
  | 'SCHEMA_MISSING_COLUMN'
  | 'SCHEMA_NEW_COLUMN'
  | 'UNEXPECTED_DATA_TYPE'
  | 'FEATURE_TYPE_NOT_PRESENT'
  | 'FEATURE_TYPE_LOW_FRACTION_PRESENT'
  | 'ENUM_TYPE_UNEXPECTED_STRING_VALUES'
  | 'INT_TYPE_SMALL_INT'
  | 'INT_TYPE_BIG_INT'
  | 'FLOAT_TYPE_SMALL_FLOAT'
  | 'FLOAT_TYPE_BIG_FLOAT'
  | 'FLOAT_TYPE_HAS_NAN'
  | 'FLOAT_TYPE_HAS_INF'
  | 'TIME_TOO_EARLY'
  | 'TIME_TOO_LATE'
  | 'TEXT_OTHER_FORMAT'
  | 'FEATURE_TYPE_LOW_UNIQUE'
  | 'DATASET_LOW_NUM_EXAMPLES'
  | 'DATASET_HIGH_NUM_EXAMPLES';

/** Something about data that a schema does not allow. */
export interface Anomaly {
  /** Null where it is about the whole table. */
  readonly column: string | null;
  readonly reason: AnomalyReason;
  readonly severity: 'fail' | 'warn';
  readonly message: string;
  /** Rows that are affected, where rows are. */
  readonly rowCount: number | null;
  /** What to set in the schema, and where, so that it allows what was seen; null where that is no repair. */
  readonly patch: { readonly path: readonly string[]; readonly value: JsonValue } | null;
}

/** A table with what is known and expected of it. */
export interface SchemaComparison {
  /** A table, or a query in parentheses. */
  readonly source: string;
  readonly statistics: TableStatistics;
  readonly schema: DataSchema;
}

/** What of a table a schema does not allow, in the order of the schema. Values outside a domain are looked for in the rows. */
export async function findAnomalies(
  engine: QueryEngine,
  { source, statistics, schema }: SchemaComparison,
  options: QueryOptions = {},
): Promise<Anomaly[]> {
  const seen = new Map(statistics.columns.map((column) => [column.name, column]));
  const anomalies = rowAnomalies(statistics, schema);
  for (const [name, expected] of Object.entries(schema.columns)) {
    const column = seen.get(name);
    if (column === undefined) {
      if (expected.required) anomalies.push(missingColumn(name));
      continue;
    }
    const about = anomalyAbout(name);
    const ofType = typeAnomalies(about, expected, column);
    anomalies.push(...ofType, ...presenceAnomalies(about, expected, column));
    if (ofType.length > 0) continue;
    anomalies.push(...rangeAnomalies(about, expected, column), ...uniqueAnomalies(about, expected, column));
    anomalies.push(...(await domainAnomalies(engine, { source, name, expected }, options)));
    anomalies.push(...(await formatAnomalies(engine, { source, name, expected }, options)));
  }
  return [...anomalies, ...newColumns(statistics, schema)];
}

type About = (
  reason: AnomalyReason,
  message: string,
  more?: { readonly rowCount?: number; readonly set?: readonly [string, JsonValue] },
) => Anomaly;

function anomalyAbout(column: string): About {
  return (reason, message, { rowCount, set } = {}) => ({
    column,
    reason,
    severity: 'fail',
    message,
    rowCount: rowCount ?? null,
    patch: set === undefined ? null : { path: ['columns', column, set[0]], value: set[1] },
  });
}

function missingColumn(name: string): Anomaly {
  return anomalyAbout(name)('SCHEMA_MISSING_COLUMN', `column ${name} is missing`, { set: ['required', false] });
}

function newColumns(statistics: TableStatistics, schema: DataSchema): Anomaly[] {
  if (schema.additional === 'allow') return [];
  return statistics.columns
    .filter((column) => !Object.hasOwn(schema.columns, column.name))
    .map((column) => ({
      column: column.name,
      reason: 'SCHEMA_NEW_COLUMN',
      severity: schema.additional === 'refuse' ? 'fail' : 'warn',
      message: `column ${column.name} (${column.type}) is not in the schema`,
      rowCount: null,
      patch: { path: ['columns', column.name], value: { type: column.type, nullable: column.missingCount > 0 } },
    }));
}

function rowAnomalies(statistics: TableStatistics, { rows }: DataSchema): Anomaly[] {
  const found: Anomaly[] = [];
  const { rowCount } = statistics;
  const add = (reason: AnomalyReason, key: 'min' | 'max', message: string): void => {
    const patch = { path: ['rows', key], value: rowCount };
    found.push({ column: null, reason, severity: 'fail', message, rowCount, patch });
  };
  if (rows?.min !== undefined && rowCount < rows.min)
    add('DATASET_LOW_NUM_EXAMPLES', 'min', `expected at least ${rows.min} rows, found ${rowCount}`);
  if (rows?.max !== undefined && rowCount > rows.max)
    add('DATASET_HIGH_NUM_EXAMPLES', 'max', `expected at most ${rows.max} rows, found ${rowCount}`);
  return found;
}

/** A column without any value has no type to speak of; whole numbers fit into floats. */
function typeAnomalies(about: About, expected: ColumnSchema, seen: ColumnStatistics): Anomaly[] {
  const fits =
    seen.type === expected.type ||
    seen.distinctCount === 0 ||
    (seen.type === 'int64' && expected.type === 'float64') ||
    (seen.type === 'date' && expected.type === 'timestamp');
  if (fits) return [];
  return [
    about('UNEXPECTED_DATA_TYPE', `expected ${seen.name} to be ${expected.type}, found ${seen.type}`, {
      set: ['type', seen.type],
    }),
  ];
}

function presenceAnomalies(about: About, expected: ColumnSchema, seen: ColumnStatistics): Anomaly[] {
  const { missingCount, rowCount, name } = seen;
  const found: Anomaly[] = [];
  if (missingCount > 0 && !expected.nullable)
    found.push(
      about('FEATURE_TYPE_NOT_PRESENT', `${missingCount} of ${rowCount} values of ${name} are missing`, {
        rowCount: missingCount,
        set: ['nullable', true],
      }),
    );
  const share = rowCount === 0 ? 1 : (rowCount - missingCount) / rowCount;
  if (expected.presence !== undefined && share < expected.presence)
    found.push(
      about(
        'FEATURE_TYPE_LOW_FRACTION_PRESENT',
        `expected ${name} in a share of ${expected.presence} of the rows, found ${share}`,
        { rowCount: missingCount, set: ['presence', share] },
      ),
    );
  const { numbers } = seen;
  if (numbers === null || expected.nan) return found;
  const infinite = numbers.positiveInfinityCount + numbers.negativeInfinityCount;
  if (numbers.nanCount > 0)
    found.push(
      about('FLOAT_TYPE_HAS_NAN', `${numbers.nanCount} of ${rowCount} values of ${name} are NaN`, {
        rowCount: numbers.nanCount,
        set: ['nan', true],
      }),
    );
  if (infinite > 0)
    found.push(
      about('FLOAT_TYPE_HAS_INF', `${infinite} of ${rowCount} values of ${name} are infinite`, {
        rowCount: infinite,
        set: ['nan', true],
      }),
    );
  return found;
}

function rangeAnomalies(about: About, expected: ColumnSchema, seen: ColumnStatistics): Anomaly[] {
  const range = seen.numbers ?? seen.times;
  if (range === null || range.min === null || range.max === null) return [];
  const kind = seen.times !== null ? 'TIME' : seen.type === 'int64' ? 'INT' : 'FLOAT';
  const low = { TIME: 'TIME_TOO_EARLY', INT: 'INT_TYPE_SMALL_INT', FLOAT: 'FLOAT_TYPE_SMALL_FLOAT' } as const;
  const high = { TIME: 'TIME_TOO_LATE', INT: 'INT_TYPE_BIG_INT', FLOAT: 'FLOAT_TYPE_BIG_FLOAT' } as const;
  const place = (value: number | string): number => (kind === 'TIME' ? Date.parse(String(value)) : Number(value));
  const found: Anomaly[] = [];
  if (expected.min !== undefined && place(range.min) < place(expected.min))
    found.push(
      about(low[kind], `${seen.name} goes down to ${range.min}, below ${expected.min}`, { set: ['min', range.min] }),
    );
  if (expected.max !== undefined && place(range.max) > place(expected.max))
    found.push(
      about(high[kind], `${seen.name} goes up to ${range.max}, above ${expected.max}`, { set: ['max', range.max] }),
    );
  return found;
}

function uniqueAnomalies(about: About, expected: ColumnSchema, seen: ColumnStatistics): Anomaly[] {
  const present = seen.rowCount - seen.missingCount;
  if (expected.unique !== true || seen.distinctCount === present) return [];
  return [
    about(
      'FEATURE_TYPE_LOW_UNIQUE',
      `expected no value of ${seen.name} twice, found ${seen.distinctCount} values in ${present} rows`,
      { rowCount: present - seen.distinctCount, set: ['unique', false] },
    ),
  ];
}

async function domainAnomalies(
  engine: QueryEngine,
  of: { readonly source: string; readonly name: string; readonly expected: ColumnSchema },
  options: QueryOptions,
): Promise<Anomaly[]> {
  const { domain } = of.expected;
  if (domain === undefined) return [];
  const column = quoteIdentifier(of.name);
  const allowed = domain.map((value) => quoteLiteral(String(value)));
  const texts =
    of.expected.type === 'int64' || of.expected.type === 'float64' ? numberTexts(column) : `CAST(${column} AS VARCHAR)`;
  const outside = allowed.length === 0 ? 'TRUE' : `value NOT IN (${allowed.join(', ')})`;
  const rows = await engine.rows(
    `SELECT value, count(*) AS n FROM (SELECT ${texts} AS value FROM ${of.source} WHERE ${column} IS NOT NULL) WHERE ${outside} GROUP BY 1 ORDER BY n DESC, value`,
    options,
  );
  if (rows.length === 0) return [];
  const rowCount = rows.reduce((sum, row) => sum + Number(row['n']), 0);
  const shown = rows.slice(0, shownValues).map((row) => `${JSON.stringify(row['value'])} (${row['n']})`);
  const more = rows.length > shownValues ? ` and ${rows.length - shownValues} more` : '';
  const repaired = [...domain, ...rows.slice(0, maximumPatched).map((row) => String(row['value']))];
  return [
    anomalyAbout(of.name)(
      'ENUM_TYPE_UNEXPECTED_STRING_VALUES',
      `${of.name} has values outside its domain in ${rowCount} rows: ${shown.join(', ')}${more}`,
      rows.length > maximumPatched || of.expected.type !== 'string'
        ? { rowCount }
        : { rowCount, set: ['domain', repaired] },
    ),
  ];
}

async function formatAnomalies(
  engine: QueryEngine,
  of: { readonly source: string; readonly name: string; readonly expected: ColumnSchema },
  options: QueryOptions,
): Promise<Anomaly[]> {
  const { format, type } = of.expected;
  if (format === undefined || type !== 'string') return [];
  const column = quoteIdentifier(of.name);
  const [found] = await engine.rows(
    `SELECT count_if(NOT ${formatSql(format, column)}) AS n FROM ${of.source}`,
    options,
  );
  const rowCount = Number(found!['n']);
  if (rowCount === 0) return [];
  return [
    anomalyAbout(of.name)('TEXT_OTHER_FORMAT', `${rowCount} values of ${of.name} are no ${format}`, { rowCount }),
  ];
}

const maximumPatched = 100;

/** Whole numbers without a point, as JavaScript writes them, so that 1 and 1.0 are one value. */
function numberTexts(column: string): string {
  return `CASE WHEN CAST(${column} AS DOUBLE) = trunc(CAST(${column} AS DOUBLE)) AND abs(CAST(${column} AS DOUBLE)) < 1e15 THEN CAST(CAST(${column} AS BIGINT) AS VARCHAR) ELSE CAST(${column} AS VARCHAR) END`;
}
