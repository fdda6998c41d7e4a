import type { QueryEngine, QueryOptions } from '../../tables/index.ts';
import type { TableStatistics } from '../statistics.ts';
import { type Anomaly, anomalyOf } from './anomaly.ts';
import type { AnomalyReason } from './anomaly-reasons.ts';
import { columnDeviations } from './deviations.ts';
import { type FailingCondition, type FailingValues, failingRowsSql, failingValues } from './failing-rows.ts';
import { columnsInForce, type DataSchema, severityOf } from './schema.ts';

/** A table with what is known and expected of it. */
export interface SchemaComparison {
  /** A table, or a query in parentheses. */
  readonly source: string;
  readonly statistics: TableStatistics;
  readonly schema: DataSchema;
  /** Where the table was met, one of the schema's; default null: all of them at once. */
  readonly environment?: string | null;
  /** What the SQL of an anomaly reads from; default `data`. */
  readonly named?: string;
}

/**
 * What of a table a schema does not allow, in the order of the schema. Rows are read only where something is to be told of them.
 * @throws PlatformError CONFIG_BAD_VALUE where the schema has no such environment; CANCELED
 */
export async function findAnomalies(
  engine: QueryEngine,
  { source, statistics, schema, environment = null, named = 'data' }: SchemaComparison,
  options: QueryOptions = {},
): Promise<Anomaly[]> {
  const columns = new Map(statistics.columns.map((column) => [column.name, column]));
  const anomalies = tableAnomalies(statistics, schema);
  for (const [name, expected] of columnsInForce(schema, environment)) {
    const seen = columns.get(name);
    if (seen === undefined) {
      if (expected.required) anomalies.push(missingColumn(schema, name));
      continue;
    }
    const look = (failing: FailingCondition): Promise<FailingValues> =>
      failingValues(engine, { source, column: name, failing }, options);
    for (const deviation of await columnDeviations({ expected, seen, look })) {
      const { failing } = deviation;
      const values = failing === null ? null : (deviation.values ?? (await look(failing)));
      const sql = failing === null ? null : failingRowsSql(named, failing);
      const severity = severityOf(schema, name, deviation.reason);
      anomalies.push(anomalyOf(name, { ...deviation, severity, values, sql }));
    }
  }
  return [...anomalies, ...newColumns(statistics, schema)];
}

function missingColumn(schema: DataSchema, name: string): Anomaly {
  const reason = 'SCHEMA_MISSING_COLUMN';
  return anomalyOf(name, {
    reason,
    severity: severityOf(schema, name, reason),
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

function tableAnomalies({ rowCount }: TableStatistics, schema: DataSchema): Anomaly[] {
  const { rows } = schema;
  const anomaly = (reason: AnomalyReason, key: 'min' | 'max', most: string): Anomaly => {
    const threshold = rows![key]!;
    const message = `expected at ${most} ${threshold} rows, found ${rowCount}`;
    const patch = { path: ['rows', key], value: rowCount };
    const severity = severityOf(schema, null, reason);
    return anomalyOf(null, { reason, severity, message, measured: rowCount, threshold, rowCount, patch });
  };
  return [
    ...(rowCount < (rows?.min ?? 0) ? [anomaly('DATASET_LOW_NUM_EXAMPLES', 'min', 'least')] : []),
    ...(rowCount > (rows?.max ?? rowCount) ? [anomaly('DATASET_HIGH_NUM_EXAMPLES', 'max', 'most')] : []),
  ];
}
