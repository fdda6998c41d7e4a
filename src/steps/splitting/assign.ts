import { endsOfShares, partOfPlaceSql, placeCount, placeSql, rowText } from '../../data-quality/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { type Field, type QueryEngine, quoteIdentifier, quoteLiteral } from '../../tables/index.ts';
import type { SplittingParams } from './plan.ts';
import { requireNamedParts } from './predefined.ts';

/** Rules that look at the value of their column, not only at a hash of it. */
const rulesOfValues: readonly string[] = ['time', 'rolling', 'stratified', 'predefined'];
/** A column is no stratum for its rows where there are fewer rows than this to each of its values. */
const rowsOfStratum = 2;

/** A rule that divides rows, and the columns by which they stay together. */
export interface DividingRule {
  readonly by: string;
  readonly column: string | null;
  readonly key: readonly string[];
}

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
 * Makes the table `assigned(__row, __part)`: one row for each of `dataset`, in its order. Rows with equal keys get one
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
 * @throws PlatformError SPLITTING_TIME_MISSING, SPLITTING_TOO_MANY_STRATA, SPLITTING_NO_PART, SPLITTING_KEY_DIVIDED
 */
export async function assignParts({ engine, params, fields, signal }: Assigning): Promise<void> {
  await tableOfKeys({ engine, params, fields, signal });
  if (params.by === 'time') await requireTimes(engine, params);
  if (params.by === 'stratified') await requireStrata(engine, params);
  if (params.by === 'predefined') await requireNamedParts(engine, params);
  await engine.execute(keyTable(params), { signal });
  await engine.execute(
    'CREATE TABLE assigned AS SELECT r.__row, k.__part FROM rows_with_key r JOIN keys k USING (__key) ORDER BY r.__row',
    { signal },
  );
  await engine.execute('DROP TABLE rows_with_key; DROP TABLE keys');
}

/** Makes the table `rows_with_key(__row, __key, __by)` of `dataset`; `__by`, the column of the rule, only where the rule looks at its values. */
export async function tableOfKeys({ engine, params, fields, signal }: AssigningBy<DividingRule>): Promise<void> {
  const rule = rulesOfValues.includes(params.by) ? `, ${quoteIdentifier(params.column!)} AS __by` : '';
  await engine.execute(
    `CREATE TABLE rows_with_key AS SELECT __row, ${keyText(params, fields)} AS __key${rule} FROM dataset`,
    { signal },
  );
}

/** SQL for the text by which rows stay together: the group, the column, the declared key, else the whole row. */
export function keyText(params: DividingRule, fields: readonly Field[]): string {
  const isOfColumn = params.column !== null && (params.by === 'group' || params.by === 'hash');
  const names = isOfColumn ? [params.column!] : params.key;
  if (names.length > 0) return rowText(fieldsOf(names, fields));
  // Rows that differ in nothing but the part they name are one thing in several parts.
  return rowText(params.by === 'predefined' ? fields.filter(({ name }) => name !== params.column) : fields);
}

/** Fields by name, in the order of the names. */
export function fieldsOf(names: readonly string[], fields: readonly Field[]): Field[] {
  return names.flatMap((name) => fields.find((field) => field.name === name) ?? []);
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

function keyTable(params: SplittingParams): string {
  switch (params.by) {
    case 'time':
      return timeTable(params);
    case 'stratified':
      return `CREATE TABLE keys AS SELECT __key, ${partOfPlaceSql('(place - 0.5) / total', params.parts)} AS __part FROM (
        SELECT __key, row_number() OVER (PARTITION BY stratum ORDER BY hashed, __key) AS place, count(*) OVER (PARTITION BY stratum) AS total
        FROM (SELECT __key, min(CAST(__by AS VARCHAR)) AS stratum, ${placeSql('__key', params.salt)} AS hashed FROM rows_with_key GROUP BY __key))`;
    case 'predefined':
      return 'CREATE TABLE keys AS SELECT __key, min(CAST(__by AS VARCHAR)) AS __part FROM rows_with_key GROUP BY __key';
    default:
      return `CREATE TABLE keys AS SELECT __key, ${partOfPlaceSql(`${placeSql('__key', params.salt)} / ${placeCount}.0`, params.parts)} AS __part FROM (SELECT DISTINCT __key FROM rows_with_key)`;
  }
}

function endsOf({ parts }: SplittingParams): number[] {
  return endsOfShares(parts.map(({ share }) => share!));
}

function timeTable(params: SplittingParams): string {
  const ends = endsOf(params);
  const gap = params.gapMs === 0 ? '' : ` + to_milliseconds(${params.gapMs})`;
  const bounds = ends.map((share, index) => `quantile_disc(__by, ${share}) AS end${index}`).join(', ');
  const cases = ends.flatMap((_, index) => [
    `WHEN first <= end${index} THEN ${quoteLiteral(params.parts[index]!.name)}`,
    ...(gap === '' ? [] : [`WHEN first <= end${index}${gap} THEN NULL`]),
  ]);
  const last = quoteLiteral(params.parts.at(-1)!.name);
  const chosen = cases.length === 0 ? last : `CASE ${cases.join(' ')} ELSE ${last} END`;
  return `CREATE TABLE keys AS SELECT __key, ${chosen} AS __part FROM (SELECT __key, min(__by) AS first FROM rows_with_key GROUP BY __key)${bounds === '' ? '' : `, (SELECT ${bounds} FROM rows_with_key)`}`;
}
