import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StepContext } from '../../pipeline/index.ts';
import { seal } from '../../provenance/index.ts';
import { type QueryEngine, quoteLiteral } from '../../tables/index.ts';
import type { IngestionParams } from './plan.ts';

interface Writing {
  readonly engine: QueryEngine;
  readonly params: Pick<IngestionParams, 'name' | 'sealed' | 'shards'>;
  readonly context: StepContext;
}

/**
 * Writes the dataset as its output: one file, or, where shards are declared, a folder of files with nearly equal numbers
 * of rows that follow each other in the order of their names. No file is without rows. Sealed where it is to be; a sealed
 * shard is bound to its name.
 */
export async function writeDataset(
  { engine, params, context }: Writing,
  dataset: { readonly plain: string; readonly rowCount: number },
): Promise<void> {
  const { path } = context.outputs['dataset']!;
  if (params.shards === null) return await place({ params, context }, dataset.plain, { path, part: 'all' });
  await mkdir(path);
  const count = Math.min(params.shards, dataset.rowCount);
  const plain = join(context.workDir, 'dataset.shard.parquet');
  const rows = `read_parquet(${quoteLiteral(dataset.plain)}, file_row_number = true)`;
  for (let at = 0; at < count; at++) {
    const [from, to] = [at, at + 1].map((border) => Math.floor((border * dataset.rowCount) / count));
    await engine.writeParquet(
      `SELECT * EXCLUDE (file_row_number) FROM ${rows} WHERE file_row_number >= ${from} AND file_row_number < ${to} ORDER BY file_row_number`,
      plain,
      { signal: context.signal },
    );
    const name = `part-${String(at + 1).padStart(5, '0')}.${params.sealed ? 'sealed' : 'parquet'}`;
    await place({ params, context }, plain, { path: join(path, name), part: `all/${name}` });
    await rm(plain);
  }
}

async function place(
  { params, context }: Pick<Writing, 'params' | 'context'>,
  plain: string,
  to: { readonly path: string; readonly part: string },
): Promise<void> {
  if (!params.sealed) return await copyFile(plain, to.path);
  await seal({ source: plain, destination: to.path }, context.sealingKey!, {
    binding: { project: params.name, part: to.part },
    signal: context.signal,
  });
}
