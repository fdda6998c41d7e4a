import type { HistoryDemand } from '../../spec/index.ts';
import type { ProjectFunction } from '../../tables/index.ts';
import { type HistoryJudgement, judgementMessage } from '../history/judge-value.ts';
import type { CompiledCheck } from './compile-check.ts';

/** How many of the rows that a check is about may fail: a share of them, or so many. */
export type Tolerance = number | { readonly rows: number };

/** What belongs to every check. */
export interface CheckTerms {
  readonly severity: 'fail' | 'warn';
  /** The parts that it is about; null or left out: all open ones. What it is carried out on does not depend on it. */
  readonly on?: readonly string[] | null;
  readonly where: string | null;
  /**
   * What the check is about: `present`, the rows of which it says something, the others neither pass nor fail; `all`, every row,
   * and one of which it says nothing fails.
   */
  readonly of: 'present' | 'all';
  readonly tolerance: Tolerance;
  readonly why: string;
  /** What a value of the table, which then stands under `that`, is expected to be after those measured before. */
  readonly history?: HistoryDemand;
}

/** A check in the language of checks. */
export interface WrittenCheck extends CheckTerms {
  readonly that: string;
  readonly own?: null;
}

/** What a check of the project's own is carried out by: SQL for a value, SQL for the rows that fail, or a function. */
export type OwnCode = (
  | { readonly kind: 'sql'; readonly sql: string }
  | { readonly kind: 'failing'; readonly sql: string }
  | ProjectFunction
) & {
  readonly timeoutMs: number;
  readonly memoryBytes: number;
};

/** A check of the project's own. */
export interface OwnCheck extends CheckTerms {
  /** What its one value must be; null: it is about single rows. */
  readonly that: string | null;
  readonly own: OwnCode;
}

/** A check as declared. */
export type DeclaredCheck = WrittenCheck | OwnCheck;

/** Whether a check is one of the project's own. */
export function isOwn(check: DeclaredCheck): check is OwnCheck {
  return (check.own ?? null) !== null;
}

/** What came of counting the rows of a check. */
export interface RowCounts {
  /** Rows that `where` takes. */
  readonly rowCount: number;
  /** Rows that fail. */
  readonly failingCount: number;
  /** Rows of which the check says neither yes nor no, because a value is missing. */
  readonly missingCount: number;
}

/** A value of a table as it is told; an instant is an ISO text. */
export type MeasuredValue = string | number | boolean | null;

/**
 * What came of a check. A check that could not be carried out is broken, alone, with its reason. Of a check over the
 * whole table `failingCount` is 0 or 1.
 */
export interface CheckResult extends Omit<CheckTerms, 'on' | 'history'>, RowCounts {
  /** What it is called: see `checkLabel`. */
  readonly that: string;
  /** Of a check of the project's own. */
  readonly own: OwnCode | null;
  /** Single rows, rows with equal values, rows in an order, or the whole table; null where it cannot be carried out. */
  readonly kind: CompiledCheck['kind'] | null;
  /** `unjudged`: there is too little history to judge it by, or the value is missing. */
  readonly outcome: 'passed' | 'failed' | 'broken' | 'unjudged';
  /** Of a check that is held against what was measured before: how it was. */
  readonly judged?: HistoryJudgement;
  /** The values of the whole table that it names, as they were found. */
  readonly measured: Readonly<Record<string, MeasuredValue>>;
  /** Up to ten failing rows, the first in the order of the table: the columns of the check and those to be shown. */
  readonly examples: readonly Readonly<Record<string, string | number | boolean | null>>[];
  readonly message: string;
  /** Of a broken check the part of `that` that is wrong, in UTF-16 offsets; null where that is not known. */
  readonly at: { readonly start: number; readonly end: number } | null;
}

/** What a result is in a list of results: what could not be judged is a warning, never passed. */
export function weightOf({ outcome, severity }: Pick<CheckResult, 'outcome' | 'severity'>): 'passed' | 'warn' | 'fail' {
  if (outcome === 'passed') return 'passed';
  return outcome === 'unjudged' ? 'warn' : severity;
}

/** Whether so many failing rows are tolerated. */
export function isTolerated({ of, tolerance }: CheckTerms, counts: RowCounts): boolean {
  const { rowCount, failingCount, missingCount } = counts;
  if (failingCount === 0) return true;
  if (typeof tolerance === 'object') return failingCount <= tolerance.rows;
  // Divided, and not multiplied: 29 of 100 rows are 29 %, and 0.29 · 100 is less than 29.
  return failingCount / (of === 'all' ? rowCount : rowCount - missingCount) <= tolerance;
}

/** What is said of the result: of failing rows, or of values of the table. */
export function messageOf(
  check: Pick<CheckTerms, 'why'>,
  { kind, measured, judged, ...counts }: Omit<CheckResult, 'message' | 'at'>,
): string {
  const { rowCount, failingCount, missingCount } = counts;
  const why = check.why === '' ? '' : `: ${check.why}`;
  if (judged !== undefined) return `${judgementMessage(judged)}${judged.verdict === 'usual' ? '' : why}`;
  const values = Object.entries(measured).map(([name, value]) => `${name} is ${shown(value)}`);
  const told = values.length === 0 ? '' : ` (${values.join(', ')})`;
  if (kind === 'table')
    return failingCount === 0
      ? `holds for the ${rowCount} rows${told}`
      : `does not hold for the ${rowCount} rows${told}${why}`;
  const unknown = missingCount === 0 ? '' : ` (${missingCount} say nothing, because a value is missing)`;
  return failingCount === 0
    ? `holds for all ${rowCount} rows${unknown}`
    : `${failingCount} of ${rowCount} rows fail${unknown}${why}`;
}

function shown(value: MeasuredValue): string {
  if (value === null) return 'missing';
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : JSON.stringify(value);
}
