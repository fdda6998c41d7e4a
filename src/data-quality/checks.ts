import { PlatformError, toPlatformError } from '../errors/index.ts';
import { type Cell, type QueryEngine, type QueryOptions, quoteIdentifier, type TableSchema } from '../tables/index.ts';
import { type CompiledCheck, compileCheck, compileCondition } from './check-sql.ts';

const maximumExamples = 10;
const maximumExampleColumns = 20;
const maximumTextLength = 200;

/** A check as declared. */
export interface DeclaredCheck {
  readonly that: string;
  readonly severity: 'fail' | 'warn';
  readonly where: string | null;
  /** Share of rows that may fail. */
  readonly tolerance: number;
  readonly why: string;
}

/**
 * What came of a check. A check that could not be carried out is broken, alone, with its reason. Of a check over the
 * whole table `failingCount` is 0 or 1.
 */
export interface CheckResult {
  readonly that: string;
  /** Single rows, rows together, or the whole table; null where it cannot be carried out. */
  readonly kind: CompiledCheck['kind'] | null;
  readonly where: string | null;
  readonly severity: 'fail' | 'warn';
  readonly tolerance: number;
  readonly outcome: 'passed' | 'failed' | 'broken';
  /** Rows that the check is about. */
  readonly rowCount: number;
  /** Rows that fail. */
  readonly failingCount: number;
  /** Rows of which the check says neither yes nor no, because a value is missing; they pass. */
  readonly missingCount: number;
  /** Up to ten failing rows, the first in the order of the table: the columns of the check and those to be shown. */
  readonly examples: readonly Readonly<Record<string, string | number | boolean | null>>[];
  readonly message: string;
}

/** What may be asked of checks. */
export interface CheckOptions extends QueryOptions {
  /** Columns shown in examples beside those of the check. */
  readonly show?: readonly string[];
}

interface Prepared {
  readonly check: DeclaredCheck;
  readonly compiled: CompiledCheck;
  readonly where: string | null;
}

/** A condition over the whole table: the rows that it is about, and whether it holds (null: a value is missing). */
interface Counted {
  readonly rowCount: number;
  readonly failingCount: number;
  readonly missingCount: number;
}

/**
 * Carries checks out on a source (a table or a query in parentheses). Those over rows are counted together in one scan for
 * each `where`; if that scan fails, each is counted alone, so that a broken check breaks no other.
 * @throws PlatformError CANCELED
 */
export async function runChecks(
  engine: QueryEngine,
  source: string,
  options: CheckOptions & { readonly checks: readonly DeclaredCheck[] },
): Promise<CheckResult[]> {
  const schema = await engine.describe(`SELECT * FROM ${source}`);
  const prepared = options.checks.map((check) => prepare(check, schema));
  const counted = await countTogether(engine, source, { prepared, options });
  const results: CheckResult[] = [];
  for (const [index, one] of prepared.entries()) {
    if (one instanceof PlatformError) {
      results.push(broken(options.checks[index]!, one));
      continue;
    }
    try {
      const counts = counted.get(one) ?? (await countAlone(engine, source, { one, options }));
      results.push(await result(engine, source, { one, counts, options }));
    } catch (thrown) {
      const error = toPlatformError(thrown);
      if (error.code === 'CANCELED') throw error;
      results.push(broken(one.check, error));
    }
  }
  return results;
}

function prepare(check: DeclaredCheck, schema: TableSchema): Prepared | PlatformError {
  try {
    const where = check.where === null ? null : compileCondition(check.where, schema);
    return { check, compiled: compileCheck(check.that, schema), where };
  } catch (thrown) {
    return toPlatformError(thrown);
  }
}

function rowsOf(source: string, where: string | null): string {
  return where === null ? source : `(SELECT * FROM ${source} WHERE ${where})`;
}

async function countTogether(
  engine: QueryEngine,
  source: string,
  of: { readonly prepared: readonly (Prepared | PlatformError)[]; readonly options: QueryOptions },
): Promise<Map<Prepared, Counted>> {
  const counted = new Map<Prepared, Counted>();
  const ofRows = of.prepared.filter(
    (one): one is Prepared => !(one instanceof PlatformError) && one.compiled.kind === 'row',
  );
  for (const [where, group] of Map.groupBy(ofRows, (one) => one.where)) {
    const counts = group.flatMap(({ compiled }, index) =>
      compiled.kind === 'row'
        ? [`count_if(NOT ${compiled.sql}) AS failing${index}`, `count_if(${compiled.sql} IS NULL) AS missing${index}`]
        : [],
    );
    const sql = `SELECT count(*) AS n, ${counts.join(', ')} FROM ${rowsOf(source, where)}`;
    try {
      const [row] = await engine.rows(sql, of.options);
      for (const [index, one] of group.entries())
        counted.set(one, {
          rowCount: Number(row!['n']),
          failingCount: Number(row![`failing${index}`]),
          missingCount: Number(row![`missing${index}`]),
        });
    } catch (thrown) {
      // One of them is broken; they are counted alone, where the error names the one.
      if (toPlatformError(thrown).code === 'CANCELED') throw thrown;
    }
  }
  return counted;
}

