/**
 * The values by which rows are compared: as they are, or normalised, so that rows that were written down a little differently are equal.
 *
 * Normalised texts have no case, no accents, and nothing but letters and digits; dates and timestamps are their day; floats are divided by a fifth
 * of their standard deviation and cut to whole steps. A float that is off by e standard deviations lies in another step with
 * probability 5 e, so rows are compared on two grids, half a step apart, and are near twins where one of them says so: of rows whose m
 * floats are all off by up to 1 % of a deviation (2.5 % of a step on average), 1 - (1 - 0.975^m)^2 are found: 95 % at m = 10, 84 % at 20.
 */
import { type Field, type QueryEngine, type QueryOptions, quoteIdentifier } from '../../tables/index.ts';

const stepsOfDeviation = 5;
const digits = 6;
/** Where the grids of floats begin, in steps. */
export const gridOffsets = [0, 0.5] as const;

/** SQL of the values of columns as they are; zero, and NaN, has no sign. */
export function plainValues(fields: readonly Field[]): string[] {
  return fields.map(({ name, type }) => {
    const column = quoteIdentifier(name);
    return type === 'float64' ? `CASE WHEN ${column} = 0 THEN 0::DOUBLE ELSE CAST(${column} AS DOUBLE) END` : column;
  });
}

/** SQL of the normalised values of columns, for each grid. Deviations are those of the training part. */
export async function normalisedValues(
  engine: QueryEngine,
  { train, fields }: { readonly train: string; readonly fields: readonly Field[] },
  options: QueryOptions,
): Promise<string[][]> {
  const floats = fields.filter(({ type }) => type === 'float64').map(({ name }) => quoteIdentifier(name));
  const finite = (column: string): string =>
    `CASE WHEN isfinite(CAST(${column} AS DOUBLE)) THEN CAST(${column} AS DOUBLE) END`;
  const [row] =
    floats.length === 0
      ? [{}]
      : await engine.rows(
          `SELECT ${floats.map((column, at) => `avg(${finite(column)}) AS m${at}, sqrt(greatest(0, avg(${finite(column)} ** 2) - avg(${finite(column)}) ** 2)) AS d${at}`).join(', ')} FROM ${train}`,
          options,
        );
  const facts: Record<string, unknown> = row!;
  return gridOffsets.map((offset) =>
    fields.map((field) => {
      const column = quoteIdentifier(field.name);
      if (field.type !== 'float64') return normalised(field);
      const at = floats.indexOf(column);
      const step = rounded(facts[`d${at}`]) / stepsOfDeviation;
      if (!(step > 0 && Number.isFinite(step))) return `CAST(${column} AS DOUBLE)`;
      const origin = rounded(facts[`m${at}`]);
      return `floor((CAST(${column} AS DOUBLE) - (${literal(origin)})) / ${literal(step)} + ${offset})`;
    }),
  );
}

/** A mean or deviation without its last digits, which depend on the number of threads. */
function rounded(value: unknown): number {
  return Number(Number(value ?? 0).toPrecision(digits));
}

function literal(value: number): string {
  return `'${value}'::DOUBLE`;
}

function normalised({ name, type }: Field): string {
  const column = quoteIdentifier(name);
  if (type === 'timestamp') return `CAST(${column} AS DATE)`;
  if (type !== 'string') return column;
  return `regexp_replace(lower(strip_accents(CAST(${column} AS VARCHAR))), '[^\\pL\\pN]+', '', 'g')`;
}
