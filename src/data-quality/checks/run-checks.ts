import { PlatformError, toPlatformError } from '../../errors/index.ts';
import {
  type QueryEngine,
  type QueryOptions,
  quoteIdentifier,
  quoteLiteral,
  type TableSchema,
} from '../../tables/index.ts';
import { doubleLiteral, isoText } from '../column-sql.ts';
import type { CheckContext, NamedValue, OtherTable } from './check-compiler.ts';
import { type CompiledCheck, compileCheck, compileCondition } from './compile-check.ts';
import {
  type CheckResult,
  type DeclaredCheck,
  isTolerated,
  type MeasuredValue,
  messageOf,
  type RowCounts,
} from './declared-check.ts';
import { type CheckedRows, exampleRows } from './example-rows.ts';
import { finiteColumns } from './finite-columns.ts';
import { MeasuredRows } from './measure-values.ts';
import { keptOrderSql, type OrderedRows, type UniqueRows } from './row-sets.ts';
import { runScans } from './run-scans.ts';
import type { Measured, ScanPlan } from './table-value.ts';

/** What may be asked of checks. */
export interface CheckOptions extends QueryOptions {
  /** Columns shown in examples beside those of the check. */
  readonly show?: readonly string[];
  /** The moment that `now()` stands for; without one a check that names it is broken. */
  readonly asOfMs?: number;
  /** Other tables by the names that checks give them. */
  readonly tables?: ReadonlyMap<string, OtherTable>;
}

interface Prepared {
  readonly check: DeclaredCheck;
  readonly compiled: CompiledCheck;
  readonly where: string | null;
}

/** What was found of a check: its rows, and values of the table. */
interface Found {
  readonly counts: RowCounts;
  readonly measured: CheckResult['measured'];
}

type Outcomes = Map<Prepared, Found | PlatformError>;

/**
 * Carries checks out on a source (a table or a query in parentheses). Everything that counts, extremes and sums of whole numbers say is
 * found for all checks together, in one scan for each `where` and each round; what needs the different values of a column is
 * found once for all checks that need it. A broken check breaks no other.
 * @throws PlatformError CANCELED
 */
export async function runChecks(
  engine: QueryEngine,
  source: string,
  options: CheckOptions & { readonly checks: readonly DeclaredCheck[] },
): Promise<CheckResult[]> {
  const schema = await engine.describe(`SELECT * FROM ${source}`);
  const { prepared, carriedOut } = await prepareAll(engine, source, { ...options, schema });
  const outcomes: Outcomes = new Map();
  for (const [where, checks] of Map.groupBy(carriedOut, (one) => one.where))
    await findTogether(engine, { rows: rowsOf(source, where), checks, outcomes }, options);
  const results: CheckResult[] = [];
  for (const [at, check] of options.checks.entries()) {
    const one = prepared[at]!;
    const found = 'compiled' in one ? outcomes.get(one)! : one;
    if (!('counts' in found) || !('compiled' in one)) results.push(broken(check, found as PlatformError));
    else {
      const of = { ...one, ...found, rows: rowsOf(source, one.where), fields: schema.fields };
      results.push(await resultOf(engine, of, options).catch((thrown) => broken(check, notCanceled(thrown))));
    }
  }
  return results;
}

interface PreparedChecks {
  readonly prepared: readonly (Prepared | PlatformError)[];
  readonly carriedOut: readonly Prepared[];
}

/** Compiles the checks; once more where that is known of summed columns which makes sums shorter. */
async function prepareAll(
  engine: QueryEngine,
  source: string,
  options: CheckOptions & { readonly checks: readonly DeclaredCheck[]; readonly schema: TableSchema },
): Promise<PreparedChecks> {
  const { checks, schema, asOfMs, tables } = options;
  const context = { schema, ...(asOfMs === undefined ? {} : { asOfMs }), ...(tables === undefined ? {} : { tables }) };
  const compileAll = (more: CheckContext): PreparedChecks => {
    const prepared = checks.map((check) => prepare(check, more));
    return { prepared, carriedOut: prepared.filter((one): one is Prepared => 'compiled' in one) };
  };
  const first = compileAll(context);
  const names = new Set(
    first.carriedOut.flatMap(({ compiled }) =>
      compiled.kind === 'table' && compiled.values.some(({ how }) => how.by === 'scan') ? compiled.columns : [],
    ),
  );
  const extents = await finiteColumns(engine, source, { ...options, names });
  return extents.size === 0 ? first : compileAll({ ...context, extents });
}

