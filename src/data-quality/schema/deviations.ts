import type { JsonValue } from '../../encoding/index.ts';
import { quoteIdentifier } from '../../tables/index.ts';
import { columnConditions } from '../quarantine.ts';
import type { ColumnStatistics } from '../statistics.ts';
import type { AnomalyReason } from './anomaly-reasons.ts';
import type { FailingCondition, FailingValues } from './failing-rows.ts';
import type { ColumnSchema } from './schema.ts';

const shownValues = 5;
const maximumPatched = 100;

/** One way in which a column is not as expected. */
export interface Deviation {
  readonly reason: AnomalyReason;
  readonly message: string;
  readonly measured: JsonValue;
  readonly threshold: JsonValue;
  /** The rows that are to blame; null where none is. */
  readonly failing: FailingCondition | null;
  /** Where it was looked at already: what those rows have. */
  readonly values?: FailingValues;
  /** The key of the column to set so that it is allowed, and its value; null: there is none. */
  readonly set: readonly [string, JsonValue] | null;
}

/** A column with what is expected of it. */
export interface ColumnComparison {
  readonly expected: ColumnSchema;
  readonly seen: ColumnStatistics;
  /** What failing rows have in the column. */
  readonly look: (failing: FailingCondition) => Promise<FailingValues>;
}

/** Every way in which a column is not as expected; of a column of another type, its values are not judged. */
export async function columnDeviations(column: ColumnComparison): Promise<Deviation[]> {
  const ofType = await typeDeviations(column);
  const found = [...ofType, ...presenceDeviations(column), ...strangeDeviations(column)];
  if (ofType.length > 0) return found;
  return [
    ...found,
    ...rangeDeviations(column),
    ...countDeviations(column),
    ...(await domainDeviations(column)),
    ...(await formatDeviations(column)),
  ];
}

/** A column without any value has no type to speak of; whole numbers fit into floats. */
async function typeDeviations({ expected, seen, look }: ColumnComparison): Promise<Deviation[]> {
  const [wanted, found] = [expected.type, seen.type];
  const fits =
    found === wanted ||
    seen.distinctCount === 0 ||
    (found === 'int64' && wanted === 'float64') ||
    (found === 'date' && wanted === 'timestamp');
  if (fits) return [];
  const x = quoteIdentifier(seen.name);
  const converts = found === 'string' ? fromText(wanted, x) : fromNumber(wanted, found, x);
  const failing = converts === null ? null : () => `(${x} IS NOT NULL AND NOT coalesce(${converts}, FALSE))`;
  const values = failing === null ? undefined : await look(failing);
  const isBlamed = values !== undefined && values.rowCount > 0;
  const such = isBlamed ? `; ${values.rowCount} values are none: ${listed(values)}` : '';
  return [
    {
      reason: isBlamed ? typeReason(expected, seen) : 'UNEXPECTED_DATA_TYPE',
      message: `expected ${seen.name} to be ${wanted}, found ${found}${such}`,
      measured: found,
      threshold: wanted,
      failing: isBlamed ? failing : null,
      ...(isBlamed ? { values } : {}),
      set: ['type', found],
    },
  ];
}

function typeReason({ type }: ColumnSchema, seen: ColumnStatistics): AnomalyReason {
  if (seen.type === 'string') {
    if (type === 'int64') return 'INT_TYPE_NOT_INT_STRING';
    if (type === 'float64') return 'FLOAT_TYPE_STRING_NOT_FLOAT';
    if (type === 'boolean') return 'BOOL_TYPE_UNEXPECTED_STRING';
  }
  if (type === 'boolean' && seen.type === 'float64') return 'BOOL_TYPE_UNEXPECTED_FLOAT';
  if (type === 'boolean' && seen.type === 'int64')
    return (seen.numbers?.max ?? 0) > 1 ? 'BOOL_TYPE_BIG_INT' : 'BOOL_TYPE_SMALL_INT';
  return 'UNEXPECTED_DATA_TYPE';
}

/** Whether a text says a value of a type; null where every text does. */
function fromText(type: ColumnSchema['type'], x: string): string | null {
  const text = `CAST(${x} AS VARCHAR)`;
  // The engine's own cast rounds.
  if (type === 'int64') return `regexp_full_match(trim(${text}), '[+-]?[0-9]+')`;
  const engineTypes = { float64: 'DOUBLE', boolean: 'BOOLEAN', date: 'DATE', timestamp: 'TIMESTAMP', string: null };
  return engineTypes[type] === null ? null : `TRY_CAST(${text} AS ${engineTypes[type]}) IS NOT NULL`;
}

