import { toPlatformError } from '../../errors/index.ts';
import { type QueryEngine, type QueryOptions, quoteIdentifier, type TableSchema } from '../../tables/index.ts';
import type { Extent } from './term.ts';

/**
 * Those of the named columns of float64 that have neither NaN nor infinities, with their smallest and largest value: sums over them take
 * a round less. Of Parquet files the engine often knows that from what the file says of itself, without reading the values. NaN is above all others.
 * @throws PlatformError CANCELED
 */
export async function finiteColumns(
  engine: QueryEngine,
  source: string,
  { schema, names, ...options }: QueryOptions & { readonly schema: TableSchema; readonly names: ReadonlySet<string> },
): Promise<Map<string, Extent>> {
  const floats = schema.fields.filter(({ name, type }) => type === 'float64' && names.has(name));
  if (floats.length === 0) return new Map();
  const asked = floats.map(({ name }, at) => {
    const value = `CAST(${quoteIdentifier(name)} AS DOUBLE)`;
    return `min(${value}) AS low${at}, max(${value}) AS high${at}`;
  });
  try {
    const [row] = await engine.rows(`SELECT ${asked.join(', ')} FROM ${source}`, options);
    return new Map(
      floats.flatMap(({ name }, at): [string, Extent][] => {
        const [low, high] = [Number(row![`low${at}`]), Number(row![`high${at}`])];
        return Number.isFinite(low) && Number.isFinite(high) ? [[name, { low, high }]] : [];
      }),
    );
  } catch (thrown) {
    const error = toPlatformError(thrown);
    if (error.code === 'CANCELED') throw error;
    // Whatever is wrong with a column breaks the checks that name it, and these alone.
    return new Map();
  }
}
