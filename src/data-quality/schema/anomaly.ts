import { digestHex, digestJson, type JsonValue, visibleText } from '../../encoding/index.ts';
import type { AnomalyReason } from './anomaly-reasons.ts';
import type { Deviation } from './deviations.ts';
import type { FailingValues } from './failing-rows.ts';
import type { SchemaPatch } from './patch-schema.ts';

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

/** What is told of an anomaly; `severity` is fail where it is left out. */
export interface Told extends Pick<Deviation, 'reason' | 'message' | 'measured' | 'threshold'> {
  readonly severity?: 'fail' | 'warn';
  readonly values?: FailingValues | null;
  readonly sql?: string | null;
  readonly set?: Deviation['set'];
  readonly rowCount?: number;
  readonly patch?: SchemaPatch;
}

/** An anomaly of a column, or, with null, of the table. */
export function anomalyOf(column: string | null, told: Told): Anomaly {
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
