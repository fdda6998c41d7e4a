import { findLeakage, type LeakageFinding } from '../../data-quality/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { parquetSource, type QueryEngine } from '../../tables/index.ts';
import type { ValidationParams } from './plan.ts';

const train = 'train';

/** Looks for leakage between the training part and the other open parts; nothing where that was not asked for. */
export async function leakageOfParts(
  engine: QueryEngine,
  { parts, key, leakage }: ValidationParams,
  context: StepContext,
): Promise<LeakageFinding[]> {
  if (leakage === null || !parts.includes(train)) return [];
  const source = (part: string): string => parquetSource(context.inputs[part]![0]!.path);
  const { fields } = await engine.describe(`SELECT * FROM ${source(train)}`);
  const { hidden, seen } = leakage;
  const isSeen = (name: string): boolean => !hidden.includes(name) && (seen === null || seen.includes(name));
  const found = await findLeakage(
    engine,
    {
      train: source(train),
      others: Object.fromEntries(parts.filter((part) => part !== train).map((part) => [part, source(part)])),
      label: fields.some(({ name }) => name === leakage.label) ? leakage.label : null,
      key,
      time: leakage.time,
      groups: leakage.groups,
      features: fields.map(({ name }) => name).filter((name) => !name.startsWith('__') && isSeen(name)),
      ignored: leakage.partColumn === null ? [] : [leakage.partColumn],
      isByTime: leakage.isByTime,
    },
    { signal: context.signal },
  );
  return found.filter(({ columns }) => !columns.some((name) => leakage.except.includes(name)));
}
