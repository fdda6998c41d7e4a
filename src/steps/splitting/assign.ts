import { endsOfShares, partOfPlaceSql, placeCount, placeSql, textHash } from '../../data-quality/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { type Field, type QueryEngine, quoteIdentifier, quoteLiteral } from '../../tables/index.ts';
import { type DividingRule, type KeyRange, keyText, tableByRanges } from './key-hashes.ts';
import type { SplittingParams } from './plan.ts';
import { requireNamedParts } from './predefined.ts';

/** Rules that look at the value of their column, not only at a hash of it. */
const rulesOfValues: readonly string[] = ['time', 'rolling', 'stratified', 'predefined'];
/** A column is no stratum for its rows where there are fewer rows than this to each of its values. */
const rowsOfStratum = 2;

/** What a rule works on. */
export interface AssigningBy<Rule extends DividingRule> {
  readonly engine: QueryEngine;
  readonly params: Rule;
  /** Columns of `dataset`, without `__row`. */
  readonly fields: readonly Field[];
  readonly signal: StepContext['signal'];
}

/** What the rules of parts work on. */
export type Assigning = AssigningBy<SplittingParams>;

/**
 * Makes the table `assigned(__part)`: one row for each of `dataset`, in its order. Rows with equal keys get one
 * part; a row in the gap behind a part gets NULL.
 *
 * - hash, group: the key's place in [0, 1) is an MD5 of salt and key; parts are the intervals of their shares. The place
 *   depends on nothing else, so rows that are added later move no other.
 * - stratified: within each value of the column (a key counts at its least value), keys are ordered by that hash
 *   and divided by their shares.
 * - time: parts are consecutive; each ends at the time up to which its share of the rows has come. A key counts where
 *   its first row lies; rows of one time stay together.
 * - predefined: the value of the column, as text, is the name of the part.
 *
 * Nothing here is as wide as a row: keys are the sixteen bytes of their hash, parts one or two. They are grouped and joined range by range of their
 * hashes, and sorted on the disk, by a statement each; there are no window functions and no quantiles, which hold what they are of.
 *
 * @throws PlatformError SPLITTING_TIME_MISSING, SPLITTING_TOO_MANY_STRATA, SPLITTING_NO_PART, SPLITTING_KEY_DIVIDED
 */
export async function assignParts(given: Assigning): Promise<void> {
  const { engine, params, fields, signal } = given;
  if (params.by === 'hash' || params.by === 'group') {
    const place = `${placeSql(keyText(params, fields), params.salt)} / ${placeCount}.0`;
    await engine.execute(
      `CREATE TABLE assigned AS SELECT ${partColumn(partOfPlaceSql('place', params.parts), params)} FROM (SELECT ${place} AS place FROM dataset)`,
      { signal },
    );
    return;
  }
  await tableOfKeys(given, params.by === 'stratified' ? [`${placeSql('__key', params.salt)} AS place`] : []);
  if (params.by === 'time') await assignByTime(given);
  else if (params.by === 'stratified') await assignStratified(given);
  else await assignNamed(given);
  await engine.execute('DROP TABLE rows_with_key');
}

/**
 * Makes the table `rows_with_key` of `dataset`, in its order: `low` and `high`, the halves of the hash of the key; `__by`, the column of the
 * rule, only where the rule looks at its values; and what else is asked for: `__row` of a dataset that has it, or SQL over `__key`, the text of the key.
 */
export async function tableOfKeys(
  { engine, params, fields, signal }: AssigningBy<DividingRule>,
  more: readonly string[] = [],
): Promise<void> {
  const looks = rulesOfValues.includes(params.by);
  const columns = [textHash('__key'), ...(looks ? ['__by'] : []), ...more];
  const taken = [
    `${keyText(params, fields)} AS __key`,
    ...(looks ? [`${quoteIdentifier(params.column!)} AS __by`] : []),
    ...more.filter((column) => column === '__row'),
  ];
  await engine.execute(
    `CREATE TABLE rows_with_key AS SELECT ${columns.join(', ')} FROM (SELECT ${taken.join(', ')} FROM dataset)`,
    { signal },
  );
}

/** Every row has a time. @throws PlatformError SPLITTING_TIME_MISSING */
export async function requireTimes(engine: QueryEngine, params: DividingRule): Promise<void> {
  const [row] = await engine.rows('SELECT count(*) - count(__by) AS missing, count(*) AS n FROM rows_with_key');
  if (Number(row!['missing']) === 0) return;
  throw new PlatformError('SPLITTING_TIME_MISSING', {
    message: `${row!['missing']} of ${row!['n']} rows have no ${params.column}; a split by time needs it in every row`,
  });
}

/** There are several rows to each value. @throws PlatformError SPLITTING_TOO_MANY_STRATA */
export async function requireStrata(engine: QueryEngine, params: DividingRule): Promise<void> {
  const [row] = await engine.rows('SELECT count(DISTINCT __by) AS strata, count(*) AS n FROM rows_with_key');
  const [strata, rows] = [Number(row!['strata']), Number(row!['n'])];
  if (strata <= 1 || rows >= strata * rowsOfStratum) return;
  throw new PlatformError('SPLITTING_TOO_MANY_STRATA', {
    message: `${params.column} has ${strata} values in ${rows} rows; a part cannot have its share of each`,
  });
}

/** The part as a column that takes a byte or two a row. */
function partColumn(part: string, { parts }: SplittingParams): string {
  return `CAST(${part} AS ENUM (${parts.map(({ name }) => quoteLiteral(name)).join(', ')})) AS __part`;
}

