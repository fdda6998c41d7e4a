import { PlatformError, toPlatformError } from '../../errors/index.ts';
import {
  type Cell,
  type QueryEngine,
  type QueryOptions,
  quoteIdentifier,
  quoteLiteral,
  type TableSchema,
} from '../../tables/index.ts';
import { doubleLiteral, isoText, ofEachRow } from '../column-sql.ts';
import { type HistoryJudgement, judgeValue } from '../history/judge-value.ts';
import { type CheckHistory, valueName } from '../history/series.ts';
import type { CheckContext, NamedValue, OtherTable } from './check-compiler.ts';
import { brokenResult, notCanceled, resultFrom } from './check-result.ts';
import { type CompiledCheck, compileCheck, compileCondition, compileValue } from './compile-check.ts';
import {
  type CheckResult,
  type DeclaredCheck,
  isOwn,
  type MeasuredValue,
  type RowCounts,
  type WrittenCheck,
} from './declared-check.ts';
import { type CheckedRows, exampleRows } from './example-rows.ts';
import { MeasuredRows } from './measure-values.ts';
import { type OwnMeans, runOwnChecks } from './own/run-own-checks.ts';
import { type OrderedRows, orderCountsSql, type UniqueRows } from './row-sets.ts';
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
  /** What was measured before; without it nothing was. */
  readonly history?: CheckHistory;
  /** What checks of the project's own are carried out with; without it they are broken. */
  readonly own?: OwnMeans;
  /** `none`: failing rows are not looked for, which else takes time only where there are some. Default: the first ten. */
  readonly examples?: 'none';
  /** Told of each check in the language of checks that is broken, and by what; what it throws ends all. */
  readonly onBroken?: (error: PlatformError) => void;
}

interface Prepared {
  readonly check: WrittenCheck;
  readonly compiled: CompiledCheck;
  readonly where: string | null;
}

/** What was found of a check: its rows, and values of the table. */
interface Found {
  readonly counts: RowCounts;
  readonly measured: CheckResult['measured'];
  readonly judged?: HistoryJudgement;
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
  const own = await runOwnChecks(engine, source, { ...options, schema, checks: options.checks.filter(isOwn) });
  const written = await runWritten(engine, source, { ...options, schema, checks: options.checks.filter(isWritten) });
  return options.checks.map((check) => (isOwn(check) ? own.shift()! : written.shift()!));
}

function isWritten(check: DeclaredCheck): check is WrittenCheck {
  return !isOwn(check);
}

type WrittenOptions = CheckOptions & { readonly checks: readonly WrittenCheck[]; readonly schema: TableSchema };

async function runWritten(engine: QueryEngine, source: string, options: WrittenOptions): Promise<CheckResult[]> {
  const { checks, schema, asOfMs, tables } = options;
  const context = { schema, ...(asOfMs === undefined ? {} : { asOfMs }), ...(tables === undefined ? {} : { tables }) };
  const prepared = checks.map((check) => prepare(check, context));
  const carriedOut = prepared.filter((one): one is Prepared => 'compiled' in one);
  const broken = (check: WrittenCheck, error: PlatformError): CheckResult => {
    options.onBroken?.(error);
    return brokenResult(check, error);
  };
  const outcomes: Outcomes = new Map();
  for (const [where, same] of Map.groupBy(carriedOut, (one) => one.where))
    await findTogether(engine, { rows: rowsOf(source, where), checks: same, outcomes }, options);
  const results: CheckResult[] = [];
  for (const [at, check] of checks.entries()) {
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

function prepare(check: WrittenCheck, context: CheckContext): Prepared | PlatformError {
  try {
    const where = check.where === null ? null : compileCondition(check.where, context);
    const compiled = (check.history === undefined ? compileCheck : compileValue)(check.that, context);
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
  return where === null ? source : `(SELECT * FROM ${source} WHERE ${ofEachRow(where)})`;
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

function* rowCountPlan(): ScanPlan<number> {
  const [n] = yield ['count(*)'];
  return Number(n);
}

function* countPlan(
  { said: saidSql, held: heldSql, neverFalse }: Extract<CompiledCheck, { kind: 'row' }>,
  { of }: WrittenCheck,
): ScanPlan<RowCounts> {
  const [n, said, found] = yield ['count(*)', saidSql, neverFalse ?? heldSql];
  const [rowCount, missingCount] = [Number(n), Number(n) - Number(said)];
  const isProved = neverFalse !== undefined && (found === true || Number(said) === 0);
  const [held] = isProved ? [said] : neverFalse === undefined ? [found] : yield [heldSql];
  const failingCount = Number(said) - Number(held) + (of === 'all' ? missingCount : 0);
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
  const [answer] = await engine.rows(`SELECT (${compiled.sql}) AS found FROM (SELECT ${row.join(', ')})`, options);
  const measured = Object.fromEntries(values.map(([value, found]) => [value.label, told(value, found)]));
  const found = answer!['found'] ?? null;
  return check.history === undefined
    ? { counts: tableCounts(alone, found === null ? null : found !== false), measured }
    : { ...judgedValue(alone, found, options), measured };
}

/** Of a condition over the whole table: whether it holds; null where it comes to nothing. */
function tableCounts({ one, rowCount }: Alone, holds: boolean | null): RowCounts {
  const fails = holds === null ? one.check.of === 'all' : !holds;
  return { rowCount, failingCount: fails ? 1 : 0, missingCount: holds === null ? 1 : 0 };
}

/** A value held against what was measured before. */
function judgedValue(alone: Alone, found: Cell, { history }: CheckOptions): Omit<Found, 'measured'> {
  const { check } = alone.one;
  const value = found !== null && Number.isFinite(Number(found)) ? Number(found) + 0 : null;
  const name = valueName(check);
  const judged = judgeValue(
    { value, atMs: history?.atMs ?? null, accepted: history?.acceptedOf(name) ?? null },
    history?.seriesOf(name) ?? [],
    check.history!,
  );
  const isUnjudged = judged.verdict === 'unjudged';
  const fails = isUnjudged ? check.history!.unjudged === 'fail' || (value === null && check.of === 'all') : false;
  const counts = { rowCount: alone.rowCount, missingCount: value === null ? 1 : 0 };
  return { counts: { ...counts, failingCount: fails || judged.verdict === 'unusual' ? 1 : 0 }, judged };
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

async function countUnique({ one, measured, rowCount }: Alone, { isKey, ...values }: UniqueRows): Promise<RowCounts> {
  const { repeatedCount, missingCount } = await measured.repeats(values);
  const missingFails = isKey || one.check.of === 'all';
  return { rowCount, missingCount, failingCount: repeatedCount + (missingFails ? missingCount : 0) };
}

async function countOrder(
  engine: QueryEngine,
  { one, rows, rowCount, order }: Alone & { readonly order: OrderedRows },
  options: CheckOptions,
): Promise<RowCounts> {
  const [row] = await engine.rows(orderCountsSql(order, rows), options);
  const [said, kept] = [Number(row!['said']), Number(row!['kept'])];
  const missingCount = rowCount - said;
  return { rowCount, missingCount, failingCount: said - kept + (one.check.of === 'all' ? missingCount : 0) };
}

async function resultOf(engine: QueryEngine, of: CheckedRows & Found, options: CheckOptions): Promise<CheckResult> {
  const { check, compiled, counts, measured, judged } = of;
  const isLookedFor = counts.failingCount > 0 && options.examples !== 'none';
  const examples = isLookedFor ? await exampleRows(engine, of, options) : [];
  const found = { kind: compiled.kind, counts, measured, examples };
  return resultFrom(check, judged === undefined ? found : { ...found, judged });
}
