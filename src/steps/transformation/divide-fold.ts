import { join } from 'node:path';
import type { JsonObject } from '../../encoding/index.ts';
import { assert } from '../../errors/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { splitPredicateType } from '../../provenance/index.ts';
import { parquetSource, type QueryEngine } from '../../tables/index.ts';
import { type FoldFiles, heldOutSql, proveFold, trainedOnSql } from '../fold-rows.ts';
import type { TransformedFold } from './plan.ts';

/**
 * Writes the rows that a fold trains on and those that it holds out into the working folder, and has it stated that they share no key, counted
 * over what was written.
 * @throws PlatformError SPLITTING_OVERLAP, SPLITTING_EMPTY_FOLD
 */
export async function divideFold(
  engine: QueryEngine,
  { number: fold, together }: TransformedFold,
  context: StepContext,
): Promise<FoldFiles & { readonly trainRowCount: number }> {
  const { signal } = context;
  const given = {
    rows: parquetSource(context.inputs['train']![0]!.path),
    folds: parquetSource(context.inputs['folds']![0]!.path),
  };
  const [without] = await engine.rows(
    `SELECT count(*) AS n FROM ${given.rows} WHERE __row NOT IN (SELECT __row FROM ${given.folds})`,
  );
  assert(Number(without!['n']) === 0, `${without!['n']} rows of the training part are in no fold`);
  const files = { train: join(context.workDir, 'train.parquet'), heldOut: join(context.workDir, 'held_out.parquet') };
  await engine.writeParquet(`${trainedOnSql(given, fold)} ORDER BY __row`, files.train, { signal });
  await engine.writeParquet(`${heldOutSql(given, fold)} ORDER BY __row`, files.heldOut, { signal });
  const proved = await proveFold(engine, files, { fold, together, signal });
  context.attest({
    predicateType: splitPredicateType,
    about: Object.keys(context.outputs),
    predicate: { manifest: { fold, ...proved } as unknown as JsonObject },
  });
  context.value('held_out.rows', proved.parts.held_out.rowCount);
  context.value('train.rows', proved.parts.train.rowCount);
  return { ...files, trainRowCount: proved.parts.train.rowCount };
}