function prepare(check: DeclaredCheck, context: CheckContext): Prepared | PlatformError {
  try {
    const where = check.where === null ? null : compileCondition(check.where, context);
    const compiled = compileCheck(check.that, context);
    if (compiled.kind === 'table' && check.tolerance !== 0)
      throw new PlatformError('CHECK_INVALID', {
        message: `the check ${JSON.stringify(check.that)} cannot be carried out: it is about the whole table, and has no rows of which some could be tolerated`,
      });
    return { check, compiled, where };
  } catch (thrown) {
    return toPlatformError(thrown);
  }
}

function rowsOf(source: string, where: string | null): string {
  return where === null ? source : `(SELECT * FROM ${source} WHERE ${where})`;
}

interface SameRows {
  readonly rows: string;
  readonly checks: readonly Prepared[];
  readonly outcomes: Outcomes;
}

/** Finds what checks of the same rows are about. */
async function findTogether(engine: QueryEngine, same: SameRows, options: CheckOptions): Promise<void> {
  const { rows, checks, outcomes } = same;
  const counting: { readonly one: Prepared; readonly plan: ScanPlan<RowCounts> }[] = [];
  const values = new Map<NamedValue, Measured | PlatformError>();
  const scanning: { readonly value: NamedValue; readonly plan: ScanPlan<Measured> }[] = [];
  for (const one of checks) {
    const { compiled } = one;
    if (compiled.kind === 'row') counting.push({ one, plan: countPlan(compiled, one.check) });
    if (compiled.kind === 'table')
      for (const value of compiled.values)
        if (value.how.by === 'scan') scanning.push({ value, plan: value.how.plan() });
  }
  const plans: ScanPlan<number | RowCounts | Measured>[] = [
    rowCountPlan(),
    ...counting.map(({ plan }) => plan),
    ...scanning.map(({ plan }) => plan),
  ];
  const [rowCount, ...answers] = await runScans(engine, rows, { ...options, plans });
  for (const [at, { one }] of counting.entries()) {
    const counts = answers[at] as RowCounts | PlatformError;
    outcomes.set(one, 'rowCount' in counts ? { counts, measured: {} } : counts);
  }
  for (const [at, { value }] of scanning.entries()) values.set(value, answers[counting.length + at] as Measured);
  const measured = new MeasuredRows(engine, rows, options);
  for (const one of checks) {
    if (outcomes.has(one)) continue;
    const found =
      typeof rowCount === 'number'
        ? findAlone(engine, { one, rows, rowCount, measured, values }, options)
        : (rowCount as PlatformError);
    outcomes.set(one, await Promise.resolve(found).catch(notCanceled));
  }
}

function notCanceled(thrown: unknown): PlatformError {
  const error = toPlatformError(thrown);
  if (error.code === 'CANCELED') throw error;
  return error;
}

function* rowCountPlan(): ScanPlan<number> {
  const [n] = yield ['count(*)'];
  return Number(n);
}

function* countPlan(
  { sql, said: saidSql }: Extract<CompiledCheck, { kind: 'row' }>,
  { of }: DeclaredCheck,
): ScanPlan<RowCounts> {
  const [n, said, true_] = yield ['count(*)', saidSql, `count_if(${sql})`];
  const [rowCount, missingCount] = [Number(n), Number(n) - Number(said)];
  const failingCount = Number(said) - Number(true_) + (of === 'all' ? missingCount : 0);
  return { rowCount, failingCount, missingCount };
}

interface Alone {
  readonly one: Prepared;
  readonly rows: string;
  readonly rowCount: number;
  readonly measured: MeasuredRows;
  /** What scans found. */
  readonly values: ReadonlyMap<NamedValue, Measured | PlatformError>;
}

