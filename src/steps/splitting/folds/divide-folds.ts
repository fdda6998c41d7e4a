import { compareTables, profileTable } from '../../../data-quality/index.ts';
import { assert } from '../../../errors/index.ts';
import { parquetSource, quoteIdentifier } from '../../../tables/index.ts';
import { foldName, heldOutSql, requireFilled, trainedOnSql } from '../../fold-rows.ts';
import type { AssigningBy } from '../assign.ts';
import { requireColumns } from '../divide.ts';
import { digestOfKeys, hashedKeysSql } from '../key-hashes.ts';
import { proveApart } from '../prove-apart.ts';
import type { FoldManifest } from '../result.ts';
import { assignFolds } from './assign-folds.ts';
import type { FoldParams } from './plan-folds.ts';

const mostValues = 20;

/**
 * Divides the table or view `dataset` of the engine, whose rows have their places as `__row`, into folds, writes them as a table
 * (`__row`, `__fold`, `__from`) to `path`, and proves over what was written that no key is held out by two of them. Tells how the label
 * lies in each, and in what it is unlike the rows that it trains on.
 *
 * @throws PlatformError SPLITTING_COLUMN_MISSING, SPLITTING_KEY_DIVIDED, SPLITTING_OVERLAP, SPLITTING_EMPTY_FOLD, and as `assignFolds`
 */
export async function divideFolds(given: AssigningBy<FoldParams>, path: string): Promise<FoldManifest> {
  const { engine, params, fields, signal } = given;
  requireColumns(params, fields);
  await assignFolds(given);
  await engine.writeParquet('SELECT * FROM folds ORDER BY __row', path, { signal });
  await engine.execute('DROP TABLE folds');
  await readBackFolds(given, path);
  const overlap = await proveApart(
    engine,
    { table: 'folded', part: '__fold', called: 'folds', rule: params },
    { signal },
  );
  const counts = await countFolds(given);
  const parts: Record<string, FoldManifest['parts'][string]> = {};
  for (const [fold, { train, heldOut }] of counts) {
    parts[foldName(fold, params.folds)] = {
      sealed: false,
      rowCount: heldOut,
      keyDigest: await digestOfKeys(engine, { table: 'folded', where: `__fold = ${fold}` }, { signal }),
      trainRowCount: train,
      trainKeyDigest: await digestOfKeys(
        engine,
        { table: 'folded', where: `__fold <> ${fold} AND __from <= ${fold}` },
        { signal },
      ),
      label: await labelOf(given, fold),
      drift: await driftOf(given, fold),
    };
  }
  const [never] = await engine.rows('SELECT count(*) AS n FROM folded WHERE __fold = 0');
  await engine.execute('DROP TABLE folded');
  return {
    rule: params.column === null ? params.by : `${params.by}(${params.column})`,
    folds: params.folds,
    salt: params.salt,
    gapMs: params.gapMs,
    key: [...params.key],
    parts,
    neverHeldOutRows: Number(never!['n']),
    overlap,
  };
}

/** Makes the table `folded`: what was written, beside the keys of the rows. Every row has one place in it. */
async function readBackFolds({ engine, params, fields, signal }: AssigningBy<FoldParams>, path: string): Promise<void> {
  const keys = hashedKeysSql(params, fields, { source: 'dataset', columns: ['__row'] });
  await engine.execute(
    `CREATE TABLE folded AS SELECT f.__row, f.__fold, f.__from, d.* EXCLUDE (__row) FROM ${parquetSource(path)} f JOIN (${keys}) d USING (__row)`,
    { signal },
  );
  const [row] = await engine.rows(
    'SELECT (SELECT count(*) FROM dataset) AS came, count(*) AS went, count(DISTINCT __row) AS places FROM folded',
  );
  const isWhole = row!['came'] === row!['went'] && row!['went'] === row!['places'];
  assert(isWhole, `${row!['came']} rows came in, ${row!['went']} of ${row!['places']} places went into folds`);
}

async function countFolds({
  engine,
  params,
  signal,
}: AssigningBy<FoldParams>): Promise<Map<number, { train: number; heldOut: number }>> {
  const counts = new Map<number, { train: number; heldOut: number }>();
  for (let fold = 1; fold <= params.folds; fold++) {
    const [row] = await engine.rows(
      `SELECT count(*) FILTER (__fold = ${fold}) AS held, count(*) FILTER (__fold <> ${fold} AND __from <= ${fold}) AS train FROM folded`,
      { signal },
    );
    counts.set(fold, { train: Number(row!['train']), heldOut: Number(row!['held']) });
  }
  requireFilled(counts);
  return counts;
}

const folded = { rows: 'dataset', folds: 'folded' };

async function labelOf(
  { engine, params, fields, signal }: AssigningBy<FoldParams>,
  fold: number,
): Promise<FoldManifest['parts'][string]['label']> {
  const { label } = params;
  if (label === null || !fields.some(({ name }) => name === label)) return null;
  const only = `(SELECT ${quoteIdentifier(label)} FROM (${heldOutSql(folded, fold)}))`;
  const [column] = (await profileTable(engine, only, { signal, outliers: 'none' })).columns;
  const { missingCount, distinctCount, numbers, top } = column!;
  return {
    missingCount,
    distinctCount,
    mean: numbers?.mean ?? null,
    standardDeviation: numbers?.standardDeviation ?? null,
    top: top.slice(0, mostValues).map(({ value, count }) => ({ value, count })),
  };
}

async function driftOf(
  { engine, params, fields, signal }: AssigningBy<FoldParams>,
  fold: number,
): Promise<FoldManifest['parts'][string]['drift']> {
  if (params.apart === null) return null;
  const names = fields.map(({ name }) => name).filter((name) => !name.startsWith('__'));
  const columns = new Set(names.filter((name) => !params.apart!.includes(name)));
  const tables = { reference: `(${trainedOnSql(folded, fold)})`, current: `(${heldOutSql(folded, fold)})` };
  const found = await compareTables(engine, tables, { columns, signal });
  return found.columns.map(({ name, judgedBy, distances, drifted }) => ({
    name,
    judgedBy,
    distance: distances[judgedBy],
    drifted,
  }));
}
