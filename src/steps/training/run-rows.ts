import { writeFile } from 'node:fs/promises';
import { canonicalJson, type JsonValue } from '../../encoding/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { parquetSource } from '../../tables/index.ts';
import type { RowParams } from './plan-rows.ts';
import { sampleRows, weightColumn } from './sample-rows.ts';

/** Leaves the rows that a model is trained on, sampled and weighed as declared, and how many there were before and after. */
export async function runRows(context: StepContext): Promise<void> {
  const params = context.params as unknown as RowParams;
  const engine = await context.tables();
  const train = context.inputs['train']![0]!;
  const { sql, report } = await sampleRows(engine, parquetSource(train.path), params);
  const output = context.outputs['train']!;
  const { rowCount } = await engine.writeParquet(sql, output.path, { signal: context.signal });
  output.setProperties({
    ...train.properties,
    rowCount,
    ...(report.classWeights === null ? {} : { weight: weightColumn }),
  });
  await writeFile(context.outputs['report']!.path, canonicalJson(report as unknown as JsonValue));
  context.value('rows', rowCount);
  for (const { value, before, after } of report.sampling?.values ?? [])
    context.log('info', `${value}: ${before} rows, ${after} trained on`);
}