async function findAlone(engine: QueryEngine, alone: Alone, options: CheckOptions): Promise<Found> {
  const { compiled, check } = alone.one;
  if (compiled.kind === 'unique') return { measured: {}, counts: await countUnique(alone, compiled) };
  if (compiled.kind === 'order')
    return { measured: {}, counts: await countOrder(engine, { ...alone, order: compiled }, options) };
  if (compiled.kind !== 'table') throw new Error('rows are counted together');
  const values: [NamedValue, Measured][] = [];
  for (const value of compiled.values) {
    const found = value.how.by === 'scan' ? alone.values.get(value)! : await alone.measured.measure(value.how);
    if (typeof found === 'object' && found !== null) throw found;
    values.push([value, found]);
  }
  const row = values.map(([value, found]) => `${literalOf(value, found)} AS ${quoteIdentifier(value.name)}`);
  const [answer] = await engine.rows(`SELECT (${compiled.sql}) AS holds FROM (SELECT ${row.join(', ')})`, options);
  const holds = answer!['holds'];
  const isUnknown = holds === null;
  const fails = isUnknown ? check.of === 'all' : holds === false;
  return {
    counts: { rowCount: alone.rowCount, failingCount: fails ? 1 : 0, missingCount: isUnknown ? 1 : 0 },
    measured: Object.fromEntries(values.map(([value, found]) => [value.label, told(value, found)])),
  };
}

/** A measured value as SQL. */
function literalOf({ type }: NamedValue, value: Measured): string {
  if (type === 'time') return value === null ? 'CAST(NULL AS TIMESTAMP)' : `make_timestamp(${value})`;
  const sql = { number: 'DOUBLE', string: 'VARCHAR', boolean: 'BOOLEAN' }[type];
  if (value === null) return `CAST(NULL AS ${sql})`;
  return type === 'number' ? doubleLiteral(Number(value)) : quoteLiteral(value);
}

function told({ type }: NamedValue, value: Measured): MeasuredValue {
  if (type === 'time' && typeof value === 'number') return isoText(value, false);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

async function countUnique({ one, measured, rowCount }: Alone, { keys, isKey }: UniqueRows): Promise<RowCounts> {
  const { repeatedCount, missingCount } = await measured.frequencies(keys);
  const missingFails = isKey || one.check.of === 'all';
  return { rowCount, missingCount, failingCount: repeatedCount + (missingFails ? missingCount : 0) };
}

async function countOrder(
  engine: QueryEngine,
  { one, rows, rowCount, order }: Alone & { readonly order: OrderedRows },
  options: CheckOptions,
): Promise<RowCounts> {
  const [row] = await engine.rows(
    `SELECT count(__check_kept) AS said, count_if(__check_kept) AS kept FROM ${keptOrderSql(order, rows)}`,
    options,
  );
  const [said, kept] = [Number(row!['said']), Number(row!['kept'])];
  const missingCount = rowCount - said;
  return { rowCount, missingCount, failingCount: said - kept + (one.check.of === 'all' ? missingCount : 0) };
}

async function resultOf(engine: QueryEngine, of: CheckedRows & Found, options: CheckOptions): Promise<CheckResult> {
  const { check, compiled, counts, measured } = of;
  const result = {
    ...check,
    kind: compiled.kind,
    outcome: isTolerated(check, counts) ? ('passed' as const) : ('failed' as const),
    ...counts,
    measured,
    examples: counts.failingCount > 0 ? await exampleRows(engine, of, options) : [],
  };
  return { ...result, message: messageOf(check, result), at: null };
}

function broken(check: DeclaredCheck, error: PlatformError): CheckResult {
  const none = { rowCount: 0, failingCount: 0, missingCount: 0 };
  return {
    ...check,
    kind: null,
    outcome: 'broken',
    ...none,
    measured: {},
    examples: [],
    message: error.message,
    at: placeOf(error, check),
  };
}

/** What is wrong in `where` has no place in the check itself. */
function placeOf({ message, details }: PlatformError, { that }: DeclaredCheck): CheckResult['at'] {
  const { span = null } = (details ?? {}) as { readonly span?: CheckResult['at'] };
  return message.startsWith(`the check ${JSON.stringify(that)} `) ? span : null;
}
