import { digestHex, digestJson, type JsonValue, visibleText } from '../encoding/index.ts';
import type { QueryEngine, QueryOptions } from '../tables/index.ts';
import { type AnomalyReason, columnDeviations, type Deviation } from './deviations.ts';
import { type FailingCondition, type FailingValues, failingRowsSql, failingValues } from './failing-rows.ts';
import type { SchemaPatch } from './patch-schema.ts';
import type { DataSchema } from './schema.ts';
import type { TableStatistics } from './statistics.ts';

const mostExamples = 5;
const longestExample = 200;
const idDigits = 8;

/** Something about data that a schema does not allow. */
export interface Anomaly {
  /** Eight hexadecimal digits of the column and the reason. */
  readonly id: string;
  /** Null where it is about the whole table. */
  readonly column: string | null;
  readonly reason: AnomalyReason;
  readonly severity: 'fail' | 'warn';
  /** One line, without signs that a terminal would obey. */
  readonly message: string;
  /** What was found: a count, a share, a bound, a type; null where nothing is measured. */
  readonly measured: JsonValue;
  /** What the schema allows of it; null where that is nothing. */
  readonly threshold: JsonValue;
  /** Rows that are affected, where rows are. */
  readonly rowCount: number | null;
  /** The most frequent values of the affected rows, at most five, long ones cut. */
  readonly examples: readonly { readonly value: string; readonly count: number }[];
  /** SQL for the affected rows; null where no row is to blame. */
  readonly failingRows: string | null;
  /** What to set in the schema, and where, so that it allows what was seen; null where that is no repair. */
  readonly patch: SchemaPatch | null;
}

/** A table with what is known and expected of it. */
export interface SchemaComparison {
  /** A table, or a query in parentheses. */
  readonly source: string;
  readonly statistics: TableStatistics;
  readonly schema: DataSchema;
  /** What the SQL of an anomaly reads from; default `data`. */
  readonly named?: string;
}

/** What of a table a schema does not allow, in the order of the schema. Rows are read only where something is to be told of them. */
export async function findAnomalies(
  engine: QueryEngine,
  { source, statistics, schema, named = 'data' }: SchemaComparison,
  options: QueryOptions = {},
): Promise<Anomaly[]> {
  const columns = new Map(statistics.columns.map((column) => [column.name, column]));
  const anomalies = tableAnomalies(statistics, schema);
  for (const [name, expected] of Object.entries(schema.columns)) {
    const seen = columns.get(name);
    if (seen === undefined) {
      if (expected.required) anomalies.push(missingColumn(name));
      continue;
    }
    const look = (failing: FailingCondition): Promise<FailingValues> =>
      failingValues(engine, { source, column: name, failing }, options);
    for (const deviation of await columnDeviations({ expected, seen, look })) {
      const { failing } = deviation;
      const values = failing === null ? null : (deviation.values ?? (await look(failing)));
      const sql = failing === null ? null : failingRowsSql(named, failing);
      anomalies.push(anomalyOf(name, { ...deviation, values, sql }));
    }
  }
  return [...anomalies, ...newColumns(statistics, schema)];
}

interface Told extends Pick<Deviation, 'reason' | 'message' | 'measured' | 'threshold'> {
  readonly severity?: 'fail' | 'warn';
  readonly values?: FailingValues | null;
  readonly sql?: string | null;
  readonly set?: Deviation['set'];
  readonly rowCount?: number;
  readonly patch?: SchemaPatch;
}

function anomalyOf(column: string | null, told: Told): Anomaly {
  const { reason, message, measured, threshold, severity = 'fail', values = null, sql = null, set = null } = told;
  const examples = (values?.values ?? []).slice(0, mostExamples).flatMap(({ value, count }) => {
    if (value === null) return [];
    return [{ value: value.length > longestExample ? `${value.slice(0, longestExample)}…` : value, count }];
  });
  return {
    id: digestHex(digestJson([column, reason])).slice(0, idDigits),
    column,
    reason,
    severity,
    message: visibleText(message),
    measured,
    threshold,
    rowCount: values?.rowCount ?? told.rowCount ?? null,
    examples,
    failingRows: sql,
    patch:
      set === null || column === null ? (told.patch ?? null) : { path: ['columns', column, set[0]], value: set[1] },
  };
}

function missingColumn(name: string): Anomaly {
  return anomalyOf(name, {
    reason: 'SCHEMA_MISSING_COLUMN',
    message: `column ${name} is missing`,
    measured: null,
    threshold: null,
    set: ['required', false],
  });
}

function newColumns(statistics: TableStatistics, schema: DataSchema): Anomaly[] {
  if (schema.additional === 'allow') return [];
  return statistics.columns
    .filter((column) => !Object.hasOwn(schema.columns, column.name))
    .map((column) =>
      anomalyOf(column.name, {
        reason: 'SCHEMA_NEW_COLUMN',
        severity: schema.additional === 'refuse' ? 'fail' : 'warn',
        message: `column ${column.name} (${column.type}) is not in the schema`,
        measured: column.type,
        threshold: null,
        patch: {
          path: ['columns', column.name],
          value: { type: column.type, ...(column.missingCount > 0 ? { nullable: true } : {}) },
        },
      }),
    );
}

function tableAnomalies({ rowCount }: TableStatistics, { rows }: DataSchema): Anomaly[] {
  const anomaly = (reason: AnomalyReason, key: 'min' | 'max', most: string): Anomaly => {
    const threshold = rows![key]!;
    const message = `expected at ${most} ${threshold} rows, found ${rowCount}`;
    const patch = { path: ['rows', key], value: rowCount };
    return anomalyOf(null, { reason, message, measured: rowCount, threshold, rowCount, patch });
  };
  return [
    ...(rowCount < (rows?.min ?? 0) ? [anomaly('DATASET_LOW_NUM_EXAMPLES', 'min', 'least')] : []),
    ...(rowCount > (rows?.max ?? rowCount) ? [anomaly('DATASET_HIGH_NUM_EXAMPLES', 'max', 'most')] : []),
  ];
}
