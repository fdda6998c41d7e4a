import type { ColumnType } from './table.ts';

/** A name as SQL writes it, in double quotes. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text, number, truth value or null as SQL writes it. */
export function quoteLiteral(value: string | number | boolean | null): string {
  if (value === null) return 'NULL';
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (typeof value === 'number') {
    if (Number.isNaN(value)) return "'NaN'::DOUBLE";
    if (!Number.isFinite(value)) return value > 0 ? "'Infinity'::DOUBLE" : "'-Infinity'::DOUBLE";
    return Object.is(value, -0) ? '-0.0::DOUBLE' : String(value);
  }
  return `'${value.replaceAll("'", "''")}'`;
}

/** A Parquet file as a table of a FROM clause. */
export function parquetSource(path: string): string {
  return `read_parquet(${quoteLiteral(escapeGlob(path))})`;
}

/** A path in which the engine sees no pattern. */
export function escapeGlob(path: string): string {
  return path.replace(/[*?[]/g, (character) => (character === '[' ? '[[]' : `[${character}]`));
}

/** The type of SQL whose values are those of a type of columns. */
export const sqlTypes: Readonly<Record<ColumnType, string>> = {
  boolean: 'BOOLEAN',
  int64: 'BIGINT',
  float64: 'DOUBLE',
  string: 'VARCHAR',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
};
