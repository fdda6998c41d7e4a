import { compareTables } from '../../data-quality/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { parquetSource, type QueryEngine } from '../../tables/index.ts';
import type { PartDrift } from './result.ts';

const mostNames = 10;

/** Compares an open part with the training part. What drifted is a warning in the log: it says how far apart the parts are, not that either is wrong. */
export async function driftFromTraining(
  engine: QueryEngine,
  { part, apart, context }: { readonly part: string; readonly apart: readonly string[]; readonly context: StepContext },
): Promise<PartDrift> {
  const [reference, current] = ['train', part].map((name) => parquetSource(context.inputs[name]![0]!.path));
  const { fields } = await engine.describe(`SELECT * FROM ${reference}`);
  const names = fields.map(({ name }) => name).filter((name) => !name.startsWith('__'));
  const columns = new Set(names.filter((name) => !apart.includes(name)));
  const { signal } = context;
  const found = await compareTables(engine, { reference: reference!, current: current! }, { columns, signal });
  const drifted = found.columns.filter((column) => column.drifted).map(({ name }) => name);
  if (drifted.length > 0) {
    const more = drifted.length > mostNames ? ` and ${drifted.length - mostNames} more` : '';
    context.log('warn', `${part} is unlike train in ${drifted.slice(0, mostNames).join(', ')}${more}`);
  }
  return {
    falseAlarmRate: found.falseAlarmRate,
    leftOut: names.filter((name) => apart.includes(name)),
    columns: found.columns.map(({ name, judgedBy, distances, threshold, adjustedPValue, drifted }) => ({
      name,
      judgedBy,
      distance: distances[judgedBy],
      threshold,
      pValue: adjustedPValue,
      drifted,
    })),
  };
}