function fromNumber(type: ColumnSchema['type'], found: ColumnSchema['type'], x: string): string | null {
  if (found !== 'float64' && found !== 'int64') return null;
  const number = `CAST(${x} AS DOUBLE)`;
  if (type === 'boolean') return `${number} IN (0, 1)`;
  return type === 'int64' ? `(isfinite(${number}) AND ${number} = trunc(${number}))` : null;
}

function presenceDeviations({ expected, seen }: ColumnComparison): Deviation[] {
  const { missingCount, rowCount, name } = seen;
  const failing = () => `(${quoteIdentifier(name)} IS NULL)`;
  const found: Deviation[] = [];
  if (missingCount > 0 && !expected.nullable)
    found.push({
      reason: 'FEATURE_TYPE_NOT_PRESENT',
      message: `${missingCount} of ${rowCount} values of ${name} are missing`,
      measured: missingCount,
      threshold: 0,
      failing,
      set: ['nullable', true],
    });
  const share = rowCount === 0 ? 1 : (rowCount - missingCount) / rowCount;
  if (expected.presence !== undefined && share < expected.presence)
    found.push({
      reason: 'FEATURE_TYPE_LOW_FRACTION_PRESENT',
      message: `expected ${name} in a share of ${expected.presence} of the rows, found ${share}`,
      measured: share,
      threshold: expected.presence,
      failing,
      set: ['presence', Math.floor(share * 10_000) / 10_000],
    });
  const present = rowCount - missingCount;
  if (expected.min_present !== undefined && present < expected.min_present)
    found.push({
      reason: 'FEATURE_TYPE_LOW_NUMBER_PRESENT',
      message: `expected ${name} in at least ${expected.min_present} rows, found it in ${present}`,
      measured: present,
      threshold: expected.min_present,
      failing,
      set: ['min_present', present],
    });
  return found;
}

function strangeDeviations({ expected, seen }: ColumnComparison): Deviation[] {
  const { numbers, rowCount, name } = seen;
  if (numbers === null || expected.nan) return [];
  const number = `CAST(${quoteIdentifier(name)} AS DOUBLE)`;
  const infiniteCount = numbers.positiveInfinityCount + numbers.negativeInfinityCount;
  const strange = [
    { reason: 'FLOAT_TYPE_HAS_NAN', count: numbers.nanCount, are: 'NaN', failing: () => `isnan(${number})` },
    { reason: 'FLOAT_TYPE_HAS_INF', count: infiniteCount, are: 'infinite', failing: () => `isinf(${number})` },
  ] as const;
  return strange
    .filter(({ count }) => count > 0)
    .map(({ reason, count, are, failing }) => ({
      reason,
      message: `${count} of ${rowCount} values of ${name} are ${are}`,
      measured: count,
      threshold: 0,
      failing,
      set: ['nan', true],
    }));
}

function rangeDeviations({ expected, seen }: ColumnComparison): Deviation[] {
  const range = seen.numbers ?? seen.times;
  if (range === null || range.min === null || range.max === null) return [];
  const kind = seen.times !== null ? 'TIME' : seen.type === 'int64' ? 'INT' : 'FLOAT';
  const low = { TIME: 'TIME_TOO_EARLY', INT: 'INT_TYPE_SMALL_INT', FLOAT: 'FLOAT_TYPE_SMALL_FLOAT' } as const;
  const high = { TIME: 'TIME_TOO_LATE', INT: 'INT_TYPE_BIG_INT', FLOAT: 'FLOAT_TYPE_BIG_FLOAT' } as const;
  const place = (value: number | string): number => (kind === 'TIME' ? Date.parse(String(value)) : Number(value));
  const found: Deviation[] = [];
  const add = (key: 'min' | 'max', reason: AnomalyReason, says: string): void => {
    const [measured, threshold] = [range[key]!, expected[key]!];
    const message = `${seen.name} goes ${says.replace('…', String(measured))} ${threshold}`;
    found.push({
      reason,
      message,
      measured,
      threshold,
      failing: brokenSql(seen.name, expected, key),
      set: [key, measured],
    });
  };
  if (expected.min !== undefined && place(range.min) < place(expected.min)) add('min', low[kind], 'down to …, below');
  if (expected.max !== undefined && place(range.max) > place(expected.max)) add('max', high[kind], 'up to …, above');
  return found;
}

