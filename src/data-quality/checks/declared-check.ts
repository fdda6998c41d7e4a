import type { CompiledCheck } from './compile-check.ts';

/** How many of the rows that a check is about may fail: a share of them, or so many. */
export type Tolerance = number | { readonly rows: number };

/** A check as declared. */
export interface DeclaredCheck {
  readonly that: string;
  readonly severity: 'fail' | 'warn';
  readonly where: string | null;
  /**
   * What the check is about: `present`, the rows of which it says something, the others neither pass nor fail; `all`, every row,
   * and one of which it says nothing fails.
   */
  readonly of: 'present' | 'all';
  readonly tolerance: Tolerance;
  readonly why: string;
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
export interface CheckResult extends DeclaredCheck, RowCounts {
  /** Single rows, rows with equal values, rows in an order, or the whole table; null where it cannot be carried out. */
  readonly kind: CompiledCheck['kind'] | null;
  readonly outcome: 'passed' | 'failed' | 'broken';
  /** The values of the whole table that it names, as they were found. */
  readonly measured: Readonly<Record<string, MeasuredValue>>;
  /** Up to ten failing rows, the first in the order of the table: the columns of the check and those to be shown. */
  readonly examples: readonly Readonly<Record<string, string | number | boolean | null>>[];
  readonly message: string;
  /** Of a broken check the part of `that` that is wrong, in UTF-16 offsets; null where that is not known. */
  readonly at: { readonly start: number; readonly end: number } | null;
}

/** Whether so many failing rows are tolerated. */
export function isTolerated({ of, tolerance }: DeclaredCheck, counts: RowCounts): boolean {
  const { rowCount, failingCount, missingCount } = counts;
  if (failingCount === 0) return true;
  if (typeof tolerance === 'object') return failingCount <= tolerance.rows;
  // Divided, and not multiplied: 29 of 100 rows are 29 %, and 0.29 · 100 is less than 29.
  return failingCount / (of === 'all' ? rowCount : rowCount - missingCount) <= tolerance;
}

/** What is said of the result: of failing rows, or of values of the table. */
export function messageOf(
  check: DeclaredCheck,
  { kind, measured, ...counts }: Omit<CheckResult, 'message' | 'at'>,
): string {
  const { rowCount, failingCount, missingCount } = counts;
  const why = check.why === '' ? '' : `: ${check.why}`;
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