async function assignNamed({ engine, params, signal }: Assigning): Promise<void> {
  await requireNamedParts(engine, params);
  await engine.execute(
    `CREATE TABLE assigned AS SELECT ${partColumn('CAST(__by AS VARCHAR)', params)} FROM rows_with_key`,
    { signal },
  );
}

/** Keys in the order of their strata and hashes stand in a table, in which the number of a row is its place. */
async function assignStratified({ engine, params, signal }: Assigning): Promise<void> {
  await requireStrata(engine, params);
  await engine.execute(
    'CREATE TABLE strata AS SELECT DISTINCT CAST(__by AS VARCHAR) AS name FROM rows_with_key WHERE __by IS NOT NULL ORDER BY name',
    { signal },
  );
  const grouped = (range: KeyRange): string =>
    `SELECT low, high, min(place) AS place, coalesce(min(s.rowid), -1) AS stratum
      FROM rows_with_key r LEFT JOIN strata s ON CAST(r.__by AS VARCHAR) = s.name WHERE ${range('low')} GROUP BY low, high`;
  await tableByRanges(engine, { name: 'grouped', of: 'rows_with_key', sql: grouped }, { signal });
  const place = '(r.rowid - s.first + 0.5) / s.total';
  await engine.execute(
    `CREATE TABLE ranked AS SELECT * FROM grouped ORDER BY stratum, place, low, high;
    CREATE TABLE sizes AS SELECT stratum, min(rowid) AS first, count(*) AS total FROM ranked GROUP BY stratum;
    CREATE TABLE keys AS SELECT r.low, r.high, ${partColumn(partOfPlaceSql(place, params.parts), params)} FROM ranked r JOIN sizes s USING (stratum);
    DROP TABLE grouped; DROP TABLE ranked; DROP TABLE sizes; DROP TABLE strata`,
    { signal },
  );
  await assignByKeys(engine, signal);
}

async function assignByTime({ engine, params, signal }: Assigning): Promise<void> {
  await requireTimes(engine, params);
  await tableOfEnds(engine, params, signal);
  const part = (time: string): string => partColumn(partOfTimeSql(time, params), params);
  // Rows that are equal in all columns, or in this one among others, are of one time.
  if (params.key.length === 0 || params.key.includes(params.column!))
    await engine.execute(
      `CREATE TABLE assigned AS SELECT ${part('r.__by')} FROM rows_with_key r, ends ORDER BY r.rowid`,
      { signal },
    );
  else {
    const keys = (range: KeyRange): string =>
      `SELECT low, high, ${part('first')} FROM (SELECT low, high, min(__by) AS first FROM rows_with_key WHERE ${range('low')} GROUP BY low, high), ends`;
    await tableByRanges(engine, { name: 'keys', of: 'rows_with_key', sql: keys }, { signal });
    await assignByKeys(engine, signal);
  }
  await engine.execute('DROP TABLE ends');
}

/** Makes the table `ends` of one row: for each part but the last the time up to which it goes, the least with its share of the rows at or before it. */
async function tableOfEnds(engine: QueryEngine, { parts }: SplittingParams, signal: AbortSignal): Promise<void> {
  await engine.execute('CREATE TABLE times AS SELECT __by FROM rows_with_key ORDER BY __by', { signal });
  const [row] = await engine.rows('SELECT count(*) AS n FROM times');
  const ends = endsOfShares(parts.map(({ share }) => share!)).map(
    (share, index) =>
      `(SELECT __by FROM times WHERE rowid = ${rowAtShare(BigInt(Number(row!['n'])), share)}) AS end${index}`,
  );
  await engine.execute(`CREATE TABLE ends AS SELECT ${['0 AS begun', ...ends].join(', ')}; DROP TABLE times`);
}

/** The number of the row, from 0, at which a share of so many rows is reached: in whole numbers, as the share is written. */
function rowAtShare(rowCount: bigint, share: number): bigint {
  const [digits, exponent = '0'] = String(share).split('e') as [string, string?];
  const [whole, fraction = ''] = digits.split('.') as [string, string?];
  const scale = 10n ** BigInt(fraction.length - Number(exponent));
  const reached = (rowCount * BigInt(whole + fraction) + scale - 1n) / scale;
  return reached > 0n ? reached - 1n : 0n;
}

function partOfTimeSql(time: string, { parts, gapMs }: SplittingParams): string {
  const last = quoteLiteral(parts.at(-1)!.name);
  const cases = parts
    .slice(0, -1)
    .flatMap(({ name }, index) => [
      `WHEN ${time} <= end${index} THEN ${quoteLiteral(name)}`,
      ...(gapMs === 0 ? [] : [`WHEN ${time} <= end${index} + to_milliseconds(${gapMs}) THEN NULL`]),
    ]);
  return cases.length === 0 ? last : `CASE ${cases.join(' ')} ELSE ${last} END`;
}

/** Gives each row the part of its key in the table `keys`. */
async function assignByKeys(engine: QueryEngine, signal: AbortSignal): Promise<void> {
  const placed = (range: KeyRange): string =>
    `SELECT r.rowid AS place, k.__part FROM rows_with_key r JOIN keys k USING (low, high) WHERE ${range('r.low')} AND ${range('k.low')}`;
  await tableByRanges(engine, { name: 'placed', of: 'rows_with_key', sql: placed }, { signal });
  await engine.execute(
    'DROP TABLE keys; CREATE TABLE assigned AS SELECT __part FROM placed ORDER BY place; DROP TABLE placed',
    { signal },
  );
}
