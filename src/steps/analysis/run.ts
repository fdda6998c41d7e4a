import { writeFile } from 'node:fs/promises';
import {
  findFormats,
  findOutlyingRows,
  findPairs,
  inferSchema,
  profileSlice,
  profileTable,
  profileWeighted,
  type SliceStatistics,
  type TablePairs,
} from '../../data-quality/index.ts';
import { canonicalJson, type JsonValue } from '../../encoding/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { parquetSource, type QueryEngine } from '../../tables/index.ts';
import { driftFromTraining } from './part-drift.ts';
import type { AnalysisParams } from './plan.ts';
import { requireColumns } from './required-columns.ts';
import type { AnalysisResult } from './result.ts';

/**
 * Profiles every open part, whole and by slices, and infers a first schema from the training part.
 * @throws PlatformError ANALYSIS_COLUMN_MISSING where a slice names a column that is not there
 */
export async function runAnalysis(context: StepContext): Promise<void> {
  const params = context.params as unknown as AnalysisParams;
  const { signal } = context;
  const engine = await context.tables();
  const compared = params.apart === null ? [] : params.parts.filter((part) => part !== 'train');
  const total = params.parts.length * (1 + params.slices.length + (params.pairs === 'none' ? 0 : 1)) + compared.length;
  const result: AnalysisResult = {
    label: params.label,
    parts: {},
    slices: {},
    weighted: {},
    outlyingRows: {},
    drift: {},
    pairs: {},
  };
  let done = 0;
  for (const part of params.parts) {
    const source = parquetSource(context.inputs[part]![0]!.path);
    requireColumns((await engine.describe(`SELECT * FROM ${source}`)).fields, params.slices);
    context.progress({ done, total, message: part });
    const of = await profileTable(engine, source, {
      signal,
      outliers: params.outliers === 'isolation_forest' ? 'tukey' : params.outliers,
    });
    done++;
    const slices: SliceStatistics[] = [];
    for (const slice of params.slices) {
      context.progress({ done, total, message: `${part} by ${slice.name}` });
      slices.push(await profileSlice(engine, source, { signal, slice }));
      done++;
    }
    if (params.outliers === 'isolation_forest')
      result.outlyingRows[part] = await findOutlyingRows(engine, source, { signal });
    if (params.weight !== null)
      result.weighted[part] = await profileWeighted(engine, source, { signal, weight: params.weight });
    if (params.pairs !== 'none') {
      context.progress({ done, total, message: `${part} by pairs` });
      result.pairs[part] = await pairsOf(engine, source, { ...params, signal });
      done++;
    }
    result.parts[part] = of;
    result.slices[part] = slices;
    context.value(`${part}.rows`, of.rowCount);
  }
  for (const part of compared) {
    context.progress({ done: done++, total, message: `${part} beside train` });
    result.drift[part] = await driftFromTraining(engine, { part, apart: params.apart!, context });
  }
  await writeFile(context.outputs['statistics']!.path, canonicalJson(result as unknown as JsonValue));
  const [first] = params.parts;
  const statistics = result.parts[first!]!;
  const source = parquetSource(context.inputs[first!]![0]!.path);
  const schema = inferSchema(statistics, await findFormats(engine, { source, statistics }, { signal }));
  await writeFile(context.outputs['schema']!.path, canonicalJson(schema as unknown as JsonValue));
}

/** Without a single label there are no pairs with it. */
async function pairsOf(
  engine: QueryEngine,
  source: string,
  { pairs, label, signal }: Pick<AnalysisParams, 'pairs' | 'label'> & Pick<StepContext, 'signal'>,
): Promise<TablePairs> {
  const among = pairs === 'all' ? 'all' : 'label';
  return await findPairs(engine, source, { among, signal, ...(label === null ? {} : { label }) });
}
