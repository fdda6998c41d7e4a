import type { QueryEngine, QueryOptions } from '../../tables/index.ts';
import { compareTables } from '../drift/compare-tables.ts';
import type { ColumnDrift, DriftDistance } from '../drift/drift.ts';
import { type Anomaly, anomalyOf } from './anomaly.ts';
import type { AnomalyReason } from './anomaly-reasons.ts';
import { columnsInForce, type DataSchema, severityOf } from './schema.ts';

/** A table with an older one, and what is expected of the difference. */
export interface OlderComparison {
  /** Each a table, or a query in parentheses. */
  readonly older: string;
  readonly source: string;
  readonly schema: DataSchema;
  /** Where the table was met, one of the schema's; default null: all of them at once. */
  readonly environment?: string | null;
}

/**
 * How a table differs from an older one more than a schema allows: rows by `rows.min_ratio` and `max_ratio`, then columns that say
 * `drift`, each judged as `compareStates` judges it. A column that the table does not have is no matter here.
 * @throws PlatformError CONFIG_BAD_VALUE where the schema has no such environment; CANCELED
 */
export async function findDriftAnomalies(
  engine: QueryEngine,
  { older, source, schema, environment = null }: OlderComparison,
  options: QueryOptions = {},
): Promise<Anomaly[]> {
  const rules = new Map(
    [...columnsInForce(schema, environment)].flatMap(([name, { drift }]) =>
      drift === undefined ? [] : [[name, drift] as const],
    ),
  );
  const found = await compareTables(
    engine,
    { reference: older, current: source },
    { ...options, columns: new Set(rules.keys()), rules },
  );
  return [
    ...ratioAnomalies(found, schema),
    ...found.onlyCurrent.map((name) => withoutOlder(schema, name, 'does not have')),
    ...found.differentTypes.map(({ name, reference }) => withoutOlder(schema, name, `has as ${reference}`)),
    ...found.columns.filter(({ drifted }) => drifted).map((column) => driftAnomaly(schema, column)),
  ];
}

/** Of no older rows there is no ratio. */
function ratioAnomalies(
  { referenceRowCount, currentRowCount }: { readonly referenceRowCount: number; readonly currentRowCount: number },
  schema: DataSchema,
): Anomaly[] {
  if (referenceRowCount === 0) return [];
  const ratio = currentRowCount / referenceRowCount;
  const { min_ratio: least = 0, max_ratio: most = Number.POSITIVE_INFINITY } = schema.rows ?? {};
  const anomaly = (reason: AnomalyReason, key: 'min_ratio' | 'max_ratio', says: string): Anomaly =>
    anomalyOf(null, {
      reason,
      severity: severityOf(schema, null, reason),
      message: `expected at ${says} times the ${referenceRowCount} rows of the older table, found ${currentRowCount}`,
      measured: ratio,
      threshold: key === 'min_ratio' ? least : most,
      rowCount: currentRowCount,
      patch: { path: ['rows', key], value: ratio },
    });
  return [
    ...(ratio < least ? [anomaly('COMPARATOR_LOW_NUM_EXAMPLES', 'min_ratio', `least ${least}`)] : []),
    ...(ratio > most ? [anomaly('COMPARATOR_HIGH_NUM_EXAMPLES', 'max_ratio', `most ${most}`)] : []),
  ];
}

function withoutOlder(schema: DataSchema, name: string, how: string): Anomaly {
  const reason = 'COMPARATOR_CONTROL_DATA_MISSING';
  return anomalyOf(name, {
    reason,
    severity: severityOf(schema, name, reason),
    message: `${name} cannot be compared with the older table, which ${how} it`,
    measured: null,
    threshold: null,
    set: ['drift', null],
  });
}

const reasons: Partial<Record<DriftDistance, AnomalyReason>> = {
  l_infinity: 'COMPARATOR_L_INFTY_HIGH',
  jensen_shannon: 'COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH',
};

function driftAnomaly(schema: DataSchema, { name, judgedBy, threshold, distances }: ColumnDrift): Anomaly {
  const reason = reasons[judgedBy] ?? 'COMPARATOR_OTHER_DISTANCE_HIGH';
  const measured = distances[judgedBy]!;
  return anomalyOf(name, {
    reason,
    severity: severityOf(schema, name, reason),
    message: `${name} drifted: ${judgedBy} ${Number(measured.toPrecision(4))}, allowed is less than ${threshold}`,
    measured,
    threshold,
    // A distance at the threshold is drift: the next number that three digits can say.
    set: ['drift', { distance: judgedBy, threshold: roundedUp(measured) }],
  });
}

/** A little above: to three digits. */
function roundedUp(value: number): number {
  const step = 10 ** (Math.floor(Math.log10(value)) - 2);
  return Number(((Math.floor(value / step) + 1) * step).toPrecision(3));
}
