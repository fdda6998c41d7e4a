import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, type JsonObject, type JsonValue } from '../../encoding/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { seal, splitPredicateType, unseal } from '../../provenance/index.ts';
import { type Field, parquetFilesSource, type QueryEngine, tableFiles } from '../../tables/index.ts';
import { divideDataset, type PartToWrite, partGroupBytes } from './divide.ts';
import type { SplittingParams } from './plan.ts';
import type { SplitManifest } from './result.ts';

interface Work {
  readonly engine: QueryEngine;
  readonly params: SplittingParams;
  readonly context: StepContext;
}

/** Divides the dataset into its parts, proves that no key is in two of them, and seals those that are to be sealed. */
export async function runSplitting(context: StepContext): Promise<void> {
  const params = context.params as unknown as SplittingParams;
  const { signal } = context;
  const work: Work = { engine: await context.tables(), params, context };
  try {
    const fields = await openDataset(work);
    let done = 0;
    const manifest = await divideDataset({ engine: work.engine, params, fields, signal }, async (part) => {
      context.progress({ done: done++, total: params.parts.length, unit: 'parts' });
      return await writePart(work, part, fields);
    });
    await writeFile(context.outputs['split']!.path, canonicalJson(manifest as unknown as JsonValue));
    context.outputs['split']!.setProperties({ columns: columnsOf(fields) });
    context.attest({
      predicateType: splitPredicateType,
      about: ['split', ...Object.keys(manifest.parts)],
      predicate: { manifest: manifest as unknown as JsonObject },
    });
    for (const [name, part] of Object.entries(manifest.parts)) context.value(`${name}.rows`, part.rowCount);
  } finally {
    // What was unsealed does not outlive the step.
    for (const name of await readdir(context.workDir))
      if (/^unsealed-\d+\./.test(name)) await rm(join(context.workDir, name), { force: true });
  }
}

/** Makes the view `dataset`. Returns its columns. */
async function openDataset(work: Work): Promise<readonly Field[]> {
  const { engine, context } = work;
  const input = context.inputs['dataset']![0]!;
  const files = input.type === 'SealedDataset' ? await unsealDataset(work, input.path) : await tableFiles(input.path);
  await engine.execute(`CREATE VIEW dataset AS SELECT * FROM ${parquetFilesSource(files)}`);
  const { fields } = await engine.describe('SELECT * FROM dataset');
  return fields;
}

/** Columns as they are told of open parts, and of the split: all parts have the same. */
function columnsOf(fields: readonly Field[]): { readonly name: string; readonly type: string }[] {
  return fields.map(({ name, type }) => ({ name, type }));
}

/** Opens a sealed dataset, one file or a folder of shards, into the working folder. Returns the files in order. */
async function unsealDataset({ params, context }: Work, path: string): Promise<string[]> {
  const isFolder = (await stat(path)).isDirectory();
  const shards = isFolder ? (await readdir(path)).sort() : [null];
  const files: string[] = [];
  for (const shard of shards) {
    const destination = join(context.workDir, `unsealed-${String(files.length).padStart(5, '0')}.parquet`);
    await unseal({ source: shard === null ? path : join(path, shard), destination }, context.sealingKey!, {
      binding: { project: params.name, part: shard === null ? 'all' : `all/${shard}` },
      signal: context.signal,
    });
    files.push(destination);
  }
  return files;
}

/** Writes a part in the order of the dataset. The plain text of a sealed part is in the working folder while it is sealed, and no longer. */
async function writePart(
  { engine, params, context }: Work,
  { part, rows, readBack }: PartToWrite,
  fields: readonly Field[],
): Promise<SplitManifest['parts'][string]> {
  const { signal } = context;
  const output = context.outputs[part.name]!;
  const path = part.sealed ? join(context.workDir, `${part.name}.parquet`) : output.path;
  try {
    await engine.writeParquet(rows, path, { signal, groupBytes: partGroupBytes(fields) });
    const written = await readBack(path);
    if (part.sealed)
      await seal({ source: path, destination: output.path }, context.sealingKey!, {
        binding: { project: params.name, part: part.name },
        signal,
      });
    output.setProperties({
      part: part.name,
      rowCount: written.rowCount,
      keyDigest: written.keyDigest,
      ...(part.sealed ? {} : { columns: columnsOf(fields) }),
    });
    return written;
  } finally {
    if (part.sealed) await rm(path, { force: true });
  }
}
