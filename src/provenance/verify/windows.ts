/** What data of production were compared with, long after the run had ended. */
import type { Digest } from '../../encoding/index.ts';
import { monitoringWindowPredicate } from '../layout/predicates.ts';
import { monitoringWindowPredicateType } from '../monitoring-statement.ts';
import type { Opened } from './evidence.ts';

/** One window, as a key that is trusted states it. */
export interface WindowClaim {
  /** The digest of its statement. */
  readonly statement: Digest;
  /** `MODEL/VERSION` by which the run was named; null: it was named itself. */
  readonly model: string | null;
  /** What it says to have been the training part, and the profile of that. */
  readonly datasetDigest: Digest;
  readonly profileDigest: Digest;
  /** Of the declaration that it names. */
  readonly specDigest: Digest;
  /** ISO 8601; `to` is not in it any more. */
  readonly from: string;
  readonly to: string;
  readonly rowCount: number;
  readonly columnCount: number;
  /** Columns that drifted, are missing, or are of another type. */
  readonly drifted: readonly string[];
  /** 0 to 1. */
  readonly falseAlarmRate: number;
  readonly signedBy: readonly string[];
  readonly place: number;
}

/** What a statement says of a window; null where it speaks of another run, has another form, or no log holds it. */
export function readWindow({ statement, digest, signedBy, place }: Opened, run: string): WindowClaim | null {
  if (statement.predicateType !== monitoringWindowPredicateType || place === null) return null;
  const read = monitoringWindowPredicate.safeParse(statement.predicate);
  if (!read.success || read.data.mlspec_run !== run) return null;
  const { model, spec, trained, window, columns, missing, differentTypes, falseAlarmRate } = read.data;
  return {
    ...{ statement: digest, model, specDigest: spec.digest, falseAlarmRate, signedBy, place },
    ...{ datasetDigest: trained.dataset, profileDigest: trained.profile },
    ...{ from: window.from, to: window.to, rowCount: window.rowCount, columnCount: columns.length },
    drifted: [...columns.filter(({ drifted }) => drifted).map(({ name }) => name), ...missing, ...differentTypes],
  };
}
