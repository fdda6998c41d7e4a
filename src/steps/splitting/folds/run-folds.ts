import { writeFile } from 'node:fs/promises';
import { canonicalJson, type JsonObject, type JsonValue } from '../../../encoding/index.ts';
import type { StepContext } from '../../../pipeline/index.ts';
import { splitPredicateType } from '../../../provenance/index.ts';
import { parquetSource } from '../../../tables/index.ts';
import { divideFolds } from './divide-folds.ts';
import type { FoldParams } from './plan-folds.ts';

const mostNames = 10;

/** Divides the training part into folds, and says in which columns a fold is unlike the rows that it trains on. */
export async function runFolds(context: StepContext): Promise<void> {
  const params = context.params as unknown as FoldParams;
  const { signal } = context;
  const engine = await context.tables();
  await engine.execute(`CREATE VIEW dataset AS SELECT * FROM ${parquetSource(context.inputs['train']![0]!.path)}`);
  const { fields } = await engine.describe('SELECT * EXCLUDE (__row) FROM dataset');
  const output = context.outputs['folds']!;
  const manifest = await divideFolds({ engine, params, fields, signal }, output.path);
  await writeFile(context.outputs['split']!.path, canonicalJson(manifest as unknown as JsonValue));
  output.setProperties({ folds: params.folds, rule: manifest.rule });
  context.attest({
    predicateType: splitPredicateType,
    about: ['folds', 'split'],
    predicate: { manifest: manifest as unknown as JsonObject },
  });
  for (const [name, { rowCount, drift }] of Object.entries(manifest.parts)) {
    context.value(`${name}.rows`, rowCount);
    const drifted = (drift ?? []).filter((column) => column.drifted).map((column) => column.name);
    if (drifted.length === 0) continue;
    const more = drifted.length > mostNames ? ` and ${drifted.length - mostNames} more` : '';
    context.log('warn', `${name} is unlike what it trains on in ${drifted.slice(0, mostNames).join(', ')}${more}`);
  }
}
