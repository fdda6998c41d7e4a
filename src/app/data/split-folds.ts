import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type FoldFiles,
  foldName,
  foldNames,
  heldOutSql,
  type ProvedFold,
  proveFold,
  trainedOnSql,
} from '../../steps/fold-rows.ts';
import { divideFolds } from '../../steps/splitting/folds/divide-folds.ts';
import { parquetSource, quoteLiteral } from '../../tables/index.ts';

type Dividing = Parameters<typeof divideFolds>[0];

/** How the training part of a table was divided into folds, with what was found of the files of each. */
export interface FoldsOfFile extends Awaited<ReturnType<typeof divideFolds>> {
  readonly proved: Readonly<Record<string, ProvedFold>>;
}

/** The names of the files of so many folds, without their endings. */
export function foldFiles(count: number): string[] {
  return foldNames(count).flatMap((fold) => [`${fold}-train`, `${fold}-held_out`]);
}

/**
 * Divides the rows of the table `dataset` into folds and writes for each what it trains on and what it holds out, having proved over both that
 * they share no key.
 * @throws PlatformError as `divideFolds` and `proveFold`
 */
export async function writeFolds(
  given: Dividing,
  to: { readonly folder: string; readonly format: 'parquet' | 'csv' },
): Promise<FoldsOfFile> {
  const { params } = given;
  const assigned = join(to.folder, '.folds');
  try {
    const manifest = await divideFolds(given, assigned);
    const proved: Record<string, ProvedFold> = {};
    for (let fold = 1; fold <= params.folds; fold++)
      proved[foldName(fold, params.folds)] = await writeFold(given, fold, { ...to, folds: parquetSource(assigned) });
    return { ...manifest, proved };
  } finally {
    await rm(assigned, { force: true });
  }
}

/** The places of the rows are in what is proved, and not in what is left. */
async function writeFold(
  { engine, params, signal }: Dividing,
  fold: number,
  { folder, format, folds }: { readonly folder: string; readonly format: string; readonly folds: string },
): Promise<ProvedFold> {
  const name = foldName(fold, params.folds);
  const rows = { rows: 'dataset', folds };
  const files: FoldFiles = { train: join(folder, '.train'), heldOut: join(folder, '.held_out') };
  const isOfColumn = params.column !== null && (params.by === 'group' || params.by === 'hash');
  try {
    await engine.writeParquet(`${trainedOnSql(rows, fold)} ORDER BY __row`, files.train, { signal });
    await engine.writeParquet(`${heldOutSql(rows, fold)} ORDER BY __row`, files.heldOut, { signal });
    const together = isOfColumn ? [params.column!] : params.key;
    const proved = await proveFold(engine, files, { fold, together, signal });
    for (const [side, path] of [
      ['train', files.train],
      ['held_out', files.heldOut],
    ] as const) {
      const left = `SELECT * EXCLUDE (__row) FROM ${parquetSource(path)} ORDER BY __row`;
      const to = join(folder, `${name}-${side}.${format}`);
      if (format === 'csv')
        await engine.execute(`COPY (${left}) TO ${quoteLiteral(to)} (FORMAT csv, HEADER)`, { signal });
      else await engine.writeParquet(left, to, { signal });
    }
    return proved;
  } finally {
    for (const path of [files.train, files.heldOut]) await rm(path, { force: true });
  }
}
