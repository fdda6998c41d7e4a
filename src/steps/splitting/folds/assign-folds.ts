/**
 * Folds of a training part. Each row has a fold that holds it out, 1 to k, or 0: none does; and the first fold that it is trained on in.
 * A fold trains on the rows that it does not hold out and whose first fold is not behind it: with rolling origin those that are earlier by
 * the gap, else all others.
 */
import { foldPlaceSql, foldSql } from '../../../data-quality/index.ts';
import { PlatformError } from '../../../errors/index.ts';
import type { QueryEngine } from '../../../tables/index.ts';
import { type AssigningBy, requireStrata, requireTimes, tableOfKeys } from '../assign.ts';
import { balanceGroups } from './balance.ts';
import type { FoldParams } from './plan-folds.ts';

const groupsAtOnce = 50_000;

/**
 * Makes the table `folds(__row, __fold, __from)`: one row for each of `dataset`, in its order. Rows with equal keys get one fold.
 *
 * - hash: a function of the key, the salt and the number of folds alone.
 * - stratified: the keys of all values one value after the other, within a value in the order of their hash, are dealt out in turn: of each
 *   value, and altogether, no fold has more than one key more than another. A key counts at its least value.
 * - group: whole groups, so that folds have as many rows as one another; see `balanceGroups`.
 * - rolling: after a first stretch that is only trained on, k stretches of as many rows each, in the order of the column; rows of one
 *   time stay together, a key counts where its first row lies, and no fold trains on a row that is not earlier than all that it holds out.
 *
 * @throws PlatformError SPLITTING_TIME_MISSING, SPLITTING_TOO_MANY_STRATA, SPLITTING_EMPTY_FOLD
 */
export async function assignFolds(given: AssigningBy<FoldParams>): Promise<void> {
  const { engine, params, signal } = given;
  const place = params.by === 'rolling' ? [] : [`${foldPlaceSql('__key', params.salt)} AS place`];
  await tableOfKeys(given, ['__row', ...place]);
  if (params.by === 'hash')
    await engine.execute(
      `CREATE TABLE folds AS SELECT __row, ${foldSql('place', params.folds)} AS __fold, CAST(1 AS INTEGER) AS __from FROM rows_with_key`,
      { signal },
    );
  else await foldByKeys(given);
  await engine.execute('DROP TABLE rows_with_key');
}

async function foldByKeys({ engine, params, signal }: AssigningBy<FoldParams>): Promise<void> {
  if (params.by === 'rolling') await requireTimes(engine, params);
  if (params.by === 'stratified') await requireStrata(engine, params);
  if (params.by === 'group') await foldGroups(engine, params);
  else await engine.execute(await keysSql(engine, params), { signal });
  const { from, starts } = params.by === 'rolling' ? fromSql(params) : { from: '1', starts: '' };
  await engine.execute(
    `CREATE TABLE folds AS SELECT r.__row, k.__fold, CAST(${from} AS INTEGER) AS __from FROM rows_with_key r JOIN keys k USING (low, high)${starts} ORDER BY r.__row;
    DROP TABLE keys`,
    { signal },
  );
}

/** Statements that make the table `keys` of those of one value after the other, or in the order of time. */
async function keysSql(engine: QueryEngine, { by, folds }: FoldParams): Promise<string> {
  if (by === 'stratified')
    return `CREATE TABLE ranked AS SELECT low, high, min(place) AS place, min(CAST(__by AS VARCHAR)) AS stratum FROM rows_with_key GROUP BY low, high ORDER BY stratum NULLS LAST, place, low, high;
      CREATE TABLE keys AS SELECT low, high, ${foldSql('rowid', folds)} AS __fold FROM ranked; DROP TABLE ranked`;
  const [row] = await engine.rows('SELECT count(*) AS n FROM rows_with_key');
  return `CREATE TABLE keys AS ${rollingSql(Number(row!['n']), folds)}`;
}

/** As many rows each in the last k stretches, as scikit-learn's TimeSeriesSplit divides them; what is left over goes to the first. */
function rollingSql(rowCount: number, folds: number): string {
  const each = Math.floor(rowCount / (folds + 1));
  if (each === 0)
    throw new PlatformError('SPLITTING_EMPTY_FOLD', {
      message: `expected at least ${folds + 1} rows for ${folds} rolling folds, found ${rowCount}`,
    });
  const reached = Array.from(
    { length: folds },
    (_, fold) => `(earlier >= ${rowCount - (folds - fold) * each})::INTEGER`,
  );
  return `SELECT low, high, first, ${reached.join(' + ')} AS __fold FROM (
    SELECT low, high, first, sum(n) OVER (ORDER BY first) - sum(n) OVER (PARTITION BY first) AS earlier
    FROM (SELECT low, high, min(__by) AS first, count(*) AS n FROM rows_with_key GROUP BY low, high))`;
}

/** The first fold whose start a row lies before, by more than the gap. Behind the last start there is none: one more than the folds. */
function fromSql({ folds, gapMs }: FoldParams): { readonly from: string; readonly starts: string } {
  const numbers = Array.from({ length: folds }, (_, index) => index + 1);
  const starts = numbers.map((fold) => `min(first) FILTER (__fold = ${fold}) AS start${fold}`);
  const gap = gapMs === 0 ? '' : ` + to_milliseconds(${gapMs})`;
  const passed = numbers.map((fold) => `coalesce(r.__by${gap} >= s.start${fold}, false)::INTEGER`);
  return { from: `1 + ${passed.join(' + ')}`, starts: `, (SELECT ${starts.join(', ')} FROM keys) s` };
}

async function foldGroups(engine: QueryEngine, { folds }: FoldParams): Promise<void> {
  await engine.execute(
    `CREATE TABLE sized_groups AS SELECT low, high, count(*) AS n, min(place) AS place FROM rows_with_key GROUP BY low, high ORDER BY n DESC, place, low, high;
    CREATE TABLE group_folds (nth BIGINT, __fold INTEGER)`,
  );
  const sizes = (await engine.rows('SELECT n FROM sized_groups ORDER BY rowid')).map((row) => Number(row['n']));
  const found = balanceGroups(sizes, folds);
  for (let first = 0; first < found.length; first += groupsAtOnce) {
    const some = found.slice(first, first + groupsAtOnce);
    await engine.execute(
      `INSERT INTO group_folds SELECT unnest(range(${first}, ${first + some.length})), unnest([${some.join(', ')}])`,
    );
  }
  await engine.execute(
    'CREATE TABLE keys AS SELECT low, high, __fold FROM sized_groups s JOIN group_folds f ON s.rowid = f.nth; DROP TABLE sized_groups; DROP TABLE group_folds',
  );
}
