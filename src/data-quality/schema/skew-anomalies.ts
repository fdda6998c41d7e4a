import { PlatformError } from '../../errors/index.ts';
import type { QueryEngine, QueryOptions } from '../../tables/index.ts';
import { fieldsOf } from '../column-states.ts';
import { diffRows } from '../difference/diff-rows.ts';
import { type Anomaly, anomalyOf } from './anomaly.ts';
import type { AnomalyReason } from './anomaly-reasons.ts';
import type { OlderComparison } from './drift-anomalies.ts';
import { columnsInForce, type DataSchema, severityOf } from './schema.ts';

/** How rows of two tables are matched. */
export interface RowMatching {
  /** The columns by which rows are matched, which both tables have. */
  readonly key: readonly string[];
  /** Numbers that are at most so far apart are equal. */
  readonly tolerance: number;
}

/**
 * In which columns that say `skew` the same rows have other values than in an older table more often than the schema allows. A column that the
 * table does not have is no matter here; where the older one does not have it, or no row of one is a row of the other, that is told of each column.
 * @throws PlatformError CONFIG_BAD_VALUE for a key that is not there, or none; and where the schema has no such environment; CANCELED
 */
export async function findSkewAnomalies(
  engine: QueryEngine,
  { older, source, schema, environment = null, key, tolerance }: OlderComparison & RowMatching,
  options: QueryOptions = {},
): Promise<Anomaly[]> {
  const here = new Set((await fieldsOf(engine, source)).map(({ name }) => name));
  const allowed = new Map(
    [...columnsInForce(schema, environment)].flatMap(([name, { skew }]) =>
      skew === undefined || key.includes(name) || !here.has(name) ? [] : [[name, skew] as const],
    ),
  );
  if (allowed.size === 0) return [];
  if (key.length === 0)
    throw new PlatformError('CONFIG_BAD_VALUE', {
      message: `expected a key by which rows are matched, since the schema says skew of ${[...allowed.keys()].join(', ')}; found none`,
      hint: 'Name it with --key, several columns with commas.',
    });
  const found = await diffRows(
    engine,
    { reference: older, current: source },
    { ...options, key, tolerance, columns: new Set(allowed.keys()) },
  );
  const matched = found.changed + found.unchanged;
  return [
    ...found.onlyCurrent.map((name) => unmatched(schema, name, 'the older table does not have it')),
    ...found.columns.flatMap(({ name, changed }) => {
      const most = allowed.get(name);
      if (most === undefined || changed / matched <= most) return [];
      if (matched === 0) return [unmatched(schema, name, 'no row has the key of one in the older table')];
      return [skewed(schema, name, { changed, matched, most })];
    }),
  ];
}

function unmatched(schema: DataSchema, name: string, why: string): Anomaly {
  const reason = 'COMPARATOR_CONTROL_DATA_MISSING';
  return anomalyOf(name, {
    reason,
    severity: severityOf(schema, name, reason),
    message: `${name} cannot be compared row by row: ${why}`,
    measured: 0,
    threshold: null,
    set: ['skew', null],
  });
}

function skewed(
  schema: DataSchema,
  name: string,
  { changed, matched, most }: { readonly changed: number; readonly matched: number; readonly most: number },
): Anomaly {
  const reason: AnomalyReason = 'COMPARATOR_JOINED_SKEW_HIGH';
  return anomalyOf(name, {
    reason,
    severity: severityOf(schema, name, reason),
    message: `${name} has another value in ${changed} of ${matched} rows with the same key, allowed is a share of ${most}`,
    measured: changed / matched,
    threshold: most,
    rowCount: changed,
    set: ['skew', Math.ceil((1000 * changed) / matched) / 1000],
  });
}
