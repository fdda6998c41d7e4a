import { PlatformError } from '../../errors/index.ts';
import { type Field, type QueryEngine, quoteIdentifier } from '../../tables/index.ts';
import type { ComparedTables } from '../drift/compare-tables.ts';

/** A column that both datasets have, and how its values are compared. */
export interface MatchedColumn {
  readonly name: string;
  /** Its place among the matched columns, by which queries name it. */
  readonly at: number;
  /** The SQL type under which both are compared; null: they have the same. */
  readonly comparedAs: 'DOUBLE' | 'TIMESTAMP' | 'VARCHAR' | null;
  readonly isNumber: boolean;
}

/** The columns of two datasets, put side by side. */
export interface MatchedColumns {
  readonly key: readonly MatchedColumn[];
  readonly others: readonly MatchedColumn[];
  readonly onlyReference: readonly string[];
  readonly onlyCurrent: readonly string[];
  readonly differentTypes: readonly { readonly name: string; readonly reference: string; readonly current: string }[];
}

/**
 * Matches the columns of two datasets by their names.
 * @throws PlatformError CONFIG_BAD_VALUE where a column of the key is missing in one of them, or a chosen column in both
 */
export async function matchColumns(
  engine: QueryEngine,
  { reference, current }: ComparedTables,
  { key, columns }: { readonly key: readonly string[]; readonly columns: ReadonlySet<string> | null },
): Promise<MatchedColumns> {
  const before = (await engine.describe(`SELECT * FROM ${reference}`)).fields;
  const after = (await engine.describe(`SELECT * FROM ${current}`)).fields;
  for (const name of key) requireColumn(name, { reference: before, current: after });
  const all = new Set([...before, ...after].map(({ name }) => name));
  for (const name of columns ?? [])
    if (!all.has(name))
      throw new PlatformError('CONFIG_BAD_VALUE', {
        message: `expected a column of the two datasets to compare, found ${JSON.stringify(name)}; they have ${listed([...all])}`,
      });
  const isCompared = ({ name }: Field): boolean => key.includes(name) || columns === null || columns.has(name);
  const its = new Map(after.map((field) => [field.name, field]));
  const shared = before.filter((field) => its.has(field.name) && isCompared(field));
  const matched = shared.map((field, at) => match(field, its.get(field.name)!, at));
  const beforeNames = new Set(before.map(({ name }) => name));
  return {
    key: key.map((name) => matched.find((column) => column.name === name)!),
    others: matched.filter(({ name }) => !key.includes(name)),
    onlyReference: before.filter((field) => !its.has(field.name) && isCompared(field)).map(({ name }) => name),
    onlyCurrent: after.filter((field) => !beforeNames.has(field.name) && isCompared(field)).map(({ name }) => name),
    differentTypes: shared.flatMap(({ name, type }) => {
      const other = its.get(name)!.type;
      return other === type ? [] : [{ name, reference: type, current: other }];
    }),
  };
}

function match({ name, type }: Field, other: Field, at: number): MatchedColumn {
  const isNumber = [type, other.type].every((one) => one === 'int64' || one === 'float64');
  const isTime = [type, other.type].every((one) => one === 'date' || one === 'timestamp');
  // Texts of one type here may be of several in the engine, which would turn one into the other: a UUID, a time of day.
  const isSame = type === other.type && type !== 'string';
  const comparedAs = isSame ? null : isNumber ? 'DOUBLE' : isTime ? 'TIMESTAMP' : 'VARCHAR';
  return { name, at, comparedAs, isNumber };
}

function requireColumn(
  name: string,
  sides: { readonly reference: readonly Field[]; readonly current: readonly Field[] },
): void {
  for (const [side, fields] of Object.entries(sides)) {
    if (fields.some((field) => field.name === name)) continue;
    throw new PlatformError('CONFIG_BAD_VALUE', {
      message: `expected the key to name columns of both datasets, found ${JSON.stringify(name)}, which the ${side} has not; it has ${listed(fields.map((field) => field.name))}`,
    });
  }
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, 20).join(', ')}${names.length > 20 ? ' …' : ''}`;
}

/** A column as the queries compare it: `v3` for the third, of a table in which it has its own name. */
export function selected({ name, at, comparedAs }: MatchedColumn): string {
  const value = comparedAs === null ? quoteIdentifier(name) : `CAST(${quoteIdentifier(name)} AS ${comparedAs})`;
  return `${value} AS v${at}`;
}