async function countAlone(
  engine: QueryEngine,
  source: string,
  of: { readonly one: Prepared; readonly options: QueryOptions },
): Promise<Counted> {
  const { compiled, where } = of.one;
  const rows = rowsOf(source, where);
  const sql =
    compiled.kind === 'row'
      ? `SELECT count(*) AS n, count_if(NOT ${compiled.sql}) AS failing, count_if(${compiled.sql} IS NULL) AS missing FROM ${rows}`
      : compiled.kind === 'table'
        ? `SELECT count(*) AS n, CAST(NOT coalesce(${compiled.sql}, true) AS INTEGER) AS failing, CAST(${compiled.sql} IS NULL AS INTEGER) AS missing FROM ${rows}`
        : uniqueCounts(compiled.columns, rows);
  const [row] = await engine.rows(sql, of.options);
  return {
    rowCount: Number(row!['n']),
    failingCount: Number(row!['failing']),
    missingCount: Number(row!['missing']),
  };
}

function uniqueCounts(columns: readonly string[], rows: string): string {
  const names = columns.map(quoteIdentifier);
  const present = names.map((name) => `${name} IS NOT NULL`).join(' AND ');
  return `SELECT (SELECT count(*) FROM ${rows}) AS n, (SELECT count_if(NOT (${present})) FROM ${rows}) AS missing,
    (SELECT coalesce(sum(n), 0)::BIGINT FROM (SELECT count(*) AS n FROM ${rows} WHERE ${present} GROUP BY ${names.join(', ')} HAVING count(*) > 1)) AS failing`;
}

async function result(
  engine: QueryEngine,
  source: string,
  of: { readonly one: Prepared; readonly counts: Counted; readonly options: CheckOptions },
): Promise<CheckResult> {
  const { one, counts } = of;
  const { check, compiled } = one;
  const allowed = compiled.kind === 'table' ? 0 : check.tolerance * counts.rowCount;
  const isRows = compiled.kind !== 'table';
  return {
    that: check.that,
    kind: compiled.kind,
    where: check.where,
    severity: check.severity,
    tolerance: check.tolerance,
    outcome: counts.failingCount <= allowed ? 'passed' : 'failed',
    ...counts,
    examples: counts.failingCount > 0 && isRows ? await examplesOf(engine, source, of) : [],
    message: messageOf(check, counts, isRows),
  };
}

function messageOf(check: DeclaredCheck, counts: Counted, isRows: boolean): string {
  const why = check.why === '' ? '' : `: ${check.why}`;
  const { rowCount, failingCount, missingCount } = counts;
  if (!isRows)
    return failingCount === 0 ? `holds for the ${rowCount} rows` : `does not hold for the ${rowCount} rows${why}`;
  const unknown = missingCount === 0 ? '' : ` (${missingCount} say nothing, because a value is missing)`;
  return failingCount === 0
    ? `holds for all ${rowCount} rows${unknown}`
    : `${failingCount} of ${rowCount} rows fail${unknown}${why}`;
}

async function examplesOf(
  engine: QueryEngine,
  source: string,
  of: { readonly one: Prepared; readonly options: CheckOptions },
): Promise<CheckResult['examples']> {
  const { compiled, where } = of.one;
  const rows = rowsOf(source, where);
  const shown = [...new Set([...(of.options.show ?? []), ...compiled.columns])].slice(0, maximumExampleColumns);
  const columns = shown.length === 0 ? '*' : shown.map(quoteIdentifier).join(', ');
  const names = compiled.columns.map(quoteIdentifier);
  const failing =
    compiled.kind === 'unique'
      ? `${rows} WHERE ${names.map((name) => `${name} IS NOT NULL`).join(' AND ')} QUALIFY count(*) OVER (PARTITION BY ${names.join(', ')}) > 1 ORDER BY ${names.join(', ')}`
      : `${rows} WHERE NOT ${compiled.sql}`;
  const found = await engine.rows(`SELECT ${columns} FROM ${failing} LIMIT ${maximumExamples}`, of.options);
  return found.map(plainRow);
}

/** JSON holds neither NaN nor integers beyond 2^53: those are shown as text. Long texts are cut. */
function plainRow(row: Readonly<Record<string, Cell>>): Record<string, string | number | boolean | null> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value)))
        return [name, String(value)];
      if (typeof value === 'string' && value.length > maximumTextLength)
        return [name, `${value.slice(0, maximumTextLength)}…`];
      return [name, value];
    }),
  );
}

function broken(check: DeclaredCheck, error: PlatformError): CheckResult {
  return {
    that: check.that,
    kind: null,
    where: check.where,
    severity: check.severity,
    tolerance: check.tolerance,
    outcome: 'broken',
    rowCount: 0,
    failingCount: 0,
    missingCount: 0,
    examples: [],
    message: error.message,
  };
}