/** The opposite of what quarantine asks of a row. */
function brokenSql(name: string, expected: ColumnSchema, key: 'min' | 'max' | 'domain' | 'format'): FailingCondition {
  const condition = columnConditions(name, expected).find((one) => one.key === key);
  return () => `NOT coalesce(${condition?.sql ?? 'TRUE'}, TRUE)`;
}

function uniqueDeviations({ expected, seen }: ColumnComparison): Deviation[] {
  const present = seen.rowCount - seen.missingCount;
  if (expected.unique !== true || seen.distinctCount === present) return [];
  const x = quoteIdentifier(seen.name);
  return [
    {
      reason: 'FEATURE_TYPE_LOW_UNIQUE',
      message: `expected no value of ${seen.name} twice, found ${seen.distinctCount} values in ${present} rows`,
      measured: seen.distinctCount,
      threshold: present,
      failing: (table) => `${x} IN (SELECT ${x} FROM ${table} GROUP BY 1 HAVING count(*) > 1)`,
      set: ['unique', false],
    },
  ];
}

/** One of the two, which have a reason in common: equal values where none may be, else too few or too many different ones. */
function countDeviations(column: ColumnComparison): Deviation[] {
  const repeated = uniqueDeviations(column);
  return repeated.length > 0 ? repeated : distinctDeviations(column);
}

/** A missing value is none; NaN and each infinity are one. */
function distinctDeviations({ expected, seen }: ColumnComparison): Deviation[] {
  const { min = 0, max = seen.distinctCount } = expected.distinct ?? {};
  const deviation = (reason: AnomalyReason, key: 'min' | 'max', most: string): Deviation => ({
    reason,
    message: `expected at ${most} ${key === 'min' ? min : max} different values of ${seen.name}, found ${seen.distinctCount}`,
    measured: seen.distinctCount,
    threshold: key === 'min' ? min : max,
    failing: null,
    set: ['distinct', { ...expected.distinct, [key]: seen.distinctCount }],
  });
  return [
    ...(seen.distinctCount < min
      ? [deviation(seen.distinctCount === 0 ? 'FEATURE_TYPE_NO_UNIQUE' : 'FEATURE_TYPE_LOW_UNIQUE', 'min', 'least')]
      : []),
    ...(seen.distinctCount > max ? [deviation('FEATURE_TYPE_HIGH_UNIQUE', 'max', 'most')] : []),
  ];
}

async function domainDeviations({ expected, seen, look }: ColumnComparison): Promise<Deviation[]> {
  const { domain, domain_share: wanted = 1 } = expected;
  if (domain === undefined) return [];
  const failing = brokenSql(seen.name, expected, 'domain');
  const values = await look(failing);
  const present = seen.rowCount - seen.missingCount;
  if (values.rowCount === 0 || present - values.rowCount >= wanted * present) return [];
  const repaired = [...domain, ...values.values.map(({ value }) => ofType(expected.type, String(value)))];
  const isRepair = values.distinctCount <= maximumPatched && !repaired.includes(null);
  return [
    {
      reason: 'ENUM_TYPE_UNEXPECTED_STRING_VALUES',
      message: `${seen.name} has values outside its domain in ${values.rowCount} rows: ${listed(values)}`,
      measured: values.distinctCount,
      threshold: 0,
      failing,
      values,
      set: isRepair ? ['domain', repaired] : null,
    },
  ];
}

/** A text of the engine as a value of a domain; null where a schema cannot say it. */
function ofType(type: ColumnSchema['type'], text: string): string | number | boolean | null {
  if (type === 'boolean') return text === 'true';
  if (type !== 'int64' && type !== 'float64') return text;
  const value = Number(text);
  return Number.isFinite(value) && (type === 'float64' || Number.isSafeInteger(value)) ? value : null;
}

async function formatDeviations({ expected, seen, look }: ColumnComparison): Promise<Deviation[]> {
  const { format, type } = expected;
  if (format === undefined || type !== 'string') return [];
  const failing = brokenSql(seen.name, expected, 'format');
  const values = await look(failing);
  if (values.rowCount === 0) return [];
  const message = `${values.rowCount} values of ${seen.name} are no ${format}: ${listed(values)}`;
  return [
    {
      reason: 'TEXT_OTHER_FORMAT',
      message,
      measured: values.rowCount,
      threshold: 0,
      failing,
      values,
      set: ['format', null],
    },
  ];
}

function listed({ values, distinctCount }: FailingValues): string {
  const shown = values.slice(0, shownValues).map(({ value, count }) => `${JSON.stringify(value)} (${count})`);
  return `${shown.join(', ')}${distinctCount > shownValues ? ` and ${distinctCount - shownValues} more` : ''}`;
}
